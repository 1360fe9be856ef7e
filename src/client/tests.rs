//! A rack over real sockets against a real node: every call of the port, from bare metal to phone home and back.

mod nonsense;
mod strangers;
mod waits;

use super::{Client, GrpcTarget, HttpTarget, Key};
use crate::api::{ApiSettings, HmacKey, HmacKeys, configure};
use crate::clock::SystemClock;
use crate::door::{HttpPort, Limits, PlaceMetrics};
use crate::grpc::{self, GrpcMetrics, SuperUserPassword};
use crate::version::VersionInfo;
use actix_web::{App, HttpServer};
use actors::answer::Answer;
use actors::command::Body;
use actors::decision::{Principal, Role};
use actors::gateway::Gateway;
use actors::ids::MachineId;
use actors::machine::command::{AllocateRequest, NetworkChoice};
use actors::machine::{BmcAction, EventKind, MachineCommand, Role as MachineRole};
use actors::runtime::{Env, LocalPartition, LocalPartitionConfig};
use actors::store::memory::MemoryStore;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use simulations::hardware::{
    ApiError, Faults, MetalApi, Notification, Pace, Profile, Rack, RackConfig, RackPlan, Running,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
const PROJECT: &str = "00000000-0000-0000-0000-000000000001";
const KEY: &str = "metal-edit";
const VIEW_KEY: &str = "metal-view";

/// A node with both ports on loopback and a volatile store.
struct Fixture {
    local: LocalPartition,
    http: String,
    grpc: grpc::Grpc,
}

impl Fixture {
    async fn start() -> Self {
        let config = LocalPartitionConfig {
            partition: "mini-lab".into(),
            store: Arc::new(MemoryStore::default()),
            env: Env::new(Arc::new(SystemClock), 7),
            domain: actors::decide::DOMAIN,
        };
        let local = LocalPartition::start(config).await.unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let settings = grpc::Settings {
            listen,
            tls: None,
            super_user_password: SuperUserPassword::default(),
            version: VersionInfo::default(),
            limits: Limits::default(),
        };
        let grpc = grpc::start(
            Gateway::alone(local.clone()),
            settings,
            PlaceMetrics::default(),
            GrpcMetrics::default(),
        )
        .await
        .unwrap();
        let key = |secret: &str| HmacKey {
            secret: secret.as_bytes().to_vec(),
            previous: None,
            lifetime: Duration::from_secs(30),
        };
        let text = || "0.0.1".to_owned();
        let version = VersionInfo {
            version: text(),
            build_date: text(),
            revision: text(),
            git_sha: text(),
            min_client_version: text(),
            release_version: None,
        };
        let settings = ApiSettings {
            base_path: "/metal/".to_owned(),
            keys: HmacKeys { view: key(VIEW_KEY), edit: key(KEY), admin: key("metal-admin") }.into(),
            provider_tenant: "metal-stack".to_owned(),
            urls: None,
            version,
        };
        let mut registry = Registry::default();
        let port = HttpPort::register(&mut registry);
        let api = configure(settings, Gateway::alone(local.clone()), port).unwrap();
        let server = HttpServer::new(move || App::new().configure(api.clone()))
            .workers(1)
            .disable_signals()
            .bind(("127.0.0.1", 0))
            .unwrap();
        let http = format!("http://{}/metal/", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        let fixture = Self { local, http, grpc };
        for entity in entities() {
            fixture.ask(entity).await;
        }
        fixture
    }

    async fn ask(&self, body: Value) -> Answer {
        let admin = Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin };
        let body: Body = actors::wire::body_from_json(&body.to_string()).unwrap();
        self.local.ask(&admin, None, body).await.unwrap()
    }

    fn client(&self, view_key: &str, edit_key: &str) -> Client {
        let http = HttpTarget {
            url: self.http.clone(),
            view: Key { role: Role::View, secret: view_key.to_owned() },
            edit: Key { role: Role::Edit, secret: edit_key.to_owned() },
        };
        let grpc = GrpcTarget { url: format!("http://{}", self.grpc.address()), tls: None };
        Client::new(http, &grpc, 2, Arc::new(SystemClock)).unwrap()
    }

    async fn machine(&self, command: MachineCommand) {
        let edit = Principal { email: "metal-edit@metal-stack.io".to_owned(), role: Role::Edit };
        self.local.ask(&edit, None, Body::Machine(command)).await.unwrap();
    }

    fn newest(&self, machine: &MachineId) -> Option<EventKind> {
        let events = self.local.world().events.get(machine.as_str())?;
        events.log.front().map(|event| event.event)
    }
}

fn entities() -> Vec<Value> {
    let masterdata = |command: &str, entity: Value| json!({"masterdata": {command: entity}});
    vec![
        masterdata("tenant_create", json!({"meta": {"id": "metal-stack"}, "name": "metal-stack"})),
        masterdata(
            "project_create",
            json!({"meta": {"id": PROJECT}, "name": "p", "tenant_id": "metal-stack"}),
        ),
        masterdata(
            "partition_create",
            json!({"id": "mini-lab", "bootconfig": {"imageurl": "http://i", "kernelurl": "http://k", "commandline": "c"}}),
        ),
        masterdata(
            "size_create",
            json!({"id": "v1-small-x86", "constraints": [
                {"type": "cores", "min": 1, "max": 4},
                {"type": "memory", "min": 500_000_000, "max": 4_000_000_000_u64},
                {"type": "storage", "min": 1_000_000_000, "max": 100_000_000_000_u64}]}),
        ),
        masterdata("image_create", json!({"id": "debian-13.0", "url": "http://d", "features": ["machine"]})),
        masterdata(
            "layout_create",
            json!({"id": "default",
                "constraints": {"sizes": ["v1-small-x86"], "images": {"debian": "*"}},
                "filesystems": [{"path": "/", "device": "/dev/sda1", "format": "ext4"}],
                "disks": [{"device": "/dev/sda", "wipeonreinstall": true,
                    "partitions": [{"number": 1, "size": 5000, "gpttype": "8300"}]}]}),
        ),
        json!({"network": {"create": {
            "id": "super", "partitionid": "mini-lab", "privatesuper": true, "prefixes": ["10.0.0.0/16"],
            "defaultchildprefixlength": {"IPv4": 22}}}}),
    ]
}

fn on_loopback<F: Future<Output = ()> + 'static>(test: F) {
    actix_web::rt::System::new().block_on(test);
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[test]
fn a_rack_lives_over_real_sockets() {
    on_loopback(async {
        let fixture = Fixture::start().await;
        let config = RackConfig {
            partition: "mini-lab".into(),
            rack: "test-rack".into(),
            machines: 2,
            profile: Profile::default(),
            pace: Pace::new(200.0).unwrap(),
            faults: Faults::default(),
            seed: 1,
        };
        let rack = Rack::start(&config, Arc::new(fixture.client(VIEW_KEY, KEY)), Arc::new(SystemClock));
        let [first, second] = [0, 1].map(|index| rack.machines[index].plan.id.clone());
        until("both wait", || {
            [&first, &second].iter().all(|id| fixture.newest(id) == Some(EventKind::Waiting))
        })
        .await;

        let allocate = json!({"network": {"allocate": {"partitionid": "mini-lab", "projectid": PROJECT}}});
        let Answer::Network(network) = fixture.ask(allocate).await else { panic!("no network") };
        let request = AllocateRequest {
            uuid: first.0.clone(),
            projectid: PROJECT.to_owned(),
            partitionid: "mini-lab".to_owned(),
            sizeid: "v1-small-x86".to_owned(),
            imageid: "debian-13.0".to_owned(),
            networks: Some(vec![NetworkChoice { networkid: network.id.0.clone(), autoacquire: None }]),
            ..AllocateRequest::default()
        };
        fixture
            .machine(MachineCommand::Allocate { role: MachineRole::Machine, request: Box::new(request) })
            .await;
        until("it phoned home", || fixture.newest(&first) == Some(EventKind::PhonedHome)).await;
        let row = fixture.local.world().machines.get(first.as_str()).unwrap();
        let allocation = row.allocation.as_ref().unwrap();
        assert_eq!(rack.machines[0].disk().unwrap().allocation, allocation.uuid);
        assert_eq!(allocation.boot_info.as_ref().unwrap().bootloader_id, "metal");
        let vrf = format!("vrf{}", allocation.networks[0].vrf);
        until("its ports are configured", || {
            rack.leaves.iter().all(|leaf| leaf.vrf("Ethernet0").as_ref() == Some(&vrf))
        })
        .await;
        until("the BMC got the order to boot from disk", || {
            fixture.local.world().machines.get(first.as_str()).unwrap().orders.is_empty()
        })
        .await;

        fixture.machine(MachineCommand::Power { machine: second.clone(), action: BmcAction::Off }).await;
        until("the other one is off", || rack.machines[1].running() == Running::Nothing).await;
        until("its BMC tells", || {
            fixture.local.world().machines.get(second.as_str()).unwrap().ipmi.power_state == "OFF"
        })
        .await;

        fixture.machine(MachineCommand::Free { machine: first.clone() }).await;
        until("it waits again", || fixture.newest(&first) == Some(EventKind::Waiting)).await;
        assert_eq!(rack.machines[0].wiped_while_installed(), 0);
        rack.stop().await;
        fixture.grpc.stop(Duration::from_secs(5)).await;
    });
}

#[test]
fn what_is_missing_is_told_from_what_failed() {
    on_loopback(async {
        let fixture = Fixture::start().await;
        let client = fixture.client(VIEW_KEY, KEY);
        let nobody = MachineId::from("m9");
        let missing = ApiError::Missing("NotFound no machine with id \"m9\" found".to_owned());
        assert_eq!(client.machine_get(&nobody).await, Err(missing));
        let text = ApiError::Failed("NotFound no machine with id \"m9\" found".to_owned());
        assert_eq!(client.wait(&nobody).await, Err(text), "gRPC gives a text only");
        let refused = || ApiError::Failed("403 Forbidden: Wrong HMAC found".to_owned());
        assert_eq!(
            fixture.client("wrong", KEY).machine_get(&nobody).await,
            Err(refused()),
            "installers may look only"
        );
        let stranger = fixture.client(VIEW_KEY, "wrong").switch_get(&"leaf09".into()).await;
        assert_eq!(stranger, Err(refused()));
        let notified = client.switch_notify(&"leaf09".into(), Notification::default()).await;
        assert!(matches!(notified, Err(ApiError::Missing(_))), "{notified:?}");
        let orders = client.bmc_orders(&"mini-lab".into(), Duration::ZERO).await;
        assert_eq!(orders, Ok(Vec::new()));
        let config = client.boot("00:01", &"mini-lab".into()).await.unwrap();
        assert_eq!((config.kernel.as_str(), config.cmdline.as_str()), ("http://k", "c"));
    });
}

#[test]
fn calls_that_a_healthy_rack_does_not_make() {
    on_loopback(async {
        let fixture = Fixture::start().await;
        let client = fixture.client(VIEW_KEY, KEY);
        let plan = RackPlan::new(&"mini-lab".into(), &"test-rack".into(), 1, &Profile::default());
        for switch in plan.switches {
            client.switch_register(switch.registration).await.unwrap();
        }
        let machine = &plan.machines[0];
        client.register(machine.registration.clone()).await.unwrap();
        assert_eq!(client.abort_reinstall(&machine.id, false).await, Ok(None), "nothing was ever reported");
        let sent = client.send_events(BTreeMap::new()).await.unwrap();
        assert_eq!(sent.stored, 0);
        assert_eq!(client.super_user_password().await.as_deref(), Ok(""));
        let row = fixture.local.world().machines.get(machine.id.as_str()).unwrap();
        assert_eq!(row.hardware, machine.registration.hardware);
    });
}

#[test]
fn a_node_that_is_not_there_is_a_failure_and_no_panic() {
    on_loopback(async {
        let http = HttpTarget {
            url: "http://127.0.0.1:9/metal".to_owned(),
            view: Key { role: Role::View, secret: VIEW_KEY.to_owned() },
            edit: Key { role: Role::Edit, secret: KEY.to_owned() },
        };
        let grpc = GrpcTarget { url: "http://127.0.0.1:9".to_owned(), tls: None };
        let client = Client::new(http.clone(), &grpc, 0, Arc::new(SystemClock)).unwrap();
        let machine = MachineId::from("m1");
        assert!(matches!(client.machine_get(&machine).await, Err(ApiError::Failed(_))));
        assert!(matches!(client.dhcp(&machine).await, Err(ApiError::Failed(_))));
        assert!(client.wait(&machine).await.is_err(), "never taken for an allocation");
        let nonsense = GrpcTarget { url: "no url".to_owned(), tls: None };
        assert!(Client::new(http, &nonsense, 0, Arc::new(SystemClock)).is_err());
    });
}
