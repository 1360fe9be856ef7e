//! The rows of api-resources 5.1 about partitions.

use super::*;
use crate::masterdata::MasterdataCommand::{PartitionCreate, PartitionDelete, PartitionUpdate};
use crate::masterdata::command::BootConfigRequest;
use crate::masterdata::fixture::{BEFORE, Fixture, NOW, machine, text};
use crate::refusal::Refusal;
use crate::refusal::RefusalKind::{BadRequest, Conflict, NotFound};
use std::collections::BTreeMap;

fn request() -> PartitionRequest {
    PartitionRequest {
        id: "fra".to_owned(),
        name: text("Frankfurt"),
        description: text("the first"),
        mgmtserviceaddress: text("10.0.0.1:50051"),
        labels: Some(BTreeMap::from([("a".to_owned(), "b".to_owned())])),
        bootconfig: Some(BootConfigRequest {
            imageurl: text("http://boot/image"),
            kernelurl: text("http://boot/kernel"),
            commandline: text("console=ttyS0"),
        }),
        dns_servers: Some(dns(&["1.1.1.1"])),
        ntp_servers: Some(ntp(&["pool.ntp.org"])),
    }
}

fn stored() -> Partition {
    Partition {
        id: "fra".into(),
        name: "Frankfurt".to_owned(),
        description: "the first".to_owned(),
        created: BEFORE,
        changed: BEFORE,
        mgmt_service_address: "10.0.0.1:50051".to_owned(),
        labels: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        boot_config: BootConfig {
            image_url: "http://boot/image".to_owned(),
            kernel_url: "http://boot/kernel".to_owned(),
            command_line: "console=ttyS0".to_owned(),
        },
        dns_servers: vec!["1.1.1.1".to_owned()],
        ntp_servers: vec!["pool.ntp.org".to_owned()],
    }
}

fn dns(ips: &[&str]) -> Vec<DnsServer> {
    ips.iter().map(|ip| DnsServer { ip: (*ip).to_owned() }).collect()
}

fn ntp(addresses: &[&str]) -> Vec<NtpServer> {
    addresses.iter().map(|address| NtpServer { address: (*address).to_owned() }).collect()
}

fn create(request: PartitionRequest) -> crate::masterdata::MasterdataCommand {
    PartitionCreate(Box::new(request))
}

fn update(request: PartitionRequest) -> crate::masterdata::MasterdataCommand {
    PartitionUpdate(Box::new(request))
}

#[test]
fn checks_of_create_in_the_order_of_5_1() {
    let fixture = Fixture::default().with(stored());
    let four = Some(dns(&["1.1.1.1"; 4]));
    let six = Some(ntp(&["a"; 6]));
    let new = || PartitionRequest { id: "muc".to_owned(), ..request() };
    let rows = [
        (
            "id empty",
            PartitionRequest { id: String::new(), dns_servers: four.clone(), ..request() },
            BadRequest,
            "id should not be empty",
        ),
        (
            "dns servers > 3",
            PartitionRequest { dns_servers: four, ntp_servers: six.clone(), ..request() },
            BadRequest,
            "please specify a maximum of three dns servers",
        ),
        (
            "dns server not an IP",
            PartitionRequest { dns_servers: Some(dns(&["one"])), ..new() },
            BadRequest,
            "ip: {one} for dns server not correct err: ParseAddr(\"one\"): unable to parse IP",
        ),
        (
            "ntp servers > 5",
            PartitionRequest { ntp_servers: six, ..request() },
            BadRequest,
            "please specify a maximum of five ntp servers",
        ),
        (
            "ntp server neither IP nor DNS name",
            PartitionRequest { ntp_servers: Some(ntp(&["a b"])), ..new() },
            BadRequest,
            "dns name: {a b} for ntp server not correct",
        ),
        (
            "id taken",
            request(),
            Conflict,
            "Conflict cannot create partition in database, entity already exists: fra",
        ),
    ];
    for (row, request, kind, message) in rows {
        fixture.refused(row, &create(request), kind, message);
    }
}

#[test]
fn create_keeps_what_was_sent_and_fills_the_rest() {
    let fixture = Fixture::default();
    let expected = Partition { created: NOW, changed: NOW, ..stored() };
    assert_eq!(fixture.ask(&create(request())), Ok(Answer::Partition(Box::new(expected.clone()))));
    assert_eq!(*fixture.world.partitions.get("fra").unwrap().value, expected);

    fixture.ask(&create(PartitionRequest { id: "muc".to_owned(), ..PartitionRequest::default() })).unwrap();
    let bare = fixture.world.partitions.get("muc").unwrap();
    assert_eq!((bare.name.as_str(), &bare.boot_config), ("", &BootConfig::default()));
}

#[test]
fn update_sets_what_is_present() {
    let fixture = Fixture::default().with(stored());
    let id = || "fra".to_owned();
    fixture.ask(&update(PartitionRequest { id: id(), ..PartitionRequest::default() })).unwrap();
    let unchanged = Partition { changed: NOW, ..stored() };
    assert_eq!(*fixture.world.partitions.get("fra").unwrap().value, unchanged, "also without bootconfig");

    let bootconfig =
        Some(BootConfigRequest { kernelurl: text("http://new"), ..BootConfigRequest::default() });
    let some = PartitionRequest {
        id: id(),
        description: text(""),
        bootconfig,
        dns_servers: Some(Vec::new()),
        ..PartitionRequest::default()
    };
    fixture.ask(&update(some)).unwrap();
    let changed = fixture.world.partitions.get("fra").unwrap();
    assert_eq!(changed.name, "Frankfurt");
    assert_eq!(changed.description, "");
    assert_eq!(changed.boot_config.image_url, "http://boot/image");
    assert_eq!(changed.boot_config.kernel_url, "http://new");
    assert_eq!(changed.dns_servers, Vec::<String>::new(), "an empty list clears");
    assert_eq!(changed.ntp_servers, ["pool.ntp.org"], "an absent one does not");
}

#[test]
fn checks_of_update() {
    let fixture = Fixture::default().with(stored());
    let unknown = PartitionRequest { id: "muc".to_owned(), dns_servers: Some(dns(&["x"])), ..request() };
    fixture.refused("unknown id", &update(unknown), NotFound, "NotFound no partition with id \"muc\" found");
    let servers = PartitionRequest { ntp_servers: Some(ntp(&[""])), ..request() };
    let message = "dns name: {} for ntp server not correct";
    fixture.refused("servers validated", &update(servers), BadRequest, message);
}

#[test]
fn delete_is_not_guarded() {
    let mut inside = machine("m1", "p", "i");
    inside.partition = "fra".into();
    let fixture = Fixture::default().with(stored()).with(inside);
    let delete = PartitionDelete("fra".to_owned());
    assert_eq!(fixture.ask(&delete), Ok(Answer::Partition(Box::new(stored()))));
    assert_eq!(fixture.ask(&delete), Err(Refusal::not_found("partition", "fra")));
}
