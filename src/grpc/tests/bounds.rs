//! Messages beyond the bounds: refused with a code that blames the client.

use super::{Fixture, on_loopback};
use crate::grpc::api;
use std::collections::BTreeMap;
use tonic::Code;

fn registration() -> api::BootServiceRegisterRequest {
    api::BootServiceRegisterRequest {
        uuid: "m1".to_owned(),
        hardware: Some(api::MachineHardware::default()),
        bios: Some(api::MachineBios::default()),
        ipmi: Some(api::MachineIpmi { fru: Some(api::MachineFru::default()), ..api::MachineIpmi::default() }),
        ..api::BootServiceRegisterRequest::default()
    }
}

/// A way to exceed a bound.
type Excess = fn(&mut api::BootServiceRegisterRequest);

fn hardware(request: &mut api::BootServiceRegisterRequest) -> &mut api::MachineHardware {
    request.hardware.as_mut().unwrap()
}

fn long() -> String {
    "x".repeat((16 << 10) + 1)
}

#[test]
fn a_machine_has_so_many_parts_at_most() {
    let table: [(&str, Excess); 9] = [
        ("uuid has 1025 bytes, at most 1024 are allowed", |told| told.uuid = "x".repeat(1025)),
        ("uuid contains a NUL character", |told| told.uuid = "\0".to_owned()),
        ("partition_id has 1025 bytes", |told| told.partition_id = "x".repeat(1025)),
        ("tags has 1025 elements, at most 1024 are allowed", |told| told.tags = vec![String::new(); 1025]),
        ("tags has 16385 bytes", |told| told.tags = vec![long()]),
        ("ipmi has 16385 bytes", |told| told.ipmi.as_mut().unwrap().password = long()),
        ("disks has 1025 elements", |told| {
            hardware(told).disks = vec![api::MachineBlockDevice::default(); 1025];
        }),
        ("cpus has 1025 elements", |told| hardware(told).cpus = vec![api::MachineCpu::default(); 1025]),
        ("nics has 4097 elements", |told| hardware(told).nics = vec![api::MachineNic::default(); 4097]),
    ];
    on_loopback(|| async move {
        let fixture = Fixture::start().await;
        for (wanted, excess) in table {
            let mut told = registration();
            excess(&mut told);
            let status = fixture.boot().register(told).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{wanted}");
            assert!(status.message().starts_with(wanted), "{wanted}: {status:?}");
        }
        let neighbors = vec![api::MachineNic::default(); 1025];
        let mut told = api::BootServiceRegisterRequest { uuid: "m2".to_owned(), ..registration() };
        hardware(&mut told).nics = vec![api::MachineNic { neighbors, ..api::MachineNic::default() }];
        fixture.boot().register(told).await.unwrap();
        let kept = fixture.local.world().machines.get("m2").unwrap();
        assert_eq!(kept.hardware.nics[0].neighbors.len(), 1024, "one interface sees too much");
        let mut told = registration();
        told.tags = (0..80).map(|_| "x".repeat(16 << 10)).collect();
        let status = fixture.boot().register(told).await.unwrap_err();
        assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
        fixture.boot().register(registration()).await.unwrap();
    });
}

#[test]
fn events_are_of_machines_that_can_be() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let event = || api::MachineProvisioningEvent {
            event: "Alive".to_owned(),
            ..api::MachineProvisioningEvent::default()
        };
        let of = |ids: Vec<String>| api::EventServiceSendRequest {
            events: ids.into_iter().map(|id| (id, event())).collect::<BTreeMap<_, _>>(),
        };
        let status =
            fixture.event().send(of((0..10_001).map(|n| n.to_string()).collect())).await.unwrap_err();
        let wanted = "events has 10001 elements, at most 10000 are allowed";
        assert_eq!((status.code(), status.message()), (Code::InvalidArgument, wanted));
        assert_eq!(fixture.local.world().machines.len(), 0);
        let ids = vec![String::new(), "a\0".to_owned(), "m1".to_owned(), "x".repeat(1025)];
        let answer = fixture.event().send(of(ids.clone())).await.unwrap().into_inner();
        let failed = [&ids[0], &ids[1], &ids[3]];
        assert_eq!((answer.events, answer.failed.iter().collect::<Vec<_>>()), (1, failed.to_vec()));
        assert_eq!(fixture.local.world().machines.len(), 1);
    });
}

/// Texts are sent in headers, which clients bound.
#[test]
fn refusals_arrive_however_much_there_is_to_say() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let event =
            api::MachineProvisioningEvent { event: "Alive".to_owned(), time: None, message: String::new() };
        let ids = (0..5000).map(|n| (format!("broken-💥-{n}"), event.clone()));
        let request = api::EventServiceSendRequest { events: ids.collect() };
        let status = fixture.event().send(request).await.unwrap_err();
        assert_eq!(status.code(), Code::Unknown);
        assert!(
            status.message().starts_with("no room for broken-💥-0\nno room for broken-💥-1\n"),
            "{status:?}"
        );
        let request = api::BootServiceWaitRequest { machine_id: "ä".repeat(50_000) };
        assert_eq!(fixture.boot().wait(request).await.unwrap_err().code(), Code::Unknown);
    });
}

#[test]
fn a_machine_without_an_id_does_not_boot() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let dhcp = |uuid: &str| api::BootServiceDhcpRequest { uuid: uuid.to_owned() };
        let status = fixture.boot().dhcp(dhcp("")).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Unknown, "uuid is empty"));
        assert_eq!(fixture.boot().dhcp(dhcp("a\0")).await.unwrap_err().code(), Code::InvalidArgument);
        let report = api::BootServiceReportRequest {
            uuid: "m1".to_owned(),
            boot_info: Some(api::BootInfo { cmdline: long(), ..api::BootInfo::default() }),
            ..api::BootServiceReportRequest::default()
        };
        let status = fixture.boot().report(report).await.unwrap_err();
        assert!(status.message().starts_with("boot_info has 16385 bytes"), "{status:?}");
        // Longer than the maximal message (api-machines 5.1).
        let much = api::BootServiceReportRequest {
            message: "x".repeat(5 << 20),
            ..api::BootServiceReportRequest::default()
        };
        assert_eq!(fixture.boot().report(much).await.unwrap_err().code(), Code::OutOfRange);
        assert_eq!(fixture.local.world().machines.len(), 0);
    });
}
