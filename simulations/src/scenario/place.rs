//! Finds the position of a key in the text of a document.

use toml::de::{DeTable, DeValue};

/// The line, from 1, of a key's value. If the end of the path does not exist, the line of its existing part. `path`:
/// keys and numbers, separated by dots.
pub(super) fn line_of(text: &str, document: &DeTable<'_>, path: &str) -> usize {
    let mut steps = path.split('.');
    let first = steps.next().and_then(|key| document.get(key));
    let Some(mut found) = first else { return 1 };
    for step in steps {
        let next = match found.get_ref() {
            DeValue::Table(table) => table.get(step),
            DeValue::Array(array) => step.parse().ok().and_then(|index: usize| array.get(index)),
            _ => None,
        };
        let Some(next) = next else { break };
        found = next;
    }
    let before = text.get(..found.span().start).unwrap_or_default();
    before.matches('\n').count() + 1
}
