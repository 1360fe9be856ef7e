//! Only wiring: everything is in the library.

fn main() -> std::process::ExitCode {
    metalmesh::cli::main()
}
