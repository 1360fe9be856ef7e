//! The cost of a message: bytes, and microseconds to write and to read it, in CBOR as partitions use it, in JSON and in
//! protobuf.
//!
//! `cargo bench -p actors --bench wire`

use actors::command::{Body, Command};
use actors::decision::{Principal, Role};
use actors::machine::MachineCommand;
use actors::machine::command::{AllocateRequest, NetworkChoice};
use actors::mesh::{Reply, Request, Shown};
use actors::store::{Generation, Key, Kind, Row};
use actors::wire::{self, body_from_json, read_reply, read_request, said, write_reply, write_request};
use prost::Message;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(60);

/// Rows of a page.
const ROWS: usize = 200;

/// A machine with an allocation.
const ROWS_OF_THE_RELEASE_BEFORE: &str = include_str!("../../../tests/golden/v0/rows.jsonl");

/// The values of a row, without names.
#[derive(Clone, PartialEq, Message)]
struct RowMessage {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(string, tag = "2")]
    id: String,
    #[prost(int64, tag = "3")]
    generation: i64,
    #[prost(string, tag = "4")]
    owner: String,
    #[prost(string, tag = "5")]
    parent: String,
    #[prost(string, tag = "6")]
    body: String,
}

#[derive(Clone, PartialEq, Message)]
struct PageMessage {
    #[prost(uint32, tag = "1")]
    version: u32,
    #[prost(message, repeated, tag = "2")]
    rows: Vec<RowMessage>,
}

#[derive(Clone, PartialEq, Message)]
struct AllocateMessage {
    #[prost(uint32, tag = "1")]
    version: u32,
    #[prost(bytes = "vec", tag = "2")]
    key: Vec<u8>,
    #[prost(string, tag = "3")]
    email: String,
    #[prost(int32, tag = "4")]
    role: i32,
    #[prost(string, tag = "5")]
    partition: String,
    #[prost(string, tag = "6")]
    name: String,
    #[prost(string, tag = "7")]
    project: String,
    #[prost(string, tag = "8")]
    size: String,
    #[prost(string, tag = "9")]
    image: String,
    #[prost(string, repeated, tag = "10")]
    ssh_pub_keys: Vec<String>,
    #[prost(string, tag = "11")]
    user_data: String,
    #[prost(string, repeated, tag = "12")]
    networks: Vec<String>,
    #[prost(uint64, tag = "13")]
    remaining_ms: u64,
}

#[derive(Serialize, Deserialize)]
struct RowJson {
    kind: String,
    id: String,
    generation: i64,
    owner: String,
    parent: String,
    body: Arc<str>,
}

fn allocate() -> AllocateRequest {
    let choice = |networkid: &str| NetworkChoice { networkid: networkid.to_owned(), autoacquire: None };
    AllocateRequest {
        name: "worker-17".to_owned(),
        projectid: "b0c2f8f8-1d44-4a9e-9b0f-0d8f3e2f5a11".to_owned(),
        partitionid: "plant-b".to_owned(),
        sizeid: "c1-xlarge-x86".to_owned(),
        imageid: "ubuntu-24.04".to_owned(),
        ssh_pub_keys: vec!["x".repeat(400)],
        user_data: "x".repeat(4096),
        networks: Some(vec![choice("internet"), choice("f1c2f8f8-1d44-4a9e-9b0f-0d8f3e2f5a11")]),
        ..AllocateRequest::default()
    }
}

fn command() -> Command {
    Command {
        key: Uuid::from_u128(0x1234_5678_90ab_cdef),
        principal: Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin },
        partition: "plant-b".into(),
        body: Body::Machine(MachineCommand::Allocate {
            role: actors::machine::Role::Machine,
            request: Box::new(allocate()),
        }),
    }
}

fn rows() -> Vec<Row> {
    let rows = ROWS_OF_THE_RELEASE_BEFORE.lines();
    let rows = rows.filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let bodies = rows.filter(|row| row["key"]["kind"] == "machine");
    let bodies = bodies.filter_map(|row| Some(row["body"].as_str()?.to_owned()));
    let body: Arc<str> = bodies.max_by_key(String::len).unwrap_or_default().into();
    let row = |number: usize| Row {
        owner: "b0c2f8f8-1d44-4a9e-9b0f-0d8f3e2f5a11".to_owned(),
        parent: "plant-b".to_owned(),
        ..Row::bare(
            Key::new(Kind::Machine, format!("00000000-0000-0000-0000-{number:012}")),
            Generation(1_796_035_564_868_000),
            Arc::clone(&body),
        )
    };
    (0..ROWS).map(row).collect()
}

/// The median of some rounds, in microseconds per call.
#[expect(clippy::disallowed_methods, reason = "nothing is replayed here")]
fn micros(mut one: impl FnMut()) -> f64 {
    let mut figures: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let (started, mut count) = (Instant::now(), 0_u32);
            while started.elapsed() < ROUND {
                one();
                count += 1;
            }
            started.elapsed().as_secs_f64() * 1e6 / f64::from(count)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    figures[ROUNDS / 2]
}

struct Figures {
    format: &'static str,
    bytes: usize,
    write: f64,
    read: f64,
}

/// Ratios are relative to the first format, which partitions use.
#[expect(clippy::print_stdout, reason = "figures are for people")]
fn show(what: &str, all: &[Figures]) {
    println!("{what:22}    bytes  ratio   write us  ratio    read us  ratio");
    for Figures { format, bytes, write, read } in all {
        let ratio = |ours: f64, theirs: f64| theirs / ours;
        let size = |bytes: usize| bytes as f64;
        println!(
            "  {format:20} {bytes:8}  {:5.2}  {write:9.2}  {:5.2}  {read:9.2}  {:5.2}",
            ratio(size(all[0].bytes), size(*bytes)),
            ratio(all[0].write, *write),
            ratio(all[0].read, *read),
        );
    }
}

fn a_command() {
    let command = command();
    let body = command.body.clone();
    let request =
        Request::Execute { command: Box::new(command), may_be_retry: true, remaining_ms: 10_000, hops: 1 };
    let message = write_request(&request).expect("it fits");
    let cbor = Figures {
        format: "CBOR, to the domain",
        bytes: message.len(),
        write: micros(|| drop(black_box(write_request(black_box(&request))))),
        read: micros(|| drop(black_box(read_request(black_box(&message))))),
    };
    // Without its envelope, which makes JSON look slightly better.
    let text = serde_json::to_string(&said(&body)).expect("it is JSON");
    let json = Figures {
        format: "JSON, to the domain",
        bytes: text.len(),
        write: micros(|| drop(black_box(serde_json::to_vec(&said(black_box(&body)))))),
        read: micros(|| drop(black_box(body_from_json(black_box(&text))))),
    };
    let wanted = allocate();
    let message = AllocateMessage {
        version: 1,
        key: vec![7; 16],
        email: "metal-admin@metal-stack.io".to_owned(),
        role: 2,
        partition: wanted.partitionid,
        name: wanted.name,
        project: wanted.projectid,
        size: wanted.sizeid,
        image: wanted.imageid,
        ssh_pub_keys: wanted.ssh_pub_keys,
        user_data: wanted.user_data,
        networks: wanted.networks.into_iter().flatten().map(|network| network.networkid).collect(),
        remaining_ms: 10_000,
    };
    let bytes = message.encode_to_vec();
    let prost = Figures {
        format: "protobuf, no domain",
        bytes: bytes.len(),
        write: micros(|| drop(black_box(black_box(&message).encode_to_vec()))),
        read: micros(|| drop(black_box(AllocateMessage::decode(black_box(&*bytes))))),
    };
    show("execute, allocate", &[cbor, json, prost]);
}

fn a_page() {
    let rows = rows();
    let reply = Reply::Shown(Box::new(Shown { rows: rows.clone(), ..Shown::default() }));
    let message = write_reply(&reply).expect("it fits");
    let cbor = Figures {
        format: "CBOR, to the domain",
        bytes: message.len(),
        write: micros(|| drop(black_box(write_reply(black_box(&reply))))),
        read: micros(|| drop(black_box(read_reply(black_box(&message), None)))),
    };
    let of = |row: &Row| RowJson {
        kind: "machine".to_owned(),
        id: row.key.id.clone(),
        generation: row.generation.0,
        owner: row.owner.clone(),
        parent: row.parent.clone(),
        body: Arc::clone(&row.body),
    };
    let page: Vec<RowJson> = rows.iter().map(of).collect();
    let text = serde_json::to_vec(&page).expect("it is JSON");
    let json = Figures {
        format: "JSON, no domain",
        bytes: text.len(),
        write: micros(|| drop(black_box(serde_json::to_vec(black_box(&page))))),
        read: micros(|| drop(black_box(serde_json::from_slice::<Vec<RowJson>>(black_box(&text))))),
    };
    let of = |row: &RowJson| RowMessage {
        kind: row.kind.clone(),
        id: row.id.clone(),
        generation: row.generation,
        owner: row.owner.clone(),
        parent: row.parent.clone(),
        body: row.body.to_string(),
    };
    let page = PageMessage { version: 1, rows: page.iter().map(of).collect() };
    let bytes = page.encode_to_vec();
    let prost = Figures {
        format: "protobuf, no domain",
        bytes: bytes.len(),
        write: micros(|| drop(black_box(black_box(&page).encode_to_vec()))),
        read: micros(|| drop(black_box(PageMessage::decode(black_box(&*bytes))))),
    };
    show("200 rows of machines", &[cbor, json, prost]);
}

fn main() {
    assert_eq!(wire::VERSIONS, 1..=1, "the protobuf messages are those of version 1");
    a_command();
    a_page();
}
