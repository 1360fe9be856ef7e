//! Firewall rules: checked and normalised (api-machines 3.5).

use crate::addressing::{Family, spelling};
use crate::machine::command::{RuleRequest, RuleRequests};
use crate::record::machine::{FirewallRule, FirewallRules};
use crate::refusal::Refusal;
use ipnet::IpNet;

const COMMENT_LETTERS: &str = "abcdefghijklmnopqrstuvwxyz_- ";
const COMMENT_BYTES_MAX: usize = 100;

/// The rules to store; `None` when there are none.
pub(super) fn check(requests: Option<&RuleRequests>) -> Result<Option<FirewallRules>, Refusal> {
    let Some(requests) = requests else { return Ok(None) };
    let egress = requests.egress.iter().map(normalise).collect::<Result<Vec<_>, _>>()?;
    let ingress = requests.ingress.iter().map(normalise).collect::<Result<Vec<_>, _>>()?;
    let egress = egress.into_iter().map(|rule| FirewallRule { from: Vec::new(), ..rule }).collect::<Vec<_>>();
    for rule in &egress {
        check_rule(rule).map_err(|why| Refusal::bad_request(format!("egress rule with error:{why}")))?;
    }
    for rule in &ingress {
        check_rule(rule).map_err(|why| Refusal::bad_request(format!("ingress rule with error:{why}")))?;
    }
    let rules = FirewallRules { egress, ingress };
    Ok((!rules.egress.is_empty() || !rules.ingress.is_empty()).then_some(rules))
}

fn normalise(request: &RuleRequest) -> Result<FirewallRule, Refusal> {
    let protocol = match request.protocol.to_ascii_lowercase().as_str() {
        "" | "tcp" => "tcp",
        "udp" => "udp",
        _ => return Err(Refusal::bad_request(format!("no such protocol: {}", request.protocol))),
    };
    Ok(FirewallRule {
        protocol: protocol.to_owned(),
        ports: request.ports.clone(),
        from: request.from.clone(),
        to: request.to.clone(),
        comment: request.comment.clone(),
    })
}

fn check_rule(rule: &FirewallRule) -> Result<(), String> {
    if rule.comment.chars().any(|letter| !COMMENT_LETTERS.contains(letter.to_ascii_lowercase())) {
        return Err(format!("illegal character in comment found, only: \"{COMMENT_LETTERS}\" allowed"));
    }
    if rule.comment.len() > COMMENT_BYTES_MAX {
        return Err(format!("comments can not exceed {COMMENT_BYTES_MAX} characters"));
    }
    if rule.ports.iter().any(|port| u16::try_from(*port).is_err()) {
        return Err("port is out of range".to_owned());
    }
    let to = parse(&rule.to)?;
    let from = parse(&rule.from)?;
    one_family(&to)?;
    one_family(&from)?;
    let both: Vec<_> = from.into_iter().chain(to).collect();
    one_family(&both)
}

fn parse(cidrs: &[String]) -> Result<Vec<IpNet>, String> {
    cidrs.iter().map(|text| spelling::prefix(text).map_err(|why| format!("invalid cidr: {why}"))).collect()
}

fn one_family(prefixes: &[IpNet]) -> Result<(), String> {
    let mut families = prefixes.iter().map(Family::of);
    let first = families.next();
    if families.all(|family| Some(family) == first) {
        return Ok(());
    }
    let all: Vec<_> = prefixes.iter().map(ToString::to_string).collect();
    Err(format!("mixed address family in one rule is not supported:[{}]", all.join(" ")))
}

#[cfg(test)]
mod tests;
