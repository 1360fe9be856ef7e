//! Addresses and prefixes as callers write them: whatever comes is read or refused in words, and what was read is
//! written in a form that is read as the same.

#![no_main]

use actors::ipam::spelling;
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
    // Filters are read by the library alone, and may be written more freely.
    if let Ok(prefix) = text.parse::<IpNet>() {
        assert_eq!(spelling::prefix(&prefix.to_string()), Ok(prefix));
    }
});
