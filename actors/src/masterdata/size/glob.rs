//! Patterns for device names: exactly the syntax of Go's `path.Match`, in which operators write sizes.
//!
//! No crate has this syntax: they match `/`, have `**` or `{a,b}`, negate with `!`, or cannot escape.

/// A parsed pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// `*`: any number of characters except `/`.
    Star,
    /// `?`: one character except `/`.
    Any,
    /// `[a-z]`, `[^a-z]`
    Class { negated: bool, ranges: Vec<(char, char)> },
    /// A literal character, escaped by `\` if needed.
    Literal(char),
}

/// Go's error text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern")]
pub struct BadPattern;

impl Glob {
    /// Parses a pattern.
    pub fn parse(pattern: &str) -> Result<Self, BadPattern> {
        let mut tokens = Vec::new();
        let mut rest = pattern.chars().peekable();
        while let Some(next) = rest.next() {
            tokens.push(match next {
                '*' => Token::Star,
                '?' => Token::Any,
                '\\' => Token::Literal(rest.next().ok_or(BadPattern)?),
                '[' => class(&mut rest)?,
                literal => Token::Literal(literal),
            });
        }
        Ok(Self(tokens))
    }

    /// True when the pattern matches all of `name`. Takes at most pattern times name steps.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut token, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(token), name.get(at)) {
                (None, None) => return true,
                (Some(Token::Star), _) => {
                    token += 1;
                    star = Some((token, at));
                    continue;
                }
                (Some(wanted), Some(&found)) if wanted.takes(found) => {
                    (token, at) = (token + 1, at + 1);
                    continue;
                }
                _ => {}
            }
            let Some((after, swallowed)) = star else { return false };
            if name.get(swallowed).is_none_or(|&found| found == '/') {
                return false;
            }
            star = Some((after, swallowed + 1));
            (token, at) = (after, swallowed + 1);
        }
    }
}

impl Token {
    fn takes(&self, found: char) -> bool {
        match self {
            Self::Star => false,
            Self::Any => found != '/',
            Self::Literal(wanted) => found == *wanted,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|&(low, high)| (low..=high).contains(&found)) != *negated
            }
        }
    }
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The text after `[`, up to its `]`: at least one range.
fn class(rest: &mut Rest<'_>) -> Result<Token, BadPattern> {
    let negated = rest.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || rest.next_if_eq(&']').is_none() {
        let low = class_character(rest)?;
        let high = if rest.next_if_eq(&'-').is_some() { class_character(rest)? } else { low };
        ranges.push((low, high));
    }
    Ok(Token::Class { negated, ranges })
}

fn class_character(rest: &mut Rest<'_>) -> Result<char, BadPattern> {
    match rest.next().ok_or(BadPattern)? {
        '-' | ']' => Err(BadPattern),
        '\\' => rest.next().ok_or(BadPattern),
        character => Ok(character),
    }
}

#[cfg(test)]
mod tests;
