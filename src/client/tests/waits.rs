//! Two hundred machines on their wait streams: what they find when one ends (api-machines 5.5 and 10, row 3), and how
//! the others end with the node.

use super::{Fixture, KEY, PROJECT, VIEW_KEY, on_loopback};
use crate::client::headers;
use crate::clock::SystemClock;
use crate::grpc::api;
use crate::grpc::api::boot_service_client::BootServiceClient;
use actors::answer::Answer;
use actors::decision::Role;
use actors::machine::command::{AllocateRequest, NetworkChoice};
use actors::machine::{MachineCommand, Role as MachineRole};
use actors::runtime::Clock;
use futures_util::future::join_all;
use serde_json::{Value, json};
use simulations::hardware::{MetalApi, Profile, RackPlan};
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

const MACHINES: u32 = 200;
const ALLOCATED: usize = 100;
const CHANNELS: usize = 4;

/// The end of a machine's stream: the machine as shown right after, or an error.
type End = Result<Value, Status>;

async fn wait(channel: Channel, http: reqwest::Client, url: String, id: String) -> End {
    let request = api::BootServiceWaitRequest { machine_id: id.clone() };
    let mut stream = BootServiceClient::new(channel).wait(request).await?.into_inner();
    while let Some(api::BootServiceWaitResponse {}) = stream.message().await? {}
    let mut get = http.get(format!("{url}v1/machine/{id}"));
    for (name, value) in headers(Role::Edit, KEY.as_bytes(), "GET", SystemClock.now(), "salt") {
        get = get.header(name, value);
    }
    let answer = get.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    Ok(serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

/// The fields that the installer uses without checking.
fn assert_installable(machine: &Value, name: &str) {
    let allocation = &machine["allocation"];
    assert_eq!(allocation["image"]["url"], "http://d", "{machine}");
    assert_eq!(allocation["filesystemlayout"]["id"], "default", "{machine}");
    assert_eq!((&allocation["hostname"], &allocation["role"]), (&json!(name), &json!("machine")));
    assert_eq!(allocation["networks"][0]["ips"].as_array().unwrap().len(), 1, "{machine}");
}

async fn allocate(fixture: &Fixture, network: &str, id: &str) {
    let request = AllocateRequest {
        uuid: id.to_owned(),
        hostname: Some(id.to_owned()),
        projectid: PROJECT.to_owned(),
        imageid: "debian-13.0".to_owned(),
        networks: Some(vec![NetworkChoice { networkid: network.to_owned(), autoacquire: None }]),
        ..AllocateRequest::default()
    };
    fixture
        .machine(MachineCommand::Allocate { role: MachineRole::Machine, request: Box::new(request) })
        .await;
}

async fn registered(fixture: &Fixture) -> Vec<String> {
    let client = fixture.client(VIEW_KEY, KEY);
    let plan = RackPlan::new(&"mini-lab".into(), &"test-rack".into(), MACHINES, &Profile::default());
    for switch in plan.switches {
        client.switch_register(switch.registration).await.unwrap();
    }
    let registrations = plan.machines.iter().map(|machine| client.register(machine.registration.clone()));
    join_all(registrations).await.into_iter().for_each(Result::unwrap);
    plan.machines.into_iter().map(|machine| machine.id.0).collect()
}

#[test]
fn whoever_stops_waiting_finds_its_allocation_and_nobody_else_stops_well() {
    on_loopback(async {
        let fixture = Fixture::start().await;
        let machines = registered(&fixture).await;
        let lengths = json!({"partitionid": "mini-lab", "projectid": PROJECT, "length": {"IPv4": 20}});
        let Answer::Network(network) = fixture.ask(json!({"network": {"allocate": lengths}})).await else {
            panic!("no network")
        };
        let endpoint = Endpoint::from_shared(format!("http://{}", fixture.grpc.address())).unwrap();
        let channels = join_all((0..CHANNELS).map(|_| endpoint.connect())).await;
        let http = crate::tls::http_client(Duration::from_secs(15)).unwrap();
        let waits: Vec<_> = machines
            .iter()
            .enumerate()
            .map(|(index, id)| {
                let channel = channels[index % CHANNELS].as_ref().unwrap().clone();
                actix_web::rt::spawn(wait(channel, http.clone(), fixture.http.clone(), id.clone()))
            })
            .collect();
        let waiting = |id: &String| fixture.local.world().machines.get(id).unwrap().waiting;
        super::until("all wait", || machines.iter().all(waiting)).await;
        let (taken, left) = machines.split_at(ALLOCATED);
        join_all(taken.iter().map(|id| allocate(&fixture, network.id.as_str(), id))).await;
        let mut waits = waits.into_iter();
        for (id, wait) in taken.iter().zip(waits.by_ref()) {
            assert_installable(&wait.await.unwrap().unwrap(), id);
            assert!(!waiting(id), "step 6");
        }
        fixture.local.refuse();
        fixture.grpc.stop(Duration::from_secs(5)).await;
        for (id, wait) in left.iter().zip(waits) {
            let status = wait.await.unwrap().expect_err("only an allocation ends a stream well");
            assert_eq!(status.code(), Code::Unavailable, "{status:?}");
            assert!(fixture.local.world().machines.get(id).unwrap().waiting, "it stays marked");
        }
    });
}
