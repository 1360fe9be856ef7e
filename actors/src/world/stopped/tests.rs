use super::*;
use crate::answer::Answer;
use crate::command::{Body, Command};
use crate::decide::decide;
use crate::decision::{Decided, DecisionContext, Principal, Role};
use crate::mesh::{Reply, Request};
use crate::refusal::Refusal;
use crate::store::{Row, Transaction};
use crate::time::Timestamp;
use crate::wire::{body_from_json, read_reply, read_request};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use uuid::Uuid;

const MESSAGES: &str = include_str!("../../../../tests/golden/v1/messages.jsonl");

fn messages(what: &str) -> impl Iterator<Item = Vec<u8>> {
    let cbor = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["cbor"].as_str().unwrap().to_owned()
    };
    let start = format!("{{\"{what}\"");
    let lines = MESSAGES.lines().filter(move |line| line.starts_with(&start));
    lines.map(cbor).map(|hex| {
        let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    })
}

/// A row or two of every kind.
fn rows() -> Vec<Row> {
    let rows = |message: Vec<u8>| match read_reply(&message, None) {
        Ok(Reply::Shown(shown)) => shown.rows,
        _ => Vec::new(),
    };
    messages("reply").flat_map(rows).collect()
}

/// Every command, and some queries.
fn commands() -> Vec<Command> {
    let command = |message: Vec<u8>| match read_request(&message) {
        Ok(Request::Execute { command, .. }) => Some(*command),
        _ => None,
    };
    let known = messages("request").filter_map(command);
    let principal = Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin };
    let mut about: Vec<String> = Vec::new();
    for row in rows() {
        let id = serde_json::json!(row.key.id);
        about.extend(match row.key.kind {
            Kind::Machine => vec![
                format!(
                    r#"{{"machine": {{"event": {{"machine": {id}, "event": "Alive", "message": ""}}}}}}"#
                ),
                format!(r#"{{"machine": {{"free": {{"machine": {id}}}}}}}"#),
                format!(r#"{{"machine": {{"delete": {{"machine": {id}}}}}}}"#),
                format!(r#"{{"machine": {{"inspect": {{"machine": {id}}}}}}}"#),
                format!(
                    r#"{{"machine": {{"allocate": {{"role": "machine", "request": {{"uuid": {id}}}}}}}}}"#
                ),
                r#"{"machine": "reconcile"}"#.to_owned(),
            ],
            Kind::Network => vec![
                format!(r#"{{"network": {{"free": {id}}}}}"#),
                format!(r#"{{"network": {{"delete": {id}}}}}"#),
                format!(r#"{{"address": {{"allocate": {{"networkid": {id}, "projectid": " "}}}}}}"#),
            ],
            Kind::Address => vec![format!(r#"{{"address": {{"free": {id}}}}}"#)],
            Kind::QuarantinedAddress => vec![format!(r#"{{"address": {{"lift": {id}}}}}"#)],
            Kind::Project => vec![format!(r#"{{"masterdata": {{"project_delete": {id}}}}}"#)],
            Kind::Tenant => vec![format!(r#"{{"masterdata": {{"tenant_delete": {id}}}}}"#)],
            Kind::Size => vec![format!(r#"{{"masterdata": {{"size_delete": {id}}}}}"#)],
            Kind::Image => vec![format!(r#"{{"masterdata": {{"image_delete": {id}}}}}"#)],
            Kind::Partition => vec![format!(r#"{{"masterdata": {{"partition_delete": {id}}}}}"#)],
            Kind::Layout => vec![format!(r#"{{"masterdata": {{"layout_delete": {id}}}}}"#)],
            Kind::Namespace => vec![format!(r#"{{"namespace": {{"delete": {id}}}}}"#)],
            _ => Vec::new(),
        });
    }
    let about = about.into_iter().map(|body| Command {
        key: Uuid::from_u128(1),
        principal: principal.clone(),
        partition: "mini-lab".into(),
        body: body_from_json(&body).unwrap(),
    });
    known.chain(about).collect()
}

/// All rows, but those that are damaged, if any.
fn world(rows: &[Row], damaged: impl Fn(&Row) -> bool) -> World {
    let world = World::default();
    for row in rows {
        let row =
            if damaged(row) { Row { body: "{\"of_tomorrow\":".into(), ..row.clone() } } else { row.clone() };
        if let Err(bad) = world.load(&row.key, Some(&row)) {
            world.stop(&bad);
        }
    }
    world
}

type DecisionResult = Result<(Answer, Transaction), Refusal>;

fn decided(world: &World, command: &Command) -> DecisionResult {
    let Command { key, principal, partition, body } = command;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let now = Timestamp::parse("2026-11-30T12:00:00Z").unwrap();
    let mut context = DecisionContext { now, rng: &mut rng, principal, key: *key, partition, again: false };
    let decided: Decided<Answer> = decide(world, body, &mut context);
    decided.map(|mut decision| (decision.answer.clone(), decision.take_transaction()))
}

/// For every kind and every command: it is refused, or decided as if nothing were damaged.
#[test]
fn nothing_is_decided_by_what_is_left_of_a_kind() {
    let (rows, commands) = (rows(), commands());
    let whole = world(&rows, |_| false);
    assert!(whole.is_whole());
    let (mut refused, mut same) = (BTreeSet::new(), 0);
    for damaged in &rows {
        let kind = damaged.key.kind;
        let world = world(&rows, |row| row.key == damaged.key);
        assert_eq!(world.stopped().keys().collect::<Vec<_>>(), [&kind]);
        for command in &commands {
            let outcome = world.whole(|| decided(&world, command));
            match outcome {
                Err(stopped) => {
                    assert_eq!(stopped.kind, kind);
                    refused.insert(kind);
                }
                Ok(outcome) => {
                    assert_eq!(outcome, decided(&whole, command), "without {:?}: {command:?}", damaged.key);
                    same += 1;
                }
            }
        }
    }
    let kinds: BTreeSet<Kind> = rows.iter().map(|row| row.key.kind).collect();
    // No request reads these two.
    let unused: Vec<&Kind> = kinds.difference(&refused).collect();
    assert_eq!(unused, [] as [&Kind; 0]);
    assert!(same > commands.len(), "the rest goes on: {same}");
}

fn refuses(damaged: Kind, body: &str) -> Option<String> {
    let rows = rows();
    let world = world(&rows, |row| row.key.kind == damaged);
    let body: Body = body_from_json(body).unwrap();
    let principal = Principal { email: String::new(), role: Role::Admin };
    let command = Command { key: Uuid::from_u128(2), principal, partition: "mini-lab".into(), body };
    world.whole(|| decided(&world, &command)).err().map(|stopped| stopped.to_string())
}

/// Decisions that must be refused, and those that still work.
#[test]
fn the_kinds_that_a_command_needs_stop_it_and_no_others_do() {
    let acquire = r#"{"address": {"allocate": {"networkid": "internet-mini-lab", "projectid": " "}}}"#;
    let alive = r#"{"machine": {"event": {"machine": "m", "event": "Alive", "message": ""}}}"#;
    let in_namespace = r#"{"namespace": {"acquire_address": {"namespace": "'", "prefix": "10.0.0.0/24"}}}"#;
    let reconcile = r#"{"machine": "reconcile"}"#;
    for (kind, body) in [
        (Kind::Network, acquire),
        (Kind::Project, acquire),
        (Kind::Address, acquire),
        (Kind::QuarantinedAddress, acquire),
        (Kind::Machine, alive),
        (Kind::Events, alive),
        (Kind::Machine, reconcile),
        (Kind::Claim, reconcile),
        (Kind::Prefix, in_namespace),
        (Kind::PrefixAddress, r#"{"namespace": {"delete": "'"}}"#),
    ] {
        let why = refuses(kind, body).unwrap_or_else(|| panic!("{body} although {kind:?} is stopped"));
        assert!(why.contains(kind.entity()) && why.contains("newer release"), "{why}");
    }
    for (kind, body) in [
        (Kind::Machine, acquire),
        (Kind::PrefixAddress, acquire),
        (Kind::Address, alive),
        (Kind::Size, alive),
        (Kind::Machine, in_namespace),
    ] {
        assert_eq!(refuses(kind, body), None, "{body} does not need {kind:?}");
    }
}

/// Earlier reads, and reads inside of a refused one, do not count for this one.
#[test]
fn only_the_own_look_counts() {
    let rows = rows();
    let world = world(&rows, |row| row.key.kind == Kind::Size);
    assert_eq!(world.sizes.all().len(), rows.iter().filter(|row| row.key.kind == Kind::Size).count() - 2);
    assert!(world.whole(|| world.machines.len()).is_ok());
    let nested = world.whole(|| world.whole(|| world.sizes.len()).is_err());
    assert_eq!(nested, Ok(true), "a read inside was refused already");
    assert!(world.whole(|| ()).is_ok());
    assert!(world.check_kind(Kind::Size).is_err() && world.check_kind(Kind::Image).is_ok());
}
