use super::*;
use actors::machine::command::{AllocateRequest, IpmiReport};
use actors::masterdata::command::ImageRequest;
use actors::network::{NetworkAllocate, NetworkCreate};
use std::collections::BTreeMap;

fn refused<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> String {
    let problem = parse::<T>(body.as_bytes()).unwrap_err();
    assert_eq!(problem.status, StatusCode::BAD_REQUEST);
    problem.message
}

/// api-resources 1.10, row "Request decoding".
#[test]
fn keys_are_read_in_any_case_but_keys_that_are_data_are_kept() {
    let body = r#"{"ID":"n","Prefixes":["10.0.0.0/16"],"defaultChildPrefixLength":{"IPv4":22},"unknown":{"A":1},
            "Labels":{"Upper.Case/Key":"V","null":null},"additionalAnnouncableCIDRs":["10.0.0.0/8"]} trailing"#;
    let read: NetworkCreate = parse(body.as_bytes()).unwrap();
    assert_eq!(read.id, "n");
    assert_eq!(read.prefixes, ["10.0.0.0/16"]);
    assert_eq!(read.defaultchildprefixlength, Some(BTreeMap::from([("IPv4".to_owned(), 22)])));
    let labels = [("Upper.Case/Key", "V"), ("null", "")];
    assert_eq!(read.labels, labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    assert_eq!(read.additionalannouncablecidrs, ["10.0.0.0/8"]);
}

/// api-resources 1.10, rows "Null tolerance" and "Zero times"; metalctl 0/6.
#[test]
fn null_and_zero_mean_absent_at_any_depth() {
    let body =
        r#"{"id":null,"prefixes":null,"nattype":null,"vrf":null,"nat":null,"defaultchildprefixlength":null}"#;
    assert_eq!(parse::<NetworkCreate>(body.as_bytes()).unwrap(), NetworkCreate::default());
    assert_eq!(parse::<NetworkCreate>(b"null").unwrap(), NetworkCreate::default());
    let body = r#"{"networks":[{"networkid":"a","autoacquire":null},null],"firewall_rules":{"egress":[{"to":null}]},
            "length":{"IPv4":null}}"#;
    let read: AllocateRequest = parse(body.as_bytes()).unwrap();
    assert_eq!(read.networks.unwrap().len(), 1);
    assert_eq!(read.firewall_rules.unwrap().egress.len(), 1);
    assert!(parse::<NetworkAllocate>(body.as_bytes()).unwrap().length.is_empty());
    for zero in ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00Z"] {
        let body = format!(r#"{{"id":"i","expirationDate":"{zero}"}}"#);
        assert_eq!(parse::<ImageRequest>(body.as_bytes()).unwrap().expirationdate, None);
    }
    let set = parse::<ImageRequest>(br#"{"expirationDate":"2030-01-01T00:00:00.000Z"}"#).unwrap();
    assert!(set.expirationdate.is_some());
}

/// api-machines 6.1: capitalised keys inside reports, machine ids as they are.
#[test]
fn reports_are_read_in_the_spelling_of_their_senders() {
    #[derive(Debug, Deserialize)]
    struct Reports {
        reports: BTreeMap<String, IpmiReport>,
    }
    let body = r#"{"reports":{"ABC":{"BMCIp":"1.2.3.4","FRU":{"board_mfg":"x","board_part_number":null},"BIOSVersion":"1",
            "PowerMetric":null,"PowerSupplies":[{"status":{"health":"OK","state":"Enabled"}}]}}}"#;
    let read: Reports = parse(body.as_bytes()).unwrap();
    let report = &read.reports["ABC"];
    assert_eq!((report.bmcip.as_str(), report.biosversion.as_str()), ("1.2.3.4", "1"));
    assert_eq!(report.fru.as_ref().unwrap().board_mfg.as_deref(), Some("x"));
    assert_eq!(report.fru.as_ref().unwrap().board_part_number, None);
    assert_eq!(report.powersupplies[0].status.health, "OK");
}

/// api-resources 1.8, row "body unreadable".
#[test]
fn what_cannot_be_read_is_a_bad_request_with_a_reason() {
    assert_eq!(refused::<NetworkCreate>(""), "EOF");
    assert_eq!(refused::<NetworkCreate>(" \n"), "EOF");
    assert_eq!(refused::<NetworkCreate>(r#"{"id":"#), "unexpected EOF");
    assert!(refused::<NetworkCreate>("{id}").starts_with("invalid JSON: "));
    assert_eq!(
        refused::<NetworkCreate>(r#"{"Prefixes":["a",7]}"#),
        "json: cannot read field prefixes[1]: invalid type: integer `7`, expected a string"
    );
    for body in
        [r#"{"length":{"IPv4":300}}"#, r#"{"length":{"IPv4":-1}}"#, r#"{"length":{"IPv4":1.0}}"#, "[]"]
    {
        refused::<NetworkAllocate>(body);
    }
    let deep = "[".repeat(100_000);
    refused::<NetworkCreate>(&deep);
}
