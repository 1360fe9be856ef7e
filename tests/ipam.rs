//! `metalmesh ipam` as an operator types it, on a node with a damaged database.

use crate::metrics;
use crate::support::client::{Client, text};
use crate::support::process::{Node, run, within};
use crate::support::rack::{self, PROJECT};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// An operator at a shell.
struct Shell<'a> {
    node: &'a Node,
    folder: &'a Path,
}

impl Shell<'_> {
    /// Exit code, answer and error of `metalmesh ipam`.
    fn ipam(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let url = self.node.url();
        let key = if arguments.iter().any(|it| ["--repair", "--lift", "release"].contains(it)) {
            ["--hmac", "metal-admin"]
        } else {
            ["--hmac", "metal-view"]
        };
        let at = ["--http", &url];
        // A change of a policy reads it first, and uses the admin's key by default.
        let key: &[&str] = if arguments[0] == "pool" { &[] } else { &key };
        run(&[&["ipam"], arguments, &at, key].concat(), self.folder)
    }

    #[track_caller]
    fn says(&self, arguments: &[&str]) -> String {
        let (code, told, error) = self.ipam(arguments);
        assert_eq!((code, error.as_str()), (Some(0), ""), "{arguments:?}: {told}");
        told
    }
}

async fn lab_node(folder: &Path) -> (Node, Client) {
    let node = Node::start_empty(folder);
    let client = Client::new(&node.url());
    answers(&client).await;
    rack::create_entities(&client).await;
    (node, client)
}

async fn answers(client: &Client) {
    within(PATIENCE, "the node answers", async || {
        client.send(reqwest::Method::GET, "/v1/version", None, None).await.ok()
    })
    .await;
}

async fn take(client: &Client, project: &str) -> Value {
    let request = json!({"networkid": "internet-mini-lab", "projectid": project});
    client.post("/v1/ip/allocate", &request).await.expect(201)
}

#[tokio::test]
async fn pools_rests_and_histories_are_shown_and_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (node, client) = lab_node(folder.path()).await;
    let shell = Shell { node: &node, folder: folder.path() };
    let pool = "internet-mini-lab";
    let set = shell.says(&[
        "pool",
        pool,
        "--quarantine-seconds",
        "600",
        "--strategy",
        "rotating",
        "--usable",
        "all",
        "--range",
        "203.0.113.150-203.0.113.159",
        "--range",
        "2001:db8:0:113::1-2001:db8:0:113::9",
        "--exclude",
        "203.0.113.150-203.0.113.151",
    ]);
    let policy: Value = serde_json::from_str(&set).unwrap();
    let wanted = json!({"usable": "all", "strategy": "rotating", "quarantine_s": 600,
        "ranges": [["203.0.113.150", "203.0.113.159"], ["2001:db8:0:113::1", "2001:db8:0:113::9"]],
        "excluded": [["203.0.113.150", "203.0.113.151"]]});
    assert_eq!(policy, wanted);
    let (code, _, error) = shell.ipam(&["pool", pool, "--strategy", "best"]);
    assert!(code == Some(1) && error.contains("strategy"), "{error}");
    assert_eq!(serde_json::from_str::<Value>(&shell.says(&["pool", pool])).unwrap(), wanted);

    let first = take(&client, PROJECT).await;
    assert_eq!(text(&first, "/ipaddress"), "203.0.113.152");
    let id = text(&first, "/allocationuuid");
    let shown = shell.says(&["address", "203.0.113.152"]);
    assert!(shown.contains(&format!("project {PROJECT} has it, allocation {id}")), "{shown}");
    let nobody = "00000000-0000-0000-0000-000000000000";
    let (code, _, error) = shell.ipam(&["release", "203.0.113.152", "--allocation", nobody]);
    assert!(code == Some(1) && error.contains("belongs to another allocation"), "{error}");
    assert_eq!(shell.says(&["release", "203.0.113.152", "--allocation", &id]), "203.0.113.152 is released\n");
    assert_eq!(text(&take(&client, PROJECT).await, "/ipaddress"), "203.0.113.153");
    let rests = shell.says(&["quarantine"]);
    assert!(rests.lines().count() == 1 && rests.contains("203.0.113.152"), "{rests}");
    let specific = json!({"networkid": pool, "projectid": PROJECT});
    client.post("/v1/ip/allocate/203.0.113.152", &specific).await.expect(409);
    let lifted = shell.says(&["quarantine", "--lift", "203.0.113.152"]);
    assert_eq!(lifted, "203.0.113.152 can be allocated again\n");
    assert_eq!(shell.says(&["quarantine"]), "no address is in quarantine\n");
    let (code, _, error) = shell.ipam(&["quarantine", "--lift", "203.0.113.152"]);
    assert!(code == Some(1) && error.contains("quarantined ip"), "{error}");
    let second = client.post("/v1/ip/allocate/203.0.113.152", &specific).await.expect(201);

    let all = shell.says(&["history", "203.0.113.152"]);
    let (before, now) = all.split_once('\n').unwrap();
    assert!(before.contains(&id) && now.contains(&text(&second, "/allocationuuid")), "{all}");
    let at = text(&second, "/created");
    let then = shell.says(&["history", "203.0.113.152", "--at", &at]);
    assert_eq!(then, now, "who has it since then");
    let long_ago = shell.says(&["history", "203.0.113.152", "--at", "2020-01-01T00:00:00Z"]);
    assert_eq!(long_ago, "it was not in use\n");
    assert_eq!(shell.ipam(&["history", "203.0.113.152", "--at", "yesterday"]).0, Some(1));
}

/// A quarantine row of a network that never existed.
const REST: &str = r#"{"address":"203.0.113.200","parent_prefix":"203.0.113.128/25","network":"gone","project":"p",
    "allocation_uuid":"00000000-0000-0000-0000-000000000007","since":"2026-01-01T00:00:00Z",
    "until":"2126-01-01T00:00:00Z"}"#;

/// While the node is down, an operator deletes a project and inserts a quarantine row by hand.
#[tokio::test]
async fn a_damaged_database_is_found_and_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let (mut node, client) = lab_node(folder.path()).await;
    let found = Shell { node: &node, folder: folder.path() }.says(&["check"]);
    assert!(found.contains(" 0 findings"), "{found}");
    let taken = text(&take(&client, PROJECT).await, "/ipaddress");
    assert_eq!(node.process.terminate().await, Some(0));

    let file = folder.path().join("data/mini-lab.db");
    let mut database = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let damage = format!(
        "DELETE FROM project WHERE id = '{PROJECT}'; \
         INSERT INTO address_rest (partition, id, generation, owner, parent, body) \
         VALUES ('mini-lab', '203.0.113.200', 1, '', 'gone', '{REST}')"
    );
    database.execute(AssertSqlSafe(damage)).await.unwrap();
    database.close().await.unwrap();
    node.kill_and_start_again(folder.path());
    answers(&client).await;

    let shell = Shell { node: &node, folder: folder.path() };
    let (code, told, error) = shell.ipam(&["check"]);
    let findings: Vec<&str> = told.lines().take(2).collect();
    let leaks = [
        format!("leak  {taken}: project {PROJECT} is gone"),
        "leak  203.0.113.200: it is in quarantine until 2126-01-01T00:00:00Z, and network gone is gone"
            .to_owned(),
    ];
    assert_eq!((code, findings), (Some(1), leaks.iter().map(String::as_str).collect()), "{told}{error}");
    assert!(error.contains("2 findings"), "{error}");
    client.get(&format!("/v1/ip/{taken}")).await.expect(200);
    pools_are_measured(&node).await;

    let repaired = shell.says(&["check", "--repair"]);
    assert!(repaired.contains(" 2 repaired, 0 findings"), "{repaired}");
    client.get(&format!("/v1/ip/{taken}")).await.expect(404);
    assert!(shell.says(&["address", &taken]).ends_with(": free\n"));
    assert!(shell.says(&["check"]).contains(" 0 findings"));
}

/// The node measured its pools when it started; the fixture's reserved address counts as used.
async fn pools_are_measured(node: &Node) {
    let name = "metalmesh_pool_addresses";
    let of = |kind: &str| format!("network=\"internet-mini-lab\",family=\"IPv4\",kind=\"{kind}\"");
    let read = within(PATIENCE, "pools were looked at", async || {
        let read = metrics::read(node.http).await;
        read.find(name, &of("size")).is_some().then_some(read)
    })
    .await;
    for (kind, count) in [("size", 126.0), ("used", 2.0), ("quarantined", 0.0), ("largest_free", 112.0)] {
        assert_eq!(read.value(name, &of(kind)), count, "{kind}");
    }
}
