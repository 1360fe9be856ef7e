//! Messages from another partition: every input is refused with a message, or can be written and read again without a
//! difference.

#![no_main]

use actors::mesh::Reply;
use actors::wire::{read_reply, read_request, write_reply, write_request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    match read_request(message) {
        Ok(request) => {
            let again = write_request(&request).expect("it came in a message");
            assert_eq!(read_request(&again), Ok(request));
        }
        Err(bad) => {
            assert!(!bad.to_string().is_empty());
            let reply = write_reply(&bad.reply()).expect("a few words");
            assert!(matches!(read_reply(&reply, None), Ok(Reply::NotUnderstood { .. })));
        }
    }
    if let Ok(reply) = read_reply(message, None) {
        let again = write_reply(&reply).expect("it came in a message");
        assert_eq!(read_reply(&again, None), Ok(reply));
    }
});
