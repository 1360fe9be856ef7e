//! Groups statements into messages to SQLite's thread. Each message wakes two threads, which costs more than most
//! statements. Pure.

use super::sql::{Column, Statement, Value};
use std::borrow::Cow;

/// Maximum of values in a message with several statements. Each combination of statements is a separate text, which
/// connections keep prepared. Larger messages would fill that cache, and take so long that one more message does not
/// matter.
const VALUES_MAX: usize = 192;

/// One text, and the result columns of each of its statements.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    pub(super) text: String,
    pub(super) values: Vec<Value<'a>>,
    pub(super) columns: Vec<Cow<'static, [Column]>>,
}

impl<'a> Message<'a> {
    /// Makes parameters positional: SQLite searches a named one among all others, and numbers would have to be shifted.
    /// A value that is used twice is bound twice.
    fn new(statements: &[Statement<'a>]) -> Self {
        let mut message = Self { text: String::new(), values: Vec::new(), columns: Vec::new() };
        for statement in statements {
            let mut pieces = statement.text.split('$');
            message.text.push_str(pieces.next().unwrap_or_default());
            for piece in pieces {
                let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
                let (number, rest) = piece.split_at(digits);
                let value = number.parse().ok().and_then(|number: usize| statement.values.get(number - 1));
                message.values.extend(value);
                message.text.push('?');
                message.text.push_str(rest);
            }
            message.text.push(';');
            message.columns.push(statement.columns.clone());
        }
        message
    }
}

/// Groups statements in order. Statements without values (`BEGIN`, `COMMIT`) join their neighbours.
pub(super) fn messages<'a>(statements: &[Statement<'a>]) -> impl Iterator<Item = Message<'a>> {
    let mut rest = statements;
    std::iter::from_fn(move || {
        let mut total = 0;
        let mut parts = 0;
        let together = rest.iter().take_while(|statement| {
            total += statement.values.len();
            parts += usize::from(!statement.values.is_empty());
            parts <= 1 || total <= VALUES_MAX
        });
        let (now, after) = rest.split_at(together.count());
        rest = after;
        (!now.is_empty()).then(|| Message::new(now))
    })
}

#[cfg(test)]
mod tests {
    use super::super::sql::{self, Flavor};
    use super::*;
    use actors::store::Kind;

    fn texts(statements: &[Statement<'_>]) -> Vec<String> {
        messages(statements).map(|message| message.text).collect()
    }

    #[test]
    fn values_follow_their_places() {
        let begin = sql::plain(Flavor::Sqlite.begin());
        let script = [begin, sql::generations(Kind::Size, "p", &["a", "b"]), sql::plain(sql::COMMIT)];
        let found: Vec<Message<'_>> = messages(&script).collect();
        let [message] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            message.text,
            "BEGIN IMMEDIATE;WITH asked(name) AS (VALUES (?), (?)) SELECT asked.name, (SELECT generation \
             FROM size WHERE partition = ? AND size.id = asked.name) FROM asked;COMMIT;"
        );
        assert_eq!(message.values, ["a", "b", "p"].map(Value::Text));
        assert_eq!(message.columns.iter().map(|columns| columns.len()).collect::<Vec<_>>(), [0, 2, 0]);
    }

    #[test]
    fn large_statements_go_alone_and_the_commit_with_the_last() {
        let many = vec!["x"; VALUES_MAX];
        let large = || sql::delete(Kind::Size, "p", &many);
        let small = || sql::delete(Kind::Size, "p", &["x"]);
        let commit = || sql::plain(sql::COMMIT);
        assert_eq!(texts(&[small(), small(), commit()]).len(), 1);
        let cut = texts(&[small(), large(), commit()]);
        assert_eq!(cut.len(), 2);
        assert!(cut[1].ends_with(";COMMIT;"), "{}", cut[1]);
        assert_eq!(texts(&[large(), small(), small(), commit()]).len(), 2);
        assert_eq!(texts(&[]).len(), 0);
    }
}
