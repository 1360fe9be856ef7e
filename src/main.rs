//! Only wiring: everything is in the library.

/// A fifth of what an allocation costs went by in the system's allocator: rows are copied, changed and written out.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    metalmesh::cli::main()
}
