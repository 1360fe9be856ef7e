//! Compiles the protos next to it into `OUT_DIR`, without `protoc`.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("src/grpc/proto");
    println!("cargo::rerun-if-changed={}", root.display());
    println!("cargo::rerun-if-changed=src/grpc/build.rs");
    let files = protox::compile(["api/v1/boot.proto", "api/v1/event.proto", "api/v1/ipam.proto"], [root])?;
    // For messages as JSON, when the node runs.
    let described =
        protox::Compiler::new([root])?.open_file("api/v1/ipam.proto")?.encode_file_descriptor_set();
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("ipam.bin"), described)?;
    tonic_prost_build::configure().btree_map(".").emit_rerun_if_changed(false).compile_fds(files)?;
    Ok(())
}
