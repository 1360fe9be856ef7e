//! Text for HTML or XML.

use askama::Template;
use askama::filters::Escaper;
use std::fmt;

/// Renders a page or a part of one.
pub(crate) fn rendered(template: &impl Template) -> String {
    template.render().expect("a String takes all that is written to it")
}

/// The escaping of templates; `askama.toml` names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Xml;

impl Escaper for Xml {
    fn write_escaped_str<W: fmt::Write>(&self, mut to: W, text: &str) -> fmt::Result {
        to.write_str(&escape(text))
    }
}

/// Escapes text for elements and attributes. Characters that XML cannot hold are replaced.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\r' | '\t' => safe.push(' '),
            '\0'..=' ' if letter != ' ' => safe.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_a_text() {
        let evil = "<script a=\"1\" b='2'>&\n\u{0}\u{1b}\u{ffff} ok";
        let safe = escape(evil);
        assert_eq!(safe, "&lt;script a=&quot;1&quot; b=&#39;2&#39;&gt;&amp; \u{fffd}\u{fffd}\u{fffd} ok");
        let document = format!("<a b=\"{safe}\">{safe}</a>");
        roxmltree::Document::parse(&document).unwrap();
    }
}
