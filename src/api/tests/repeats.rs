//! A request that is repeated with its `Idempotency-Key` after later changes.

use super::fixture::rack::{M1, allocation, leaf_registration, private_network, rack};
use super::fixture::{Fixture, Response, signed};
use actors::decision::Role;
use serde_json::{Value, json};

struct Write<'a> {
    method: &'a str,
    path: String,
    body: Value,
}

impl<'a> Write<'a> {
    fn new(method: &'a str, path: impl Into<String>, body: Value) -> Self {
        Self { method, path: path.into(), body }
    }

    async fn send(&self, fixture: &Fixture, role: Role, key: &str) -> Response {
        let request = signed(role, self.method, &self.path)
            .insert_header(("Content-Type", "application/json"))
            .insert_header(("Idempotency-Key", key));
        fixture.send(request.set_payload(self.body.to_string())).await
    }
}

fn key(number: usize) -> String {
    format!("0190c0de-0000-4000-8000-{number:012}")
}

fn keys(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

/// A write, its reverse, and the status of both answers.
fn writes(network: &str) -> Vec<(Write<'static>, Write<'static>, u16)> {
    let put = |path: &str, body| Write::new("PUT", path, body);
    let post = |path: &str, body| Write::new("POST", path, body);
    let delete = |path: &str| Write::new("DELETE", path, json!({}));
    let boot = json!({"imageurl": "http://i", "kernelurl": "http://k"});
    let reservation = json!({"id": "r", "sizeid": "v1-small-x86", "projectid": "p1", "partitionids": ["mini-lab"], "amount": 1});
    let external = json!({"id": "ext", "prefixes": ["9.9.9.0/24"], "vrf": 9});
    let image = json!({"id": "debian-12.0.1", "url": "http://u"});
    let machine = format!("v1/machine/{M1}");
    let address = json!({"networkid": "internet", "projectid": "p1"});
    vec![
        (put("v1/size", json!({"id": "s"})), delete("v1/size/s"), 201),
        (put("v1/size/reservations", reservation), delete("v1/size/reservations/r"), 201),
        (
            put("v1/size-image-constraint", json!({"id": "s", "constraints": {"images": {"a": "*"}}})),
            delete("v1/size-image-constraint/s"),
            201,
        ),
        (put("v1/partition", json!({"id": "p", "bootconfig": boot})), delete("v1/partition/p"), 201),
        (put("v1/image", image), delete("v1/image/debian-12.0.1"), 201),
        (
            put("v1/filesystemlayout", json!({"id": "l", "constraints": {}})),
            delete("v1/filesystemlayout/l"),
            201,
        ),
        (put("v1/tenant", json!({"meta": {"id": "t"}})), delete("v1/tenant/t"), 201),
        (put("v1/project", json!({"meta": {"id": "p"}, "tenant_id": "t1"})), delete("v1/project/p"), 201),
        (put("v1/network", external.clone()), delete("v1/network/ext"), 201),
        (
            post("v1/network", json!({"id": "internet", "name": "a"})),
            post("v1/network", json!({"id": "internet", "name": "b"})),
            200,
        ),
        (post("v1/ip/allocate/1.2.0.9", address.clone()), delete("v1/ip/free/1.2.0.9"), 201),
        (post("v1/ip/allocate", address.clone()), delete("v1/ip/free/1.2.0.1"), 201),
        (
            post(&format!("{machine}/power/on"), json!([])),
            post(&format!("{machine}/power/off"), json!([])),
            200,
        ),
        (
            post(&format!("{machine}/state"), json!({"value": "RESERVED", "description": "d"})),
            post(&format!("{machine}/state"), json!({"value": ""})),
            200,
        ),
        (
            post("v1/machine/allocate", allocation(M1, network, "ubuntu-24.04")),
            delete(&format!("{machine}/free")),
            200,
        ),
        (post("v1/switch/register", leaf_registration("leaf09")), delete("v1/switch/leaf09"), 201),
        (
            post("v1/switch", json!({"id": "leaf02", "description": "d"})),
            delete("v1/switch/leaf02?force=true"),
            200,
        ),
    ]
}

/// Both directions: a write that was reversed is repeated, and a reverse after which the write came again.
#[actix_web::test]
async fn every_write_answers_the_same_again() {
    let fixture = rack(&[M1]).await;
    let network = private_network(&fixture).await;
    for (number, (write, undo, status)) in writes(&network).into_iter().enumerate() {
        let (done, undone, label) = (key(10 + number), key(1000 + number), &write.path);
        let first = write.send(&fixture, Role::Admin, &done).await;
        assert_eq!(first.status, status, "{label}: {first:?}");
        let first_undone = undo.send(&fixture, Role::Admin, &undone).await;
        assert_eq!(first_undone.status, 200, "{label}: {first_undone:?}");
        let again = write.send(&fixture, Role::Admin, &done).await;
        assert_eq!(again.status, status, "{label}: {again:?}");
        assert_eq!(keys(&again.json()), keys(&first.json()), "{label}");
        // Written again under a new key; a retry of the first reverse must not undo it.
        let third = write.send(&fixture, Role::Admin, &key(2000 + number)).await;
        if !label.starts_with("v1/switch") || status == 201 {
            assert_eq!(third.status, status, "{label}: {third:?}");
        }
        let undone_again = undo.send(&fixture, Role::Admin, &undone).await;
        assert_eq!(undone_again.status, 200, "{label}: {undone_again:?}");
        assert_eq!(keys(&undone_again.json()), keys(&first_undone.json()), "{label}");
        if write.method == "PUT" {
            let taken = write.send(&fixture, Role::Admin, &key(3000 + number)).await;
            assert!([409, 400].contains(&taken.status), "{label}: it is still there: {taken:?}");
        }
    }
}

/// The answer to a repeated allocation must not show a later allocation, and the answer to a repeated free must not
/// look as if it had freed something.
#[actix_web::test]
async fn a_repetition_never_shows_what_came_later() {
    let fixture = rack(&[M1]).await;
    let network = private_network(&fixture).await;
    let mine = Write::new("POST", "v1/machine/allocate", allocation(M1, &network, "ubuntu-24.04"));
    let free = Write::new("DELETE", format!("v1/machine/{M1}/free"), json!({}));
    let first = mine.send(&fixture, Role::Edit, &key(1)).await.ok();
    let again = mine.send(&fixture, Role::Edit, &key(1)).await.ok();
    assert_eq!(again["allocation"], first["allocation"], "while it is held");
    free.send(&fixture, Role::Edit, &key(2)).await.ok();
    let again = mine.send(&fixture, Role::Edit, &key(1)).await.ok();
    assert_eq!((&again["id"], &again["allocation"]), (&json!(M1), &Value::Null));
    let mut body = allocation(M1, &network, "ubuntu-24.04");
    body["name"] = json!("theirs");
    let theirs = fixture.post("v1/machine/allocate", body).await.ok();
    for (write, number) in [(&mine, 1), (&free, 2)] {
        let again = write.send(&fixture, Role::Edit, &key(number)).await.ok();
        assert_eq!((&again["allocation"], &again["tags"]), (&Value::Null, &json!([])), "{number}");
    }
    let now = fixture.get(&format!("v1/machine/{M1}")).await.ok();
    assert_eq!(now["allocation"], theirs["allocation"], "and nothing happened to it");
}

/// A machine or switch that is gone is shown with its id.
#[actix_web::test]
async fn what_was_done_to_something_that_is_gone_is_still_told() {
    let fixture = rack(&[]).await;
    let reported = json!({"partitionid": "mini-lab", "reports": {"new": {"BMCIp": "1.1.1.1"}}});
    fixture.post("v1/machine/ipmi", reported).await.ok();
    let lock = Write::new("POST", "v1/machine/new/state", json!({"value": "RESERVED", "description": "d"}));
    let first = lock.send(&fixture, Role::Edit, &key(1)).await.ok();
    let delete = Write::new("DELETE", "v1/machine/new", json!({}));
    let deleted = delete.send(&fixture, Role::Admin, &key(2)).await.ok();
    assert_eq!(delete.send(&fixture, Role::Admin, &key(2)).await.ok(), deleted);
    let again = lock.send(&fixture, Role::Edit, &key(1)).await.ok();
    assert_eq!((keys(&again), &again["id"]), (keys(&first), &json!("new")));
    assert_eq!(fixture.get("v1/machine/new").await.status, 404, "and it stays gone");
}

#[actix_web::test]
async fn a_key_belongs_to_one_request_of_one_caller() {
    let fixture = Fixture::new().await;
    let create = |id: &str| Write::new("PUT", "v1/tenant", json!({"meta": {"id": id}}));
    create("a").send(&fixture, Role::Admin, &key(1)).await.ok();
    let wanted = (422, format!("key {} was used for another command", key(1)));
    assert_eq!(create("b").send(&fixture, Role::Admin, &key(1)).await.refusal(), wanted);
    let update = Write::new("POST", "v1/tenant", json!({"meta": {"id": "a"}}));
    assert_eq!(update.send(&fixture, Role::Admin, &key(1)).await.refusal(), wanted);
    assert_eq!(create("a").send(&fixture, Role::View, &key(1)).await.status, 403, "roles come first");
    assert_eq!(fixture.get("v1/tenant/b").await.status, 404);
    // A refusal is final; otherwise a late copy might be applied. A caller that corrects its request uses a new key.
    let project = Write::new("PUT", "v1/project", json!({"meta": {"id": "p"}, "tenant_id": "b"}));
    assert_eq!(project.send(&fixture, Role::Admin, &key(2)).await.status, 404);
    create("b").send(&fixture, Role::Admin, &key(3)).await.ok();
    assert_eq!(project.send(&fixture, Role::Admin, &key(2)).await.status, 404);
    assert_eq!(project.send(&fixture, Role::Admin, &key(4)).await.status, 201);
    for text in ["x", "", "0190c0de-0000-4000-8000"] {
        let wanted = (400, "header Idempotency-Key must be a UUID".to_owned());
        assert_eq!(create("c").send(&fixture, Role::Admin, text).await.refusal(), wanted, "{text:?}");
    }
}
