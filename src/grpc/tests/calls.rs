//! All calls except Wait.

use super::{Fixture, endpoint, local, on_loopback, settings, start};
use crate::door::PlaceMetrics;
use crate::grpc::GrpcMetrics;
use crate::grpc::SuperUserPassword;
use crate::grpc::api::boot_service_client::BootServiceClient;
use crate::grpc::api::{self, MachineProvisioningEvent};
use crate::grpc::registration::registration;
use actors::fixture::rows;
use actors::gateway::Gateway;
use actors::machine::command::Registration;
use actors::machine::{Bios, Disk, EventKind, Fru, Gpu, Hardware, Ipmi, Nic, Processor};
use actors::masterdata::{BootConfig, Partition};
use actors::store::Generation;
use actors::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;
use tonic::Code;

fn event(event: &str) -> MachineProvisioningEvent {
    MachineProvisioningEvent { time: None, event: event.to_owned(), message: "text".to_owned() }
}

fn request<const N: usize>(events: [(&str, &str); N]) -> api::EventServiceSendRequest {
    let events = events.map(|(machine, kind)| (machine.to_owned(), event(kind)));
    api::EventServiceSendRequest { events: BTreeMap::from(events) }
}

fn told() -> Registration {
    let fru = Fru { board_mfg: "ACME".to_owned(), product_serial: "7".to_owned(), ..Fru::default() };
    let neighbor = Nic {
        mac: "Eth1(Port1)".to_owned(),
        name: "Ethernet0".to_owned(),
        identifier: "Eth1(Port1)".to_owned(),
        hostname: "leaf01".to_owned(),
        neighbors: Vec::new(),
    };
    Registration {
        machine: "m1".into(),
        partition: "plant-a".into(),
        hardware: Hardware {
            memory_bytes: 1 << 40,
            disks: vec![Disk { name: "/dev/sda".to_owned(), size_bytes: 10 }],
            cpus: vec![Processor { vendor: "v".to_owned(), model: "m".to_owned(), cores: 4, threads: 8 }],
            gpus: vec![Gpu { vendor: "g".to_owned(), model: "h".to_owned() }],
            nics: vec![Nic {
                mac: "00:01".to_owned(),
                name: "eth0".to_owned(),
                neighbors: vec![neighbor],
                ..Nic::default()
            }],
            left_out: 0,
        },
        bios: Bios { version: "1".to_owned(), vendor: "b".to_owned(), date: "2026".to_owned() },
        ipmi: Some(Ipmi {
            address: "10.0.0.1:623".to_owned(),
            mac: "00:02".to_owned(),
            user: "u".to_owned(),
            password: "p".to_owned(),
            interface: "lanplus".to_owned(),
            bmc_version: "2".to_owned(),
            power_state: "ON".to_owned(),
            fru,
            ..Ipmi::default()
        }),
        tags: vec!["a".to_owned()],
        metal_hammer_version: "v0".to_owned(),
    }
}

#[test]
fn dhcp_records_that_the_machine_boots_from_the_network() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.boot().dhcp(api::BootServiceDhcpRequest { uuid: "m1".to_owned() }).await.unwrap();
        let events = fixture.local.world().events.get("m1").unwrap();
        assert_eq!(events.log[0].event, EventKind::PxeBooting);
        assert_eq!(events.log[0].message, "machine sent extended dhcp request");
        let broken = api::BootServiceDhcpRequest { uuid: "broken".to_owned() };
        let status = fixture.boot().dhcp(broken).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Unknown, "no room for broken"));
    });
}

#[test]
fn boot_gives_what_the_partition_boots() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let partition = Partition {
            boot_config: BootConfig {
                image_url: "http://image".to_owned(),
                kernel_url: "http://kernel".to_owned(),
                command_line: String::new(),
            },
            ..rows::partition("plant-a", Timestamp::ZERO)
        };
        fixture.local.world().insert(Generation(1), partition);
        let ask = |partition: &str| api::BootServiceBootRequest {
            mac: "00:01".to_owned(),
            partition_id: partition.to_owned(),
        };
        let answer = fixture.boot().boot(ask("plant-a")).await.unwrap().into_inner();
        assert_eq!(answer.kernel, "http://kernel");
        assert_eq!(answer.init_ram_disks, ["http://image"]);
        assert_eq!(answer.cmdline.as_deref(), Some(""), "always set, maybe empty");
        let status = fixture.boot().boot(ask("plant-b")).await.unwrap_err();
        assert_eq!(status.code(), Code::Unknown);
        assert!(status.message().starts_with("no partition with id:\"plant-b\" found "), "{status}");
    });
}

#[test]
fn the_super_user_password_is_empty_and_disabled_until_configured() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let request = api::BootServiceSuperUserPasswordRequest {};
        let answer = fixture.boot().super_user_password(request).await.unwrap().into_inner();
        assert_eq!((answer.feature_disabled, answer.super_user_password.as_str()), (true, ""));
        let mut settings = settings(None);
        settings.super_user_password = SuperUserPassword("secret".to_owned());
        assert!(!format!("{settings:?}").contains("secret"), "debug text ends up in logs");
        let grpc =
            start(Gateway::alone(local().await), settings, PlaceMetrics::default(), GrpcMetrics::default())
                .await
                .unwrap();
        let mut boot = BootServiceClient::connect(endpoint(&grpc, "http")).await.unwrap();
        let answer = boot.super_user_password(request).await.unwrap().into_inner();
        assert_eq!((answer.feature_disabled, answer.super_user_password.as_str()), (false, "secret"));
    });
}

#[test]
fn register_hands_over_everything_it_was_told() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let answer = fixture
            .boot()
            .register(api::BootServiceRegisterRequest::from(told()))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (answer.uuid.as_str(), answer.size.as_str(), answer.partition_id.as_str()),
            ("m1", "v1-small-x86", "plant-a")
        );
        let (machine, told) = (fixture.machine("m1"), told());
        assert_eq!(machine.hardware, told.hardware);
        assert_eq!(machine.bios, told.bios);
        assert_eq!(Some(machine.ipmi), told.ipmi);
        assert_eq!(machine.tags, told.tags);
    });
}

#[test]
fn register_checks_presence_in_the_order_of_the_contract() {
    let whole = || api::BootServiceRegisterRequest::from(told());
    let empty = api::BootServiceRegisterRequest::default();
    assert_eq!(registration(empty), Err("uuid is empty"));
    let text = registration(api::BootServiceRegisterRequest { hardware: None, bios: None, ..whole() });
    assert_eq!(text, Err("hardware is nil"));
    assert_eq!(registration(api::BootServiceRegisterRequest { bios: None, ..whole() }), Err("bios is nil"));
    let without_bmc = registration(api::BootServiceRegisterRequest { ipmi: None, ..whole() }).unwrap();
    assert_eq!(without_bmc.ipmi, None);
    assert_eq!(registration(whole()), Ok(told()));
}

#[test]
fn register_of_an_installed_machine_is_an_error_with_a_reason() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let request = Registration { machine: "installed".into(), ..told() };
        let status =
            fixture.boot().register(api::BootServiceRegisterRequest::from(request)).await.unwrap_err();
        assert_eq!(status.code(), Code::Unknown);
        assert_eq!(status.message(), "it is installed, it will boot from disk");
    });
}

#[test]
fn report_hands_over_password_and_boot_info() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.event().send(request([("m1", "Alive")])).await.unwrap();
        fixture.allocate("m1").await;
        let boot_info = api::BootInfo {
            kernel: "vmlinuz".to_owned(),
            bootloader_id: "b".to_owned(),
            ..api::BootInfo::default()
        };
        let report = |boot_info| api::BootServiceReportRequest {
            uuid: "m1".to_owned(),
            console_password: "0123456789abcdef".to_owned(),
            boot_info,
            success: false,
            message: "ignored".to_owned(),
        };
        let status = fixture.boot().report(report(None)).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Unknown, "the machine \"m1\" bootinfo is nil"));
        fixture.boot().report(report(Some(boot_info))).await.unwrap();
        let allocation = fixture.machine("m1").allocation.unwrap();
        assert_eq!(allocation.console_password, "0123456789abcdef");
        let stored = allocation.boot_info.unwrap();
        assert_eq!((stored.kernel.as_str(), stored.bootloader_id.as_str()), ("vmlinuz", "b"));
    });
}

#[test]
fn abort_reinstall_gives_the_old_kernel_only_before_the_disk_was_wiped() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let abort = |primary_disk_wiped| api::BootServiceAbortReinstallRequest {
            uuid: "m1".to_owned(),
            primary_disk_wiped,
        };
        let answer = fixture.boot().abort_reinstall(abort(false)).await.unwrap().into_inner();
        assert_eq!(answer.boot_info.unwrap().kernel, "old");
        assert_eq!(fixture.boot().abort_reinstall(abort(true)).await.unwrap().into_inner().boot_info, None);
    });
}

#[test]
fn send_of_nothing_is_fine() {
    on_loopback(|| async {
        let answer = Fixture::start().await.event().send(request([])).await.unwrap().into_inner();
        assert_eq!((answer.events, answer.failed), (0, Vec::new()));
    });
}

#[test]
fn send_tells_of_unknown_events_and_stores_the_others() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let sent = request([("m1", "Preparing"), ("m2", "Dancing"), ("m3", "Phoned Home")]);
        let answer = fixture.event().send(sent).await.unwrap().into_inner();
        assert_eq!((answer.events, answer.failed), (2, vec!["m2".to_owned()]));
        assert_eq!(fixture.local.world().events.get("m3").unwrap().log[0].event, EventKind::PhonedHome);
        assert!(fixture.local.world().machines.contains("m2"), "api-machines 5.8: created nevertheless");
        assert!(!fixture.local.world().events.contains("m2"), "but not its container");
    });
}

#[test]
fn send_fails_as_a_whole_when_one_is_refused_and_stores_the_others_anyway() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let sent = request([("broken1", "Alive"), ("broken2", "Alive"), ("m1", "Preparing")]);
        let status = fixture.event().send(sent).await.unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::Unknown, "no room for broken1\nno room for broken2")
        );
        assert!(fixture.local.world().events.contains("m1"));
    });
}

#[test]
fn send_records_many_machines_of_one_call() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let events = (0..1000).map(|n| (format!("m{n}"), event("Phoned Home"))).collect();
        let answer =
            fixture.event().send(api::EventServiceSendRequest { events }).await.unwrap().into_inner();
        assert_eq!((answer.events, answer.failed.len()), (1000, 0));
    });
}

#[test]
fn unknown_methods_are_unimplemented() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let mut grpc = tonic::client::Grpc::new(fixture.channel.clone());
        grpc.ready().await.unwrap();
        let codec =
            tonic_prost::ProstCodec::<api::BootServiceDhcpRequest, api::BootServiceDhcpResponse>::default();
        let path = "/api.v1.BootService/Dance".parse().unwrap();
        let call = tonic::Request::new(api::BootServiceDhcpRequest::default());
        assert_eq!(grpc.unary(call, path, codec).await.unwrap_err().code(), Code::Unimplemented);
    });
}

#[test]
fn a_stopped_door_lets_nobody_in_and_frees_its_port() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let address = fixture.grpc.address();
        drop(fixture.channel);
        fixture.grpc.stop(Duration::from_secs(10)).await;
        assert!(tokio::net::TcpStream::connect(address).await.is_err());
        let mut again = settings(None);
        again.listen = address;
        let reopened =
            start(Gateway::alone(fixture.local), again, PlaceMetrics::default(), GrpcMetrics::default())
                .await
                .unwrap();
        assert_eq!(reopened.address(), address);
    });
}
