//! What every subcommand provides: an example that can be typed, and help for every argument.

use super::*;
use clap::{Command, CommandFactory};

/// All commands with their paths, the program first.
fn commands() -> Vec<(Vec<String>, Command)> {
    let mut found = vec![(vec!["metalmesh".to_owned()], Cli::command())];
    let mut next = 0;
    while let Some((path, command)) = found.get(next).cloned() {
        let below = command.get_subcommands().map(|below| {
            let path = [path.clone(), vec![below.get_name().to_owned()]].concat();
            (path, below.clone())
        });
        found.extend(below);
        next += 1;
    }
    found
}

/// The example lines, from the program's name on. The shell syntax around the command is not parsed.
fn examples(command: &Command) -> Vec<Vec<String>> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = help.lines().filter(|line| line.starts_with("  "));
    let typed = lines.map(|line| {
        let line = &line[line.find("metalmesh").expect("an example is about metalmesh")..];
        let line = line.split(')').next().unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect()
    });
    typed.collect()
}

#[test]
fn every_subcommand_has_an_example_that_is_understood() {
    let commands = commands();
    assert!(commands.len() > 20, "the commands were not found");
    for (path, command) in commands {
        let examples = examples(&command);
        assert!(!examples.is_empty(), "{path:?} has no example");
        for example in examples {
            assert!(example.starts_with(&path), "{example:?} is no example of {path:?}");
            if let Err(error) = Cli::try_parse_from(&example) {
                panic!("{example:?}: {error}");
            }
        }
    }
}

#[test]
fn every_argument_says_what_it_is() {
    for (path, command) in commands() {
        let silent: Vec<_> = command
            .get_arguments()
            .filter(|argument| argument.get_help().is_none() && argument.get_long_help().is_none())
            .map(|argument| argument.get_id().to_string())
            .collect();
        assert!(silent.is_empty(), "{path:?}: {silent:?}");
    }
}
