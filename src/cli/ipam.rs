//! `metalmesh ipam`: checks addresses, numbers and prefixes against their owners; shows the state and history of an
//! address and the quarantine; shows and changes the allocation policies of networks.

use super::ask::{Asking, NodeArgs};
use super::say;
use actors::decision::Role;
use anyhow::Context;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::net::IpAddr;
use uuid::Uuid;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh ipam check")]
pub(super) struct IpamArgs {
    #[command(subcommand)]
    command: IpamCommand,
}

#[derive(Debug, Subcommand)]
enum IpamCommand {
    /// Compare rows, memory and owners of a running node; exits with 1 when something is wrong.
    Check(CheckArgs),
    /// Show the state of an address: free, allocated and to which project, in quarantine, or never allocated.
    Address(AddressArgs),
    /// Release an address if it still belongs to the given allocation.
    Release(ReleaseArgs),
    /// Show who had an address, and who has it now.
    History(HistoryArgs),
    /// List addresses that were released and are not allocated again yet.
    Quarantine(QuarantineArgs),
    /// Show how full all pools are; with a network, show or change how it allocates addresses.
    Pool(PoolArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh ipam check --repair")]
struct CheckArgs {
    /// Release leaked claims, and read rows again where memory differs from the store. Other findings are only listed.
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh ipam address 203.0.113.129")]
struct AddressArgs {
    /// The address to look up.
    address: IpAddr,
    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  metalmesh ipam release 203.0.113.129 --allocation 3f6d2b1c-5a0e-4a52-9c1e-7d40b2c6a911"
)]
struct ReleaseArgs {
    /// The address to release.
    address: IpAddr,
    /// Id of the allocation, as in the answer that allocated the address and in `metalmesh ipam address`.
    #[arg(long, value_name = "UUID")]
    allocation: Uuid,
    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh ipam history 203.0.113.129 --at 2026-01-31T12:00:00Z")]
struct HistoryArgs {
    /// The address to look up.
    address: IpAddr,
    /// Show only who had it at this time, as in 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh ipam quarantine --lift 203.0.113.129")]
struct QuarantineArgs {
    /// End the quarantine of this address now.
    #[arg(long, value_name = "ADDRESS")]
    lift: Option<IpAddr>,
    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh ipam pool internet-mini-lab --quarantine-seconds 600")]
struct PoolArgs {
    /// Id of the network.
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    network: Option<String>,
    /// Seconds that a released address stays in quarantine; 0 for none.
    #[arg(long, value_name = "N", requires = "network")]
    quarantine_seconds: Option<u32>,
    /// Order of allocation: lowest, rotating or random.
    #[arg(long, requires = "network")]
    strategy: Option<String>,
    /// Hosts that are allocated: classic, point_to_point, host or all.
    #[arg(long, requires = "network")]
    usable: Option<String>,
    /// Allocate only addresses from FIRST-LAST; may be repeated.
    #[arg(long, value_name = "FIRST-LAST", value_parser = range, requires = "network")]
    range: Vec<(IpAddr, IpAddr)>,
    /// Never allocate addresses from FIRST-LAST; may be repeated.
    #[arg(long, value_name = "FIRST-LAST", value_parser = range, requires = "network")]
    exclude: Vec<(IpAddr, IpAddr)>,
    #[command(flatten)]
    node: NodeArgs,
}

fn range(text: &str) -> Result<(IpAddr, IpAddr), String> {
    let (first, last) = text.split_once('-').ok_or("a range is FIRST-LAST")?;
    let address = |text: &str| text.trim().parse().map_err(|why| format!("{text:?}: {why}"));
    Ok((address(first)?, address(last)?))
}

/// Signs with the role that may read, or with the one that may change.
fn asking(node: &NodeArgs, changes: bool) -> anyhow::Result<Asking> {
    node.asking(if changes { Role::Admin } else { Role::View }, "METALMESH_IPAM_KEY")
}

pub(super) async fn run(args: IpamArgs) -> anyhow::Result<()> {
    match args.command {
        IpamCommand::Check(args) => check(&args).await,
        IpamCommand::Address(args) => state(&args).await,
        IpamCommand::Release(args) => release(&args).await,
        IpamCommand::History(args) => history(&args).await,
        IpamCommand::Quarantine(args) => quarantine(&args).await,
        IpamCommand::Pool(args) => pool(&args).await,
    }
}

async fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let asking = asking(&args.node, args.repair)?;
    let answer = if args.repair {
        asking.ask(Method::POST, &["ipam", "repair"], None).await?
    } else {
        asking.ask(Method::GET, &["ipam", "check"], None).await?
    };
    args.node.show(&answer, sentences)?;
    let left = answer.get("findings").and_then(Value::as_array).map_or(0, Vec::len);
    anyhow::ensure!(left == 0, "{left} findings");
    Ok(())
}

async fn state(args: &AddressArgs) -> anyhow::Result<()> {
    let path = ["ip", &args.address.to_string()];
    let answer = asking(&args.node, false)?.ask(Method::GET, &path, None).await?;
    args.node.show(&answer, what_it_is)
}

async fn release(args: &ReleaseArgs) -> anyhow::Result<()> {
    let path = ["ip", &args.address.to_string(), "free"];
    let body = json!({"allocation": args.allocation});
    let answer = asking(&args.node, true)?.ask(Method::POST, &path, Some(&body)).await?;
    args.node.show(&answer, |answer| format!("{} is released", text(answer, "ipaddress")))
}

async fn history(args: &HistoryArgs) -> anyhow::Result<()> {
    let path = ["ip", &args.address.to_string(), "history"];
    let query: Vec<(&str, &str)> = args.at.iter().map(|at| ("at", at.as_str())).collect();
    let answer = asking(&args.node, false)?.ask_with(Method::GET, &path, &query, None).await?;
    args.node.show(&answer, |answer| lines(answer, entry, "it was not in use"))
}

async fn quarantine(args: &QuarantineArgs) -> anyhow::Result<()> {
    let asking = asking(&args.node, args.lift.is_some())?;
    if let Some(lift) = args.lift {
        let lift = lift.to_string();
        asking.ask(Method::DELETE, &["ipam", "quarantine", &lift], None).await?;
        say(&format!("{lift} can be allocated again"));
        return Ok(());
    }
    let answer = asking.ask(Method::GET, &["ipam", "quarantine"], None).await?;
    args.node.show(&answer, |answer| lines(answer, rest, "no address is in quarantine"))
}

async fn pool(args: &PoolArgs) -> anyhow::Result<()> {
    let changes = changes(args);
    let asking = asking(&args.node, !changes.is_empty())?;
    let Some(network) = &args.network else {
        let answer = asking.ask(Method::GET, &["ipam", "pool"], None).await?;
        return args.node.show(&answer, |answer| lines(answer, fullness, "no pool was measured yet"));
    };
    let path = ["ipam", "pool", network];
    let mut answer = asking.ask(Method::GET, &path, None).await?;
    if !changes.is_empty() {
        let policy = answer.get_mut("policy").and_then(Value::as_object_mut);
        let policy = policy.context("the answer has no policy")?;
        policy.extend(changes);
        let policy = Value::Object(policy.clone());
        answer = asking.ask(Method::POST, &path, Some(&policy)).await?;
    }
    args.node.show(&answer, |answer| {
        serde_json::to_string_pretty(answer.get("policy").unwrap_or(answer)).unwrap_or_default()
    })
}

/// The members of the policy that the arguments change.
fn changes(args: &PoolArgs) -> Map<String, Value> {
    let mut changes = Map::new();
    let mut say =
        |name: &str, value: Option<Value>| changes.extend(value.map(|value| (name.to_owned(), value)));
    say("quarantine_s", args.quarantine_seconds.map(Value::from));
    say("strategy", args.strategy.clone().map(Value::from));
    say("usable", args.usable.clone().map(Value::from));
    say("ranges", (!args.range.is_empty()).then(|| json!(args.range)));
    say("excluded", (!args.exclude.is_empty()).then(|| json!(args.exclude)));
    changes
}

/// One line for every entry of a list.
fn lines(answer: &Value, line: impl Fn(&Value) -> String, nothing: &str) -> String {
    let lines: Vec<String> = answer.as_array().into_iter().flatten().map(line).collect();
    if lines.is_empty() { nothing.to_owned() } else { lines.join("\n") }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn entry(value: &Value) -> String {
    let until = value.get("until").and_then(Value::as_str).unwrap_or("now");
    let machines = value.get("machines").and_then(Value::as_array).into_iter().flatten();
    let machines: Vec<&str> = machines.filter_map(Value::as_str).collect();
    let machines =
        if machines.is_empty() { String::new() } else { format!(" machines {}", machines.join(" ")) };
    format!(
        "{} to {until}: project {} allocation {}{machines}",
        text(value, "since"),
        text(value, "projectid"),
        text(value, "allocationuuid")
    )
}

fn what_it_is(value: &Value) -> String {
    let what = match (text(value, "state"), text(value, "reserved")) {
        ("AVAIL", _) => "free".to_owned(),
        ("ALLOC", _) => {
            format!(
                "project {} has it, allocation {}",
                text(value, "projectid"),
                text(value, "allocationuuid")
            )
        }
        ("QUAR", _) => format!("in quarantine until {}", text(value, "until")),
        (_, "policy") => "never allocated: the pool's policy excludes it".to_owned(),
        (_, "children") => "never allocated: its prefix has child prefixes".to_owned(),
        (state, _) => format!("{} {state}", text(value, "right")),
    };
    let (address, prefix, network) =
        (text(value, "ipaddress"), text(value, "prefix"), text(value, "networkid"));
    format!("{address} of {prefix} of {network}: {what}")
}

fn fullness(value: &Value) -> String {
    let number = |name| value.get(name).map(ToString::to_string).unwrap_or_default();
    let end = value.get("exhausted_in_s").and_then(Value::as_u64);
    let end = end.map(|seconds| format!(", exhausted in {seconds} s at this rate")).unwrap_or_default();
    format!(
        "{} {}: {} of {} used, {} of them in quarantine, longest free run {}{end}",
        text(value, "network"),
        text(value, "family"),
        number("used"),
        number("size"),
        number("quarantined"),
        number("largest_free")
    )
}

fn rest(value: &Value) -> String {
    format!(
        "{} of {} until {}, had by project {}",
        text(value, "ipaddress"),
        text(value, "networkid"),
        text(value, "until"),
        text(value, "projectid")
    )
}

/// One line for every finding, then the counts of what was checked.
fn sentences(answer: &Value) -> String {
    let text = |value: &Value, name: &str| {
        let value = value.get(name).cloned().unwrap_or_default();
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    let findings = answer.get("findings").and_then(Value::as_array).into_iter().flatten();
    let mut lines: Vec<String> = findings
        .map(|finding| {
            format!("{}  {}: {}", text(finding, "fault"), text(finding, "subject"), text(finding, "text"))
        })
        .collect();
    let (partition, rows, repaired) =
        (text(answer, "partition"), text(answer, "rows"), text(answer, "repaired"));
    lines.push(format!("{partition}: {rows} rows checked, {repaired} repaired, {} findings", lines.len()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn tenures_and_rests_are_lines() {
        let entry = json!([
            {"since": "T1", "until": "T2", "projectid": "p", "allocationuuid": "u", "machines": ["m1", "m2"]},
            {"since": "T3", "projectid": "q", "allocationuuid": "v", "machines": []},
        ]);
        expect![[r#"
            T1 to T2: project p allocation u machines m1 m2
            T3 to now: project q allocation v"#]]
        .assert_eq(&lines(&entry, super::entry, ""));
        let rest = json!({"ipaddress": "10.0.0.1", "networkid": "n", "until": "T", "projectid": "p"});
        let pool = json!({"network": "n", "family": "IPv4", "size": 14, "used": 3, "quarantined": 1, "largest_free": 8,
            "growth_per_s": 0.1, "exhausted_in_s": 110});
        expect!["n IPv4: 3 of 14 used, 1 of them in quarantine, longest free run 8, exhausted in 110 s at this rate"]
            .assert_eq(&fullness(&pool));
        expect!["10.0.0.1 of n until T, had by project p"].assert_eq(&super::rest(&rest));
        let said = |state: &str, reserved: &str| {
            let value = json!({"ipaddress": "10.0.0.1", "prefix": "10.0.0.0/8", "networkid": "n", "right": "HELD",
                "state": state, "reserved": reserved, "until": "T", "projectid": "p", "allocationuuid": "u"});
            what_it_is(&value).rsplit_once(": ").unwrap_or_default().1.to_owned()
        };
        expect!["free"].assert_eq(&said("AVAIL", ""));
        expect!["project p has it, allocation u"].assert_eq(&said("ALLOC", ""));
        expect!["in quarantine until T"].assert_eq(&said("QUAR", ""));
        expect!["its prefix has child prefixes"]
            .assert_eq(&said("", "children").replace("never allocated: ", ""));
        expect!["HELD RETURNING"].assert_eq(&said("RETURNING", ""));
        assert_eq!(lines(&json!([]), super::rest, "nothing"), "nothing");
    }

    #[test]
    fn ranges_are_two_addresses() {
        assert_eq!(range("10.0.0.1-10.0.0.9").unwrap().1.to_string(), "10.0.0.9");
        assert!(range("2001:db8::1 - 2001:db8::9").is_ok());
        for wrong in ["10.0.0.1", "a-b", "10.0.0.1-", "-10.0.0.1"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn findings_come_first() {
        let finding = json!({"fault": "leak", "subject": "10.0.0.1", "text": "its allocation is gone"});
        let answer = json!({"partition": "p", "rows": 12, "repaired": 0, "findings": [finding]});
        expect![[r#"
            leak  10.0.0.1: its allocation is gone
            p: 12 rows checked, 0 repaired, 1 findings"#]]
        .assert_eq(&sentences(&answer));
    }
}
