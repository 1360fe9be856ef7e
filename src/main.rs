//! Only wiring: everything is in the library.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    metalmesh::cli::run(metalmesh::cli::Cli::parse())
}
