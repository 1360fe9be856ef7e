//! Addresses and prefixes from callers: every input is parsed or refused with a message, and the written form of a
//! parsed one parses to the same value.

#![no_main]

use actors::addressing::spelling;
use ipnet::IpNet;
use libfuzzer_sys::fuzz_target;
use std::net::IpAddr;

fuzz_target!(|text: &str| {
    let address = spelling::address(text);
    assert_eq!(address.clone().ok(), text.parse::<IpAddr>().ok());
    match address {
        Ok(address) => assert_eq!(spelling::address(&address.to_string()), Ok(address)),
        Err(why) => assert!(why.starts_with("ParseAddr(")),
    }
    let prefix = spelling::prefix(text);
    match prefix {
        Ok(prefix) => {
            assert_eq!(text.parse(), Ok(prefix));
            assert_eq!(spelling::prefix(&prefix.to_string()), Ok(prefix));
            let trunc = prefix.trunc();
            assert_eq!(spelling::prefix(&trunc.to_string()), Ok(trunc));
            assert!(trunc.contains(&prefix.addr()));
        }
        Err(why) => assert!(why.starts_with("netip.ParsePrefix(")),
    }
    // Only the library parses filters, which allow more spellings.
    if let Ok(prefix) = text.parse::<IpNet>() {
        assert_eq!(spelling::prefix(&prefix.to_string()), Ok(prefix));
    }
});
