//! metalctl's requests: for a command line, the request that metalctl sends, including its nulls.

use actors::decision::Role;
use metalmesh::cli::sign::signature;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// metalctl does not create a machine without one.
const SSH_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID5gR1qL1AI9FpQEuqW+6LV3wlhMqP58KET1BHRMe8CE me@there";

/// The environment after `export METALCTL_HMAC=.. METALCTL_API_URL=..`.
pub(crate) struct Metalctl {
    pub(crate) hmac: String,
    pub(crate) url: String,
}

/// A request: method, path below the base, body, and the only status that metalctl accepts.
struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    success: u16,
}

impl Metalctl {
    /// The answer; the command must succeed.
    pub(crate) async fn run(&self, words: &[String]) -> Value {
        let Call { method, path, body, success } = call(words);
        let url = Url::parse(&format!("{}{path}", self.url)).unwrap();
        let client = metalmesh::tls::http_client(Duration::from_secs(30)).unwrap();
        let mut request = client.request(method.clone(), url).header("Accept", "application/json");
        for (name, value) in signature(Role::Admin, self.hmac.as_bytes(), method.as_str()) {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(format!("{body}\n"));
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        assert_eq!(status, success, "metalctl {}: {text}", words.join(" "));
        serde_json::from_str(&text).unwrap()
    }
}

/// Panics at an unknown command: then the README has a line that no test runs.
fn call(words: &[String]) -> Call {
    let plain: Vec<&str> =
        words.iter().map_while(|word| (!word.starts_with("--")).then_some(&**word)).collect();
    let mut flags = flags(&words[plain.len()..]);
    let call = match plain.as_slice() {
        ["machine", "ls"] => post("/v1/machine/find", machine_query(), 200),
        ["network", "allocate"] => post("/v1/network/allocate", network(&mut flags), 201),
        ["machine", "create"] => post("/v1/machine/allocate", machine(&mut flags), 200),
        ["machine", "delete", id] => {
            Call { method: Method::DELETE, path: format!("/v1/machine/{id}/free"), body: None, success: 200 }
        }
        other => panic!("metalctl {other:?} is not known here"),
    };
    assert!(flags.is_empty(), "flags that are not known here: {flags:?}");
    call
}

fn post(path: &str, body: Value, success: u16) -> Call {
    Call { method: Method::POST, path: path.to_owned(), body: Some(body), success }
}

fn flags(words: &[String]) -> BTreeMap<&str, &str> {
    let pairs = words.chunks(2).map(|pair| match pair {
        [flag, value] => (flag.strip_prefix("--").expect("a flag"), value.as_str()),
        _ => panic!("{pair:?} has no value"),
    });
    pairs.collect()
}

/// metalctl 2.4: `machine list` without flags.
fn machine_query() -> Value {
    json!({
        "disk_names": null, "disk_sizes": null, "network_asns": null, "network_destination_prefixes": [],
        "network_ids": [], "network_ips": [], "network_prefixes": null, "network_vrfs": null,
        "nics_mac_addresses": null, "nics_names": null, "nics_neighbor_mac_addresses": null,
        "nics_neighbor_names": null, "nics_neighbor_vrfs": null, "nics_vrfs": null, "tags": [],
    })
}

/// metalctl 3.4
fn network(flags: &mut BTreeMap<&str, &str>) -> Value {
    json!({
        "name": flags.remove("name"), "projectid": flags.remove("project"),
        "partitionid": flags.remove("partition"), "destinationprefixes": null,
    })
}

/// metalctl 3.1
fn machine(flags: &mut BTreeMap<&str, &str>) -> Value {
    let networks = flags.remove("networks").into_iter().flat_map(|networks| networks.split(','));
    let networks = networks.map(|network| json!({"autoacquire": true, "networkid": network}));
    json!({
        "partitionid": flags.remove("partition"), "hostname": flags.remove("hostname"),
        "imageid": flags.remove("image"), "name": flags.remove("name"), "projectid": flags.remove("project"),
        "sizeid": flags.remove("size"), "ssh_pub_keys": [SSH_KEY], "tags": [], "ips": [],
        "networks": networks.collect::<Vec<_>>(), "dns_servers": null, "ntp_servers": null,
        "placement_tags": null,
    })
}
