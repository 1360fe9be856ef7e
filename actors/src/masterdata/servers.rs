//! Checks lists of DNS and NTP servers, in a partition (api-resources 5.1) and in an allocation (api-machines 3.2, rows
//! 11 and 12). Does not check whether they answer.

use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv6Addr};

/// Resolvers of operating systems use at most three.
pub const DNS_SERVERS_MAX: usize = 3;

/// api-resources 5.1
pub const NTP_SERVERS_MAX: usize = 5;

/// Maximal bytes of a link's name, as in Linux.
const ZONE_BYTES_MAX: usize = 15;

/// Maximal bytes of a DNS name (RFC 1035, 2.3.4).
const DNS_NAME_BYTES_MAX: usize = 255;

/// Maximal bytes of a label of a DNS name (RFC 1035, 2.3.4).
const DNS_LABEL_BYTES_MAX: usize = 63;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DnsServer {
    pub ip: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NtpServer {
    pub address: String,
}

/// At most three, each an IP address. Refuses with "400".
pub fn check_dns(servers: &[DnsServer]) -> Result<(), Refusal> {
    if servers.len() > DNS_SERVERS_MAX {
        return Err(Refusal::bad_request("please specify a maximum of three dns servers"));
    }
    for DnsServer { ip } in servers {
        if !is_address(ip) {
            return Err(Refusal::bad_request(format!(
                "ip: {{{ip}}} for dns server not correct err: ParseAddr(\"{ip}\"): unable to parse IP"
            )));
        }
    }
    Ok(())
}

/// At most five, each an IP address or a DNS name. Refuses with "400".
pub fn check_ntp(servers: &[NtpServer]) -> Result<(), Refusal> {
    if servers.len() > NTP_SERVERS_MAX {
        return Err(Refusal::bad_request("please specify a maximum of five ntp servers"));
    }
    for NtpServer { address } in servers {
        if !is_address(address) && !is_dns_name(address) {
            return Err(Refusal::bad_request(format!("dns name: {{{address}}} for ntp server not correct")));
        }
    }
    Ok(())
}

/// The hostname of a machine; empty: none. Refuses with "400".
pub fn check_hostname(name: &str) -> Result<(), Refusal> {
    if name.is_empty() || is_dns_name(name) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "hostname {name:?} is not the name of a host: letters, digits and hyphens, at most 63 between two dots, and no number \
         alone at the end"
    )))
}

/// An IPv6 address may have a zone (RFC 4007, 11).
fn is_address(text: &str) -> bool {
    match text.split_once('%') {
        None => text.parse::<IpAddr>().is_ok(),
        Some((address, zone)) => {
            let is_zone = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            (1..=ZONE_BYTES_MAX).contains(&zone.len())
                && zone.bytes().all(is_zone)
                && address.parse::<Ipv6Addr>().is_ok()
        }
    }
}

/// Letters, digits, `-` and `_` (which is invalid in host names, but in use); a trailing dot is allowed. A name whose
/// last label is a number is an invalid address (RFC 1123, 2.1).
fn is_dns_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        (1..=DNS_LABEL_BYTES_MAX).contains(&label.len())
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    name.len() <= DNS_NAME_BYTES_MAX
        && name.split('.').all(is_label)
        && !name.rsplit('.').next().is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::RefusalKind;

    fn dns(ips: &[&str]) -> Result<(), Refusal> {
        check_dns(&ips.iter().map(|ip| DnsServer { ip: (*ip).to_owned() }).collect::<Vec<_>>())
    }

    fn ntp(addresses: &[&str]) -> Result<(), Refusal> {
        let server = |address: &&str| NtpServer { address: (*address).to_owned() };
        check_ntp(&addresses.iter().map(server).collect::<Vec<_>>())
    }

    #[test]
    fn dns_servers_row_of_5_1() {
        let rows: [(&[&str], &str); 4] = [
            (&["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"], "please specify a maximum of three dns servers"),
            (&["resolver"], "ip: {resolver} for dns server not correct err: "),
            (&["1.1.1.1", ""], "ip: {} for dns server not correct err: "),
            (&["1.1.1.256"], "ip: {1.1.1.256} for dns server not correct err: "),
        ];
        for (servers, text) in rows {
            let refusal = dns(servers).unwrap_err();
            assert_eq!(refusal.kind, RefusalKind::BadRequest, "{servers:?}");
            assert!(refusal.message.starts_with(text), "{servers:?}: {refusal}");
        }
        assert_eq!(dns(&[]), Ok(()));
        assert_eq!(dns(&["1.1.1.1", "2606:4700::1111", "fe80::1%eth0"]), Ok(()));
        for wrong in ["fe80::1%", "1.1.1.1%eth0", "fe80::1%e h", "123"] {
            assert!(dns(&[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn host_names_are_names_of_hosts() {
        for good in ["", "web", "web-1.example.org", "4web", "web_1"] {
            assert_eq!(check_hostname(good), Ok(()), "{good}");
        }
        for wrong in ["123", "10.0.0.256", "10.0.0.1", "-web", "we b", "web\n", "we/b", "a..b"] {
            assert!(check_hostname(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn ntp_servers_row_of_5_1() {
        let long = "a".repeat(64);
        let rows: [(&[&str], &str); 8] = [
            (&["a", "b", "c", "d", "e", "f"], "please specify a maximum of five ntp servers"),
            (&["pool.ntp.org", "not a name"], "dns name: {not a name} for ntp server not correct"),
            (&[""], "dns name: {} for ntp server not correct"),
            (&["-x.org"], "dns name: {-x.org} for ntp server not correct"),
            (&["123"], "dns name: {123} for ntp server not correct"),
            (&["10.0.0.256"], "dns name: {10.0.0.256} for ntp server not correct"),
            (&["a..b"], "dns name: {a..b} for ntp server not correct"),
            (&[&long], &format!("dns name: {{{long}}} for ntp server not correct")),
        ];
        for (servers, text) in rows {
            assert_eq!(ntp(servers), Err(Refusal::bad_request(text)), "{servers:?}");
        }
        assert_eq!(ntp(&["0.de.pool.ntp.org", "time1", "1.2.3.4", "fd00::1", "fe80::1%eth0"]), Ok(()));
    }
}
