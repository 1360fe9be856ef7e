//! Seeded random input to every procedure: every answer is one of the protocol's, and nothing panics.

use super::super::connect::{Call, ConnectResponse};
use super::super::json;
use super::{Fixture, on_loopback};
use crate::door::budget::Holder;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

const ROUNDS: usize = 6000;

const FIELDS: [&str; 9] =
    ["cidr", "length", "childCidr", "prefixCidr", "prefix_cidr", "ip", "namespace", "dump", "unknown"];

/// A random value.
fn anything(rng: &mut ChaCha8Rng) -> Value {
    let choices = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(24),
        json!(129),
        json!(4_294_967_296_u64),
        json!(1.5),
        json!(""),
        json!("\0"),
        json!("x".repeat(300)),
        json!("\u{e4}\u{202e}'\";--"),
        json!("root"),
        json!("blue"),
        json!("10.0.0.0/8"),
        json!("10.0.0.77/24"),
        json!("10.0.0.1"),
        json!("10.0.0.0/33"),
        json!("2001:db8::/129"),
        json!("2001:DB8::/64"),
        json!("2001:db8::1"),
        json!("::ffff:10.0.0.1/100"),
        json!("fe80::1%eth0/64"),
        json!("null"),
        json!("[{\"Cidr\":\"10.0.0.0/24\",\"IPs\":{\"10.0.0.9\":true}}]"),
        json!("[{\"Cidr\":\"10.0.0.0/24\"},{\"Cidr\":\"10.0.0.0/25\"}]"),
        json!([]),
        json!({}),
        json!(["10.0.0.0/8", null, {}]),
    ];
    choices[rng.random_range(0..choices.len())].clone()
}

fn object(rng: &mut ChaCha8Rng) -> Value {
    let fields = (0..rng.random_range(0..5))
        .map(|_| (FIELDS[rng.random_range(0..FIELDS.len())].to_owned(), anything(rng)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn mutilated(mut bytes: Vec<u8>, rng: &mut ChaCha8Rng) -> Vec<u8> {
    for _ in 0..rng.random_range(0..3) {
        if bytes.is_empty() {
            break;
        }
        let at = rng.random_range(0..bytes.len());
        match rng.random_range(0..3) {
            0 => bytes[at] = rng.random(),
            1 => bytes.truncate(at),
            _ => bytes.insert(at, rng.random()),
        }
    }
    bytes
}

/// A body in either encoding, valid or not.
fn body(procedure: &str, is_json: bool, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let text = object(rng).to_string().into_bytes();
    if is_json {
        return mutilated(text, rng);
    }
    let input = json::procedure(procedure).unwrap().input();
    let sound = json::read(input, &text).unwrap_or_else(|_| {
        let mut bytes = vec![0; rng.random_range(0..40)];
        rng.fill_bytes(&mut bytes);
        bytes
    });
    mutilated(sound, rng)
}

#[test]
fn whatever_comes_there_is_an_answer() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let ipam = fixture.ipam();
        let procedures = json::procedures();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut good = 0;
        for round in 0..ROUNDS {
            let procedure = &procedures[rng.random_range(0..procedures.len())];
            let is_json = rng.random_bool(0.6);
            let kind = if is_json { "application/json" } else { "application/proto" };
            let encoding = if rng.random_bool(0.05) { Some("gzip") } else { None };
            let body = body(procedure, is_json, &mut rng);
            let before = fixture.rows();
            let header = |name: &str| match name {
                "content-type" => Some(kind),
                "content-encoding" => encoding,
                _ => None,
            };
            let call = Call::begin(&ipam, "POST", procedure, header).unwrap();
            let share = ipam.held.share(Holder::Connection(None));
            let ConnectResponse { status, body: answer, .. } =
                call.run(&ipam, body.clone().into(), share).await;
            let seen = || format!("round {round}: {procedure} {:?}", String::from_utf8_lossy(&body));
            if status == 200 {
                good += 1;
                continue;
            }
            assert!([400, 404, 409, 429, 500].contains(&status), "{status} {}", seen());
            let error: Value = serde_json::from_slice(&answer).unwrap();
            let code = error["code"].as_str().unwrap();
            assert!(status != 500 || code == "unknown", "{error} {}", seen());
            assert_eq!(fixture.rows(), before, "a refusal changes nothing: {}", seen());
        }
        assert!(good > 300, "only {good} were granted");
    });
}
