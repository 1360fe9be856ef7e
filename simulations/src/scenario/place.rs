//! Where in its text a key of a document stands.

use toml::de::{DeTable, DeValue};

/// The line, from 1, at which a key has its value. Of a path whose end is not there, the line of what is there of it.
/// `path`: keys and numbers, with dots between.
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
