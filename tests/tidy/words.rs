//! Words that the project does not use, and comment lines that are too long.
//!
//! How to read a failure: it names the file, the line and the word. Rewrite the sentence with its subject first: the
//! subject is usually the caller, the reader, the node, the row or the operator, as in "the caller gets an error". A
//! name from the code belongs between backticks, where every word is allowed. Break a line that is too long.

use super::{expect_none, root, shown, sources};
use std::fs;
use std::path::{Path, PathBuf};

/// Split, so that this file does not find itself.
const BANNED_WORDS: [&str; 10] = [
    concat!("who", "ever"),
    concat!("which", "ever"),
    concat!("wher", "ever"),
    concat!("no", "body"),
    concat!("any", "body"),
    concat!("a", "new"),
    concat!("to", "ld"),
    concat!("there", "of"),
    concat!("le", "st"),
    concat!("of which there", " is one"),
];

/// Letters of a line that holds only a comment, with its indentation. Table rows cannot be broken and are exempt.
const COMMENT_LETTERS_MAX: usize = 120;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Comment,
    Literal,
    Code,
}

/// The kind and the bytes of the first token. Code is cut into single letters.
fn token(rest: &str) -> (Token, usize) {
    let till = |end: Option<usize>, after: usize| end.map_or(rest.len(), |end| end + after);
    if rest.starts_with("//") {
        return (Token::Comment, till(rest.find('\n'), 0));
    }
    if let Some(quote) = ["'\"'", "'\\\"'"].iter().find(|quote| rest.starts_with(**quote)) {
        return (Token::Code, quote.len());
    }
    let hashes = rest.bytes().skip(1).take_while(|byte| *byte == b'#').count();
    if rest.starts_with('r') && rest[1 + hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let begin = 2 + hashes;
        return (Token::Literal, till(rest[begin..].find(&end), begin + end.len()));
    }
    if let Some(text) = rest.strip_prefix('"') {
        let mut is_escaped = false;
        let end = text.find(|letter| {
            let ends = letter == '"' && !is_escaped;
            is_escaped = letter == '\\' && !is_escaped;
            ends
        });
        return (Token::Literal, till(end, 2));
    }
    (Token::Code, rest.chars().next().map_or(1, char::len_utf8))
}

/// Comments and string literals of Rust code, each with the line where it begins.
fn texts(code: &str) -> Vec<(usize, Token, &str)> {
    let (mut found, mut rest, mut line) = (Vec::new(), code, 1);
    while !rest.is_empty() {
        let (kind, bytes) = token(rest);
        let (text, after) = rest.split_at(bytes);
        if kind != Token::Code {
            found.push((line, kind, text));
        }
        line += text.matches('\n').count();
        rest = after;
    }
    found
}

/// The text without what stands between `open` and `close`.
fn outside(text: &str, open: char, close: char) -> String {
    let mut is_inside = false;
    let keep = |letter: &char| {
        let was_inside = is_inside;
        is_inside = if is_inside { *letter != close } else { *letter == open };
        !is_inside && !was_inside
    };
    text.chars().filter(keep).collect()
}

/// The banned words in a text, with the number of lines before each.
fn banned(text: &str) -> impl Iterator<Item = (usize, &'static str)> {
    text.lines().enumerate().flat_map(|(number, line)| {
        let words: Vec<String> =
            line.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase).collect();
        let line = format!(" {} ", words.join(" "));
        BANNED_WORDS
            .into_iter()
            .filter(move |word| line.contains(&format!(" {word} ")))
            .map(move |word| (number, word))
    })
}

/// Names in tests may be anything.
fn is_of_tests(path: &Path) -> bool {
    let is_tests = |part: &str| part.trim_end_matches(".rs").ends_with("tests");
    path.strip_prefix(root()).unwrap_or(path).iter().any(|part| part.to_str().is_some_and(is_tests))
}

fn in_code(path: &Path) -> Vec<String> {
    let code = fs::read_to_string(path).unwrap();
    let mut found = Vec::new();
    for (line, kind, text) in texts(&code) {
        let text = match kind {
            Token::Literal if is_of_tests(path) => continue,
            Token::Literal => outside(text, '{', '}'),
            _ => outside(text, '`', '`'),
        };
        found
            .extend(banned(&text).map(|(number, word)| format!("{}:{}: {word}", shown(path), line + number)));
    }
    found
}

/// Pages and samples for operators. The contract's pages keep the words of what they describe.
fn pages() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    let mut folders = vec![root().join("configs"), root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path.ends_with("src/api/contract") || path.ends_with("target") => {}
                true => folders.push(path),
                false if path.starts_with(root().join("src")) && !has_extension(&path, &["md", "html"]) => {}
                false => found.push(path),
            }
        }
    }
    assert!(found.len() > 10, "the pages were not found");
    found
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().is_some_and(|extension| wanted.iter().any(|it| extension == *it))
}

#[test]
fn words_are_those_of_the_field() {
    let mut found: Vec<String> = sources().iter().flat_map(|path| in_code(path)).collect();
    for path in pages() {
        let text = outside(&fs::read_to_string(&path).unwrap(), '`', '`');
        found.extend(banned(&text).map(|(number, word)| format!("{}:{}: {word}", shown(&path), number + 1)));
    }
    expect_none("words that the project does not use", &found);
}

#[test]
fn comments_fit_on_a_line() {
    let mut found = Vec::new();
    for path in sources() {
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let text = line.trim_start();
            let is_row = text.trim_start_matches(['/', '!', ' ']).starts_with('|');
            if text.starts_with("//") && !is_row && line.chars().count() > COMMENT_LETTERS_MAX {
                found.push(format!("{}:{}", shown(&path), number + 1));
            }
        }
    }
    expect_none("comment lines over 120 letters", &found);
}

#[test]
fn words_are_found_where_they_stand() {
    let code = "let quote = '\"'; // Not `anew`,\n//! but Whoever\nlet a = \"a\\\"b {told}\";\nr#\"x\n\"nobody\"\"# ";
    let kinds: Vec<_> = texts(code).into_iter().map(|(line, kind, text)| (line, kind, text.len())).collect();
    let (comment, literal) = (Token::Comment, Token::Literal);
    assert_eq!(kinds, [(1, comment, 14), (2, comment, 15), (3, literal, 13), (4, literal, 15)]);
    let words = |text: &str| banned(text).collect::<Vec<_>>();
    assert_eq!(words("x\nis TOLD, not untold\nnobody's"), [(1, "told"), (2, "nobody")]);
    assert_eq!(words(&outside("an actor of which there is one `told`", '`', '`')), [(0, BANNED_WORDS[9])]);
    assert_eq!(words(&outside("{told} is {anew}", '{', '}')), []);
}
