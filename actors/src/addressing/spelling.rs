//! Parses addresses and prefixes as callers write them; with the error texts.
//!
//! Clients of the wire contract see the parser's texts inside refusals (api-resources 2.4, check 6), so the texts are
//! part of it. Leading zeros, zones and lengths beyond the family are refused; host bits are kept.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Parses `10.0.0.0/8` or `2001:db8::/32`.
pub fn prefix(text: &str) -> Result<IpNet, String> {
    read_prefix(text).map_err(|why| format!("netip.ParsePrefix({text:?}): {why}"))
}

fn read_prefix(text: &str) -> Result<IpNet, String> {
    let (host, bits) = text.rsplit_once('/').ok_or("no '/'")?;
    if host.contains(':') && host.contains('%') {
        return Err("IPv6 zones cannot be present in a prefix".to_owned());
    }
    let address = address(host)?;
    let plain = !bits.is_empty()
        && bits.bytes().all(|byte| byte.is_ascii_digit())
        && (bits.len() == 1 || !bits.starts_with('0'));
    if !plain {
        return Err(format!("bad bits after slash: {bits:?}"));
    }
    // Only digits, so a number that does not fit is too long for any family.
    let length = bits.parse::<u8>().ok();
    length
        .and_then(|length| IpNet::new(address, length).ok())
        .ok_or_else(|| "prefix length out of range".to_owned())
}

/// Parses an address of either family.
pub fn address(text: &str) -> Result<IpAddr, String> {
    let read = match text.bytes().find(|byte| b".:%".contains(byte)) {
        Some(b'.') => text.parse::<Ipv4Addr>().map(IpAddr::V4).map_err(|_| refused_v4(text)),
        Some(b':') => text.parse::<Ipv6Addr>().map(IpAddr::V6).map_err(|_| refused_v6(text)),
        Some(_) => Err("missing IPv6 address".to_owned()),
        None => Err("unable to parse IP".to_owned()),
    };
    read.map_err(|why| format!("ParseAddr({text:?}): {why}"))
}

fn refused_v4(text: &str) -> String {
    let mut dots = 0;
    let mut field = String::new();
    for (at, found) in text.char_indices() {
        let rest = &text[at..];
        match found {
            '0'..='9' if field == "0" => return "IPv4 field has octet with leading zero".to_owned(),
            '0'..='9' => {
                field.push(found);
                if field.parse::<u8>().is_err() {
                    return "IPv4 field has value >255".to_owned();
                }
            }
            '.' if field.is_empty() || rest.len() == 1 => {
                return format!("IPv4 field must have at least one digit (at {rest:?})");
            }
            '.' if dots == 3 => return "IPv4 address too long".to_owned(),
            '.' => {
                dots += 1;
                field.clear();
            }
            _ => return format!("unexpected character (at {rest:?})"),
        }
    }
    "IPv4 address too short".to_owned()
}

fn refused_v6(text: &str) -> String {
    let mut rest = text;
    let mut groups = 0;
    let mut ellipsis = false;
    if let Some(after) = rest.strip_prefix("::") {
        (rest, ellipsis) = (after, true);
    }
    while !rest.is_empty() && groups < 8 {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        let after = &rest[digits..];
        if digits == 0 {
            return format!("each colon-separated field must have at least one digit (at {rest:?})");
        }
        if digits > 4 {
            return format!("each group must have 4 or less digits (at {rest:?})");
        }
        if after.starts_with('.') {
            return embedded(rest, groups, ellipsis);
        }
        groups += 1;
        let Some(next) = after.strip_prefix(':') else {
            rest = after;
            if rest.is_empty() || groups == 8 {
                break;
            }
            return format!("unexpected character, want colon (at {rest:?})");
        };
        if next.is_empty() {
            return format!("colon must be followed by more characters (at {after:?})");
        }
        rest = next;
        if let Some(beyond) = next.strip_prefix(':') {
            if ellipsis {
                return format!("multiple :: in address (at {next:?})");
            }
            (rest, ellipsis) = (beyond, true);
        }
    }
    if !rest.is_empty() {
        return format!("trailing garbage after address (at {rest:?})");
    }
    if ellipsis {
        return "the :: must expand to at least one field of zeros".to_owned();
    }
    "address string too short".to_owned()
}

/// Why an IPv4 address at the end of an IPv6 address was refused.
fn embedded(rest: &str, groups: u8, ellipsis: bool) -> String {
    if !ellipsis && groups != 6 {
        return format!("embedded IPv4 address must replace the final 2 fields of the address (at {rest:?})");
    }
    if groups > 6 {
        return format!(
            "too many hex fields to fit an embedded IPv4 at the end of the address (at {rest:?})"
        );
    }
    refused_v4(rest)
}

/// The text for an unknown family.
pub(crate) fn invalid_family(text: &str) -> String {
    format!("given addressfamily:{text:?} is invalid")
}

#[cfg(test)]
mod tests;
