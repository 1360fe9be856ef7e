//! Lines for people: text from outside can neither imitate another line nor move the cursor.

use std::io::{self, Write};
use tracing_subscriber::fmt::MakeWriter;

/// Begins the continuation of a line.
const CONTINUATION: &[u8] = b"\n    | ";

/// Makes writers that escape.
#[derive(Clone, Debug)]
pub(super) struct Escaped<W> {
    writer: W,
    /// Colours are control characters of ours: the formatter has already escaped foreign ones.
    has_colours: bool,
}

impl<W> Escaped<W> {
    pub(super) fn new(writer: W, has_colours: bool) -> Self {
        Self { writer, has_colours }
    }
}

impl<'w, W: Clone + Write + 'w> MakeWriter<'w> for Escaped<W> {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// Each write is one whole event of the log.
impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.writer.write_all(&escaped(event, self.has_colours))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn escaped(event: &[u8], has_colours: bool) -> Vec<u8> {
    let (event, end) = event.strip_suffix(b"\n").map_or((event, &b""[..]), |event| (event, b"\n"));
    let mut line = Vec::with_capacity(event.len() + 1);
    for byte in event {
        match byte {
            b'\n' => line.extend_from_slice(CONTINUATION),
            0x1b if has_colours => line.push(*byte),
            byte if byte.is_ascii_control() => line.extend(byte.escape_ascii()),
            byte => line.push(*byte),
        }
    }
    line.extend_from_slice(end);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_line_and_what_goes_on_is_marked() {
        let table: [(&str, bool, &str); 5] = [
            ("INFO ready\n", false, "INFO ready\n"),
            ("INFO a\nINFO forged\n", false, "INFO a\n    | INFO forged\n"),
            ("a\r\u{1b}[2J\0b\n", false, "a\\r\\x1b[2J\\x00b\n"),
            ("\u{1b}[32mINFO\u{1b}[0m a\u{7f}\n", true, "\u{1b}[32mINFO\u{1b}[0m a\\x7f\n"),
            ("\u{e4}\u{1f5a5} \u{2026}", false, "\u{e4}\u{1f5a5} \u{2026}"),
        ];
        for (event, has_colours, wanted) in table {
            assert_eq!(String::from_utf8(escaped(event.as_bytes(), has_colours)).unwrap(), wanted);
        }
    }
}
