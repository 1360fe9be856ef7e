use super::SwitchVendor::{Cumulus, Sonic};
use super::*;

#[test]
fn names_are_translated_by_line() {
    let table: [(&str, &[&str], SwitchVendor, SwitchVendor, &str); 17] = [
        ("swp1", &[], Cumulus, Sonic, "Ethernet0"),
        ("swp2", &[], Cumulus, Sonic, "Ethernet4"),
        ("swp1s0", &[], Cumulus, Sonic, "Ethernet0"),
        ("swp1s3", &[], Cumulus, Sonic, "Ethernet3"),
        ("swp31s2", &[], Cumulus, Sonic, "Ethernet122"),
        ("Ethernet0", &[], Sonic, Cumulus, "swp1"),
        ("Ethernet4", &["Ethernet0", "Ethernet4", "Ethernet8"], Sonic, Cumulus, "swp2"),
        ("Ethernet0", &["Ethernet0", "Ethernet1"], Sonic, Cumulus, "swp1s0"),
        ("Ethernet0", &["Ethernet0", "Ethernet3"], Sonic, Cumulus, "swp1s0"),
        ("Ethernet0", &["Ethernet0", "Ethernet4"], Sonic, Cumulus, "swp1"),
        ("Ethernet0", &["Ethernet0", "Management0"], Sonic, Cumulus, "swp1"),
        ("Ethernet1", &[], Sonic, Cumulus, "swp1s1"),
        ("Ethernet122", &[], Sonic, Cumulus, "swp31s2"),
        ("Ethernet4294967295", &[], Sonic, Cumulus, "swp1073741824s3"),
        ("Ethernet7", &[], Sonic, Sonic, "Ethernet7"),
        ("swp1", &["swp1s1"], Cumulus, Cumulus, "swp1"),
        ("eth0", &[], Sonic, Sonic, "eth0"),
    ];
    for (port, siblings, from, to, expected) in table {
        let name = translate(port, siblings.iter().copied(), from, to);
        assert_eq!(name.as_deref(), Ok(expected), "{port} of {siblings:?} from {from:?} to {to:?}");
    }
}

#[test]
fn unreadable_names_are_refused_with_the_texts_of_4_3() {
    let table = [
        ("Ethernet0", Cumulus, "invalid port name Ethernet0, expected to find prefix 'swp'"),
        ("swp1", Sonic, "invalid port name swp1, expected to find prefix 'Ethernet'"),
        ("fooswp1", Cumulus, "invalid port name fooswp1, port name is expected to start with 'swp'"),
        ("pEthernet1", Sonic, "invalid port name pEthernet1, port name is expected to start with 'Ethernet'"),
        ("swp-1", Cumulus, "invalid token '-' in port name swp-1"),
        ("Ethernet-1", Sonic, "invalid token '-' in port name Ethernet-1"),
        ("swp0", Cumulus, "invalid port name swp0 would map to negative number"),
        ("swp0s1", Cumulus, "invalid port name swp0s1 would map to negative number"),
        ("swp1s", Cumulus, "invalid port name swp1s, \"\" is not a port number"),
        ("Ethernet+4", Sonic, "invalid port name Ethernet+4, \"+4\" is not a port number"),
        ("swp4294967295", Cumulus, "invalid port name swp4294967295, the port number is too large"),
        (
            "Ethernet4294967296",
            Sonic,
            "invalid port name Ethernet4294967296, \"4294967296\" is not a port number",
        ),
    ];
    for (port, vendor, text) in table {
        assert_eq!(line(port, vendor), Err(Refusal::unprocessable(text)));
    }
}

#[test]
fn only_two_vendors_are_known() {
    assert_eq!(SwitchVendor::parse("SONiC"), Ok(Sonic));
    assert_eq!(SwitchVendor::parse("Cumulus"), Ok(Cumulus));
    for text in ["sonic", ""] {
        let refused = Refusal::unprocessable(format!("unknown switch os vendor {text}"));
        assert_eq!(SwitchVendor::parse(text), Err(refused));
    }
}
