//! The simulator as a program of its own.

/// A third of a run goes by in the allocator: rows are copied, changed and written out.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    simulations::command_line::main(option_env!("METALMESH_COMMIT").unwrap_or_default())
}
