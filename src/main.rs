//! Wiring only: the library holds everything else.

fn main() -> std::process::ExitCode {
    metalmesh::cli::main()
}
