//! What a list of DNS or NTP servers may look like, in a partition (api-resources 5.1) and in an allocation
//! (api-machines 3.2, rows 11 and 12). Whether they answer is not asked.

use crate::machine::command::{DnsServer, NtpServer};
use crate::refusal::Refusal;
use std::net::IpAddr;

/// Resolvers of operating systems look at no more than three.
pub const DNS_SERVERS_MAX: usize = 3;

/// api-resources 5.1
pub const NTP_SERVERS_MAX: usize = 5;

/// Bytes of a DNS name (RFC 1035, 2.3.4).
const DNS_NAME_BYTES_MAX: usize = 255;

/// Bytes of one label of a DNS name (RFC 1035, 2.3.4).
const DNS_LABEL_BYTES_MAX: usize = 63;

/// At most three, each an IP address. Refuses with "400".
pub fn check_dns(servers: &[DnsServer]) -> Result<(), Refusal> {
    if servers.len() > DNS_SERVERS_MAX {
        return Err(Refusal::bad_request("please specify a maximum of three dns servers"));
    }
    for DnsServer { ip } in servers {
        if ip.parse::<IpAddr>().is_err() {
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
        if address.parse::<IpAddr>().is_err() && !is_dns_name(address) {
            return Err(Refusal::bad_request(format!("dns name: {{{address}}} for ntp server not correct")));
        }
    }
    Ok(())
}

/// Letters, digits, `-` and `_` (which is no host name, but seen in the field); the root's dot may be written.
fn is_dns_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        (1..=DNS_LABEL_BYTES_MAX).contains(&label.len())
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    name.len() <= DNS_NAME_BYTES_MAX && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Because;

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
            assert_eq!(refusal.because, Because::BadRequest, "{servers:?}");
            assert!(refusal.message.starts_with(text), "{servers:?}: {refusal}");
        }
        assert_eq!(dns(&[]), Ok(()));
        assert_eq!(dns(&["1.1.1.1", "2606:4700::1111", "9.9.9.9"]), Ok(()));
    }

    #[test]
    fn ntp_servers_row_of_5_1() {
        let long = "a".repeat(64);
        let rows: [(&[&str], &str); 6] = [
            (&["a", "b", "c", "d", "e", "f"], "please specify a maximum of five ntp servers"),
            (&["pool.ntp.org", "not a name"], "dns name: {not a name} for ntp server not correct"),
            (&[""], "dns name: {} for ntp server not correct"),
            (&["-x.org"], "dns name: {-x.org} for ntp server not correct"),
            (&["a..b"], "dns name: {a..b} for ntp server not correct"),
            (&[&long], &format!("dns name: {{{long}}} for ntp server not correct")),
        ];
        for (servers, text) in rows {
            assert_eq!(ntp(servers), Err(Refusal::bad_request(text)), "{servers:?}");
        }
        assert_eq!(ntp(&["0.de.pool.ntp.org", "time1", "1.2.3.4", "fd00::1", "ntp.org."]), Ok(()));
    }
}
