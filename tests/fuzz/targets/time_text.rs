//! Times in headers and bodies: a parsed time can be written and parses to the same time, to the millisecond; sums and
//! differences stay in the range of times.

#![no_main]

use actors::time::Timestamp;
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

fuzz_target!(|input: (&str, u64)| {
    let (text, seconds) = input;
    let Some(at) = Timestamp::parse(text) else { return };
    let shown = at.to_string();
    let again = Timestamp::parse(&shown).unwrap_or_else(|| panic!("{shown:?} cannot be read again"));
    assert_eq!(again.to_string(), shown);
    let later = at + Duration::from_secs(seconds);
    assert!(later >= at && Timestamp::parse(&later.to_string()).is_some());
    assert!(later.since(at) <= Duration::from_secs(seconds) && at.since(later) == Duration::ZERO);
});
