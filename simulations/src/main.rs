//! The simulator as a separate program.

/// A third of a run's time is in the allocator: rows are copied, changed and serialised.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    simulations::command_line::main(option_env!("METALMESH_COMMIT").unwrap_or_default())
}
