//! Seeded random input to every gRPC call, with the real domain behind it.

use super::{Fixture, on_loopback};
use crate::grpc::api;
use crate::grpc::api::boot_service_client::BootServiceClient;
use crate::grpc::api::event_service_client::EventServiceClient;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

const ROUNDS: u32 = 1500;

fn text(rng: &mut ChaCha8Rng) -> String {
    let texts = [
        "",
        "m1",
        "m2",
        "mini-lab",
        "leaf01",
        "Ethernet0",
        "Ethernet4294967296",
        "swp1s99999999999",
        "\0",
        "a\0b",
        "ä💥\u{202e}",
        "Alive",
        "Crashed",
        "PXE Booting",
        "Preparing",
        "Registering",
        "Waiting",
        "Installing",
        "Phoned Home",
        "/dev/sda",
        "10.0.0.1:623",
        "debian-13.0",
        "[*?\\",
    ];
    match rng.random_range(0..40) {
        0 => "x".repeat(1025),
        1 => "y".repeat(20_000),
        _ => texts[rng.random_range(0..texts.len())].to_owned(),
    }
}

fn many<T>(rng: &mut ChaCha8Rng, one: impl Fn(&mut ChaCha8Rng) -> T) -> Vec<T> {
    (0..rng.random_range(0..4)).map(|_| one(rng)).collect()
}

fn number(rng: &mut ChaCha8Rng) -> u64 {
    [0, 1, 4, 2_147_483_648, u64::MAX, 1 << 53][rng.random_range(0..6)]
}

fn nic(rng: &mut ChaCha8Rng, depth: u32) -> api::MachineNic {
    api::MachineNic {
        mac: text(rng),
        name: text(rng),
        neighbors: if depth == 0 { Vec::new() } else { many(rng, |rng| nic(rng, depth - 1)) },
        hostname: text(rng),
        identifier: text(rng),
    }
}

fn registration(rng: &mut ChaCha8Rng) -> api::BootServiceRegisterRequest {
    let hardware = api::MachineHardware {
        memory: number(rng),
        disks: many(rng, |rng| api::MachineBlockDevice { name: text(rng), size: number(rng) }),
        nics: many(rng, |rng| nic(rng, 3)),
        cpus: many(rng, |rng| api::MachineCpu {
            vendor: text(rng),
            model: text(rng),
            cores: u32::MAX,
            threads: u32::MAX,
        }),
        gpus: many(rng, |rng| api::MachineGpu { vendor: text(rng), model: text(rng) }),
    };
    let bios = api::MachineBios { version: text(rng), vendor: text(rng), date: text(rng) };
    let fru = api::MachineFru { board_mfg: Some(text(rng)), ..api::MachineFru::default() };
    let ipmi = api::MachineIpmi { address: text(rng), fru: Some(fru), ..api::MachineIpmi::default() };
    api::BootServiceRegisterRequest {
        uuid: text(rng),
        hardware: rng.random_bool(0.9).then_some(hardware),
        bios: rng.random_bool(0.9).then_some(bios),
        ipmi: rng.random_bool(0.9).then_some(ipmi),
        tags: many(rng, text),
        metal_hammer_version: text(rng),
        partition_id: text(rng),
    }
}

fn boot_info(rng: &mut ChaCha8Rng) -> Option<api::BootInfo> {
    let info = api::BootInfo { image_id: text(rng), kernel: text(rng), ..api::BootInfo::default() };
    rng.random_bool(0.9).then_some(info)
}

async fn call(channel: &Channel, rng: &mut ChaCha8Rng) -> Result<(), Status> {
    let mut boot = BootServiceClient::new(channel.clone());
    match rng.random_range(0..7) {
        0 => boot.dhcp(api::BootServiceDhcpRequest { uuid: text(rng) }).await.map(drop),
        1 => {
            let request = api::BootServiceBootRequest { mac: text(rng), partition_id: text(rng) };
            boot.boot(request).await.map(drop)
        }
        2 => boot.register(registration(rng)).await.map(drop),
        3 => {
            let (uuid, console_password, message) = (text(rng), text(rng), text(rng));
            let (boot_info, success) = (boot_info(rng), rng.random_bool(0.5));
            let request =
                api::BootServiceReportRequest { uuid, console_password, boot_info, success, message };
            boot.report(request).await.map(drop)
        }
        4 => {
            let request = api::BootServiceAbortReinstallRequest {
                uuid: text(rng),
                primary_disk_wiped: rng.random_bool(0.5),
            };
            boot.abort_reinstall(request).await.map(drop)
        }
        // The stream is dropped at once.
        5 => boot.wait(api::BootServiceWaitRequest { machine_id: text(rng) }).await.map(drop),
        _ => {
            let time =
                rng.random_bool(0.5).then_some(prost_types::Timestamp { seconds: i64::MAX, nanos: -1 });
            let event = |rng: &mut ChaCha8Rng| {
                (text(rng), api::MachineProvisioningEvent { time, event: text(rng), message: text(rng) })
            };
            let request = api::EventServiceSendRequest { events: many(rng, event).into_iter().collect() };
            EventServiceClient::new(channel.clone()).send(request).await.map(drop)
        }
    }
}

#[test]
fn nonsense_is_refused_or_taken_and_nobody_panics() {
    on_loopback(async {
        let fixture = Fixture::start().await;
        let endpoint = Endpoint::from_shared(format!("http://{}", fixture.grpc.address())).unwrap();
        let channel = endpoint.connect().await.unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut taken = 0;
        for round in 0..ROUNDS {
            match call(&channel, &mut rng).await {
                Ok(()) => taken += 1,
                Err(status) => {
                    let typed = matches!(status.code(), Code::Unknown | Code::InvalidArgument);
                    assert!(typed && !status.message().is_empty(), "round {round}: {status:?}");
                    assert!(!status.message().contains("ask again with key"), "round {round}: {status:?}");
                }
            }
        }
        assert!(taken > ROUNDS / 10, "{taken} calls were taken");
        assert!(!fixture.local.world().machines.contains(""), "no machine has an empty id");
    });
}
