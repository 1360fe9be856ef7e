//! Compiles the protos in `../proto` into `../generated`, without `protoc`: messages and services as Rust, and the
//! descriptors of go-ipam's service.
//!
//! Run `cargo run --manifest-path src/grpc/generate/Cargo.toml` after a change in one of these three folders.
//! `generated/SHA256SUMS` records inputs and outputs; a test of metalmesh compares it with the files, so builds do not
//! need this program.

use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const ALL: [&str; 3] = ["api/v1/boot.proto", "api/v1/event.proto", "api/v1/ipam.proto"];

/// Messages of this file are also served as JSON and through reflection.
const DESCRIBED: &str = "api/v1/ipam.proto";

/// Inputs and outputs, relative to `src/grpc`.
const FILES: [&str; 9] = [
    "generate/Cargo.lock",
    "generate/Cargo.toml",
    "generate/main.rs",
    "generated/api.bin",
    "generated/api.v1.rs",
    "generated/ipam.bin",
    "proto/api/v1/boot.proto",
    "proto/api/v1/event.proto",
    "proto/api/v1/ipam.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    let grpc = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("this folder has none above")?;
    generate(&grpc.join("proto"), &grpc.join("generated"))?;
    let mut sums = String::new();
    for file in FILES {
        writeln!(sums, "{}  {file}", hex::encode(Sha256::digest(fs::read(grpc.join(file))?)))?;
    }
    fs::write(grpc.join("generated/SHA256SUMS"), sums)?;
    Ok(())
}

fn generate(protos: &Path, into: &Path) -> Result<(), Box<dyn Error>> {
    let described = protox::Compiler::new([protos])?.open_file(DESCRIBED)?.encode_file_descriptor_set();
    fs::write(into.join("ipam.bin"), described)?;
    // Tests need every field of every message.
    fs::write(
        into.join("api.bin"),
        protox::Compiler::new([protos])?.include_imports(true).open_files(ALL)?.encode_file_descriptor_set(),
    )?;
    tonic_prost_build::configure()
        .btree_map(".")
        .emit_rerun_if_changed(false)
        // Only builds with sockets have clients.
        .client_mod_attribute(".", "#[cfg(feature = \"node\")]")
        .out_dir(into)
        .compile_fds(protox::compile(ALL, [protos])?)?;
    Ok(())
}
