//! Dumps of go-ipam from callers: every input is refused with a message, or becomes a valid plan: parents before their
//! children, children inside of their parents, addresses in prefixes with addresses.

#![no_main]

use actors::namespace::dump;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

fuzz_target!(|text: &str| {
    let plan = match dump::read(text) {
        Ok(plan) => plan,
        Err(refusal) => return assert!(!refusal.message.is_empty()),
    };
    let mut known = BTreeMap::new();
    for prefix in &plan.prefixes {
        assert_eq!(prefix.cidr, prefix.cidr.trunc());
        if let Some(parent) = prefix.parent {
            assert_eq!(known.get(&parent), Some(&true), "{parent} of {}", prefix.cidr);
            assert!(parent.contains(&prefix.cidr) && parent != prefix.cidr);
        }
        assert_eq!(known.insert(prefix.cidr, prefix.is_parent), None);
    }
    for taken in &plan.addresses {
        assert_eq!(known.get(&taken.prefix), Some(&false), "{} of {}", taken.address, taken.prefix);
        assert!(taken.prefix.contains(&taken.address));
    }
});
