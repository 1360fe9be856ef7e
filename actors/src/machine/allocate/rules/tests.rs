use super::*;
use crate::refusal::RefusalKind;

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|&text| text.to_owned()).collect()
}

fn egress(rule: RuleRequest) -> RuleRequests {
    RuleRequests { egress: vec![rule], ingress: Vec::new() }
}

fn ingress(rule: RuleRequest) -> RuleRequests {
    RuleRequests { egress: Vec::new(), ingress: vec![rule] }
}

fn comment(text: &str) -> RuleRequest {
    RuleRequest { comment: text.to_owned(), ..RuleRequest::default() }
}

fn cidrs(from: &[&str], to: &[&str]) -> RuleRequest {
    RuleRequest { from: texts(from), to: texts(to), ..RuleRequest::default() }
}

#[test]
fn rules_are_refused_in_the_words_of_the_contract() {
    let illegal = "illegal character in comment found, only: \"abcdefghijklmnopqrstuvwxyz_- \" allowed";
    let port = |port| RuleRequest { ports: vec![443, port], ..RuleRequest::default() };
    let icmp = RuleRequest { protocol: "ICMP".into(), ..RuleRequest::default() };
    let mixed = "mixed address family in one rule is not supported:";
    let v4 = "10.0.0.0/8";
    let v6 = "2001:db8::/32";
    let cases = [
            (egress(icmp), "no such protocol: ICMP".to_owned()),
            (egress(comment("port 443")), format!("egress rule with error:{illegal}")),
            (egress(comment(&"1".repeat(101))), format!("egress rule with error:{illegal}")),
            (ingress(comment("a;b")), format!("ingress rule with error:{illegal}")),
            (
                egress(comment(&"a".repeat(101))),
                "egress rule with error:comments can not exceed 100 characters".into(),
            ),
            (egress(port(-1)), "egress rule with error:port is out of range".into()),
            (ingress(port(65_536)), "ingress rule with error:port is out of range".into()),
            (
                egress(cidrs(&[], &["10.0.0.0"])),
                "egress rule with error:invalid cidr: netip.ParsePrefix(\"10.0.0.0\"): no '/'".into(),
            ),
            (
                ingress(cidrs(&["10.0.0.0/33"], &[])),
                "ingress rule with error:invalid cidr: netip.ParsePrefix(\"10.0.0.0/33\"): prefix length out of range"
                    .into(),
            ),
            (egress(cidrs(&[], &[v4, v6])), format!("egress rule with error:{mixed}[{v4} {v6}]")),
            (ingress(cidrs(&[], &[v6, v4])), format!("ingress rule with error:{mixed}[{v6} {v4}]")),
            (ingress(cidrs(&[v4, v6], &[])), format!("ingress rule with error:{mixed}[{v4} {v6}]")),
            (ingress(cidrs(&[v4], &[v6])), format!("ingress rule with error:{mixed}[{v4} {v6}]")),
        ];
    for (request, text) in cases {
        let refusal = check(Some(&request)).unwrap_err();
        assert_eq!((refusal.kind, refusal.message), (RefusalKind::BadRequest, text));
    }
}

#[test]
fn rules_are_normalised() {
    let rule = RuleRequest {
        protocol: "UDP".into(),
        ports: vec![0, 65_535],
        from: texts(&["10.0.0.0/8"]),
        to: texts(&["1.2.3.4/32"]),
        comment: "Any-thing else_".into(),
    };
    let stored = check(Some(&RuleRequests { egress: vec![RuleRequest::default()], ingress: vec![rule] }));
    let stored = stored.unwrap().unwrap();
    assert_eq!(stored.egress[0].protocol, "tcp");
    assert_eq!(stored.ingress[0].protocol, "udp");
    assert_eq!(stored.ingress[0].from, ["10.0.0.0/8"]);
    assert_eq!(check(Some(&RuleRequests::default())), Ok(None));
    assert_eq!(check(None), Ok(None));
}
