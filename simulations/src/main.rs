//! The simulator as a program of its own.

fn main() -> std::process::ExitCode {
    simulations::command_line::main()
}
