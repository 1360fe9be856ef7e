//! Texts from hardware: padded, with control characters, of any length.
//!
//! LLDP neighbours, FRU areas, BIOS tables and switches report texts that vendors wrote long ago. Such a text is
//! cleaned and never a reason to refuse its message. Bad texts of people are refused with a reason.

use std::borrow::Cow;

/// Bytes of a text of hardware. What is longer is cut, and ends with [`CUT`].
pub const BYTES_MAX: usize = 4096;

/// Replaces the end of a long text.
const CUT: char = '\u{2026}';

/// Replaces a control character.
const UNPRINTABLE: char = '\u{fffd}';

/// The text without NUL and blanks around it, without control characters, and at most [`BYTES_MAX`] long. Idempotent.
pub fn cleaned(text: &str) -> String {
    let text = text.trim_matches(|letter: char| letter == '\0' || letter.is_whitespace());
    let mut clean: String =
        text.chars().map(|letter| if letter.is_control() { UNPRINTABLE } else { letter }).collect();
    if clean.len() > BYTES_MAX {
        let end = clean.floor_char_boundary(BYTES_MAX - CUT.len_utf8());
        clean.truncate(end);
        clean.truncate(clean.trim_end().len());
        clean.push(CUT);
    }
    clean
}

/// Cleans the text in place; most texts are clean already.
pub fn clean(text: &mut String) {
    let is_clean = text.len() <= BYTES_MAX
        && !text.contains(char::is_control)
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace);
    if !is_clean {
        *text = cleaned(text);
    }
}

/// The form in which identities of interfaces and ports are compared: MAC addresses in lower case, all others
/// unchanged.
pub fn folded(identity: &str) -> Cow<'_, str> {
    let is_octet = |octet: &[u8]| octet.len() == 2 && octet.iter().all(u8::is_ascii_hexdigit);
    let mut octets = identity.as_bytes().split(|byte| matches!(byte, b':' | b'-'));
    let is_mac = identity.len() == 17 && octets.all(is_octet);
    if is_mac && identity.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(identity.to_ascii_lowercase())
    } else {
        Cow::Borrowed(identity)
    }
}

/// Placeholders of manufacturers for missing serial numbers, in lower case.
const PLACEHOLDERS: [&str; 10] = [
    "to be filled by o.e.m.",
    "default string",
    "0123456789",
    "123456789",
    "system serial number",
    "not specified",
    "not applicable",
    "unknown",
    "none",
    "n/a",
];

/// Whether a serial number identifies a machine.
pub fn identifies(serial: &str) -> bool {
    let serial = serial.trim().to_ascii_lowercase();
    let only = |digit: char| serial.chars().all(|letter| letter == digit || "-.: ".contains(letter));
    !only('0') && !only('f') && !PLACEHOLDERS.contains(&serial.as_str())
}

#[cfg(test)]
mod tests;
