//! Texts of hardware: after cleaning they are bounded, printable, and stable.

#![no_main]

use actors::spoken::{BYTES_MAX, clean, cleaned};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let kept = cleaned(&text);
    assert!(kept.len() <= BYTES_MAX && !kept.contains(char::is_control));
    assert_eq!(kept.trim(), kept);
    assert_eq!(cleaned(&kept), kept);
    let mut place = text.into_owned();
    clean(&mut place);
    assert_eq!(place, kept);
});
