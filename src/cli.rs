//! The command line: one file per subcommand.

pub mod hardware;
pub mod sign;

/// Prints an answer.
fn say(text: &str) {
    #[expect(clippy::print_stdout, reason = "the command line is where answers are shown")]
    {
        println!("{text}");
    }
}
