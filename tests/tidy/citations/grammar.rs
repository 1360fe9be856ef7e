//! The spelling of citations: `api-machines 3.1 and 3.3, rows 2 to 4`.

use super::pages::Pages;
use std::fmt;

/// Words for parts of a section. With an `s`, all following numbers belong to it, otherwise only the next.
const ITEMS: [&str; 7] = ["bullet", "check", "code", "column", "row", "rule", "step"];

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Citation {
    /// The line where it starts; the first is 1.
    pub(super) line: usize,
    pub(super) page: String,
    pub(super) references: Vec<Reference>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) section: String,
    pub(super) item: Option<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Number(usize),
    /// The whole first cell of a row.
    Label(String),
    /// A part of the first cell of a row.
    Row(String),
    /// A part of the head of a column.
    Column(String),
}

impl fmt::Display for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "row or step {number}"),
            Self::Label(label) => write!(formatter, "row {label}"),
            Self::Row(text) => write!(formatter, "row {text:?}"),
            Self::Column(text) => write!(formatter, "column {text:?}"),
        }
    }
}

/// All citations of a text, in comments or anywhere else. They may continue on the next line of a comment.
pub(super) fn citations(text: &str, pages: &Pages) -> Vec<Citation> {
    let (joined, starts) = joined(text);
    // A citation may be at the beginning of a sentence.
    let small = joined.to_ascii_lowercase();
    let mut found = Vec::new();
    for name in pages.keys() {
        for (at, _) in small.match_indices(name.as_str()) {
            let before = joined[..at].chars().next_back();
            let is_word = before.is_none_or(|letter| !letter.is_alphanumeric() && !"-_./".contains(letter));
            let after = &joined[at + name.len()..];
            let mut references = references(after);
            if references.is_empty() {
                references.extend(spelled_otherwise(after));
            }
            if is_word && !references.is_empty() {
                let line = starts.partition_point(|start| *start <= at);
                found.push(Citation { line, page: name.clone(), references });
            }
        }
    }
    found.sort_by_key(|citation| citation.line);
    found
}

/// The lines of a text without comment marks, as one line, with the start of each.
fn joined(text: &str) -> (String, Vec<usize>) {
    let mut joined = String::with_capacity(text.len());
    let mut starts = Vec::new();
    for line in text.lines() {
        starts.push(joined.len());
        let line = line.trim_start();
        let marks = ["//!", "///", "//", "#", "--"];
        let line = marks.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
        joined.push_str(line.trim());
        joined.push(' ');
    }
    (joined, starts)
}

/// A number in a readable but unsupported spelling: it refers to no section.
fn spelled_otherwise(after: &str) -> Option<Reference> {
    let after = after.trim_start_matches([',', ' ', '`']);
    let is_one = ["section ", "chapter ", "\u{a7}"].iter().any(|word| after.starts_with(word));
    let mut words = after.split([' ', ')', ',', ':', ';']);
    let section = match words.next()? {
        word @ ("section" | "chapter") => format!("{word} {}", words.next()?.trim_end_matches('.')),
        word => word.to_owned(),
    };
    is_one.then_some(Reference { section, item: None })
}

/// The references after the name of a page; empty if no number follows.
fn references(text: &str) -> Vec<Reference> {
    let mut rest = Rest(text);
    let mut found = Vec::new();
    if !rest.takes(" ") {
        return found;
    }
    let Some(mut section) = rest.number() else { return found };
    found.push(Reference { section: section.clone(), item: None });
    // After several items, a number without a dot is another item.
    let mut many: Option<&str> = None;
    loop {
        if rest.takes("/") {
            let Some(item) = rest.number().and_then(|number| number.parse().ok()) else { break };
            found.push(Reference { section: section.clone(), item: Some(Item::Number(item)) });
            continue;
        }
        if !rest.takes_separator() {
            break;
        }
        if let Some((word, is_many)) = rest.item_word() {
            let Some(item) = rest.item(word) else { break };
            found.push(Reference { section: section.clone(), item: Some(item) });
            many = is_many.then_some(word);
        } else if let Some(item) = many.and_then(|word| rest.item(word)).or_else(|| rest.label()) {
            found.push(Reference { section: section.clone(), item: Some(item) });
        } else if let Some(number) = rest.number() {
            many = None;
            found.push(Reference { section: number.clone(), item: None });
            section = number;
        } else {
            break;
        }
    }
    found
}

/// The unread rest.
#[derive(Clone, Copy)]
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    fn takes(&mut self, text: &str) -> bool {
        let after = self.0.strip_prefix(text);
        self.0 = after.unwrap_or(self.0);
        after.is_some()
    }

    fn takes_separator(&mut self) -> bool {
        [", and ", ", ", "; ", " and ", " or ", " to "].iter().any(|separator| self.takes(separator))
    }

    /// A number such as `3` or `3.4.1`, unless a word continues it.
    fn number(&mut self) -> Option<String> {
        let end =
            self.0.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(self.0.len());
        let number = self.0[..end].trim_end_matches('.');
        let after = &self.0[number.len()..];
        let is_number = !number.is_empty()
            && number.split('.').all(|part| !part.is_empty())
            && !after.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        self.0 = if is_number { after } else { self.0 };
        is_number.then(|| number.to_owned())
    }

    /// `row ` or `rows `, and whether several follow.
    fn item_word(&mut self) -> Option<(&'static str, bool)> {
        ITEMS.into_iter().find_map(|word| {
            let after = self.0.strip_prefix(word)?;
            let is_many = after.starts_with('s');
            self.0 = after.trim_start_matches('s').strip_prefix(' ')?;
            Some((word, is_many))
        })
    }

    /// A number without a dot, a text in quotes, or a code in capitals.
    fn item(&mut self, word: &str) -> Option<Item> {
        if let Some((text, after)) = self.0.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
            self.0 = after;
            let text = text.to_owned();
            return Some(if word == "column" { Item::Column(text) } else { Item::Row(text) });
        }
        let mut ahead = *self;
        if let Some(number) = ahead.number().and_then(|number| number.parse().ok()) {
            *self = ahead;
            return Some(Item::Number(number));
        }
        if word == "code" { self.word().map(Item::Label) } else { None }
    }

    /// A label such as `I13`.
    fn label(&mut self) -> Option<Item> {
        let mut ahead = *self;
        let label = ahead.word()?;
        let number = label.strip_prefix(|letter: char| letter.is_ascii_uppercase())?;
        number.parse::<u32>().ok()?;
        *self = ahead;
        Some(Item::Label(label))
    }

    fn word(&mut self) -> Option<String> {
        let end = self.0.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(self.0.len());
        let (word, after) = self.0.split_at(end);
        self.0 = after;
        (!word.is_empty()).then(|| word.to_owned())
    }
}
