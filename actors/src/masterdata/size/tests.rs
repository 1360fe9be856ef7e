//! The rows of api-resources 5.2 about sizes, and which size a machine has.

use super::*;
use crate::fixture::rows;
use crate::machine::{Disk, Gpu, Hardware, Processor};
use crate::masterdata::MasterdataCommand;
use crate::masterdata::fixture::{Fixture, NOW};
use crate::refusal::RefusalKind::{BadRequest, Conflict, NotFound, Unprocessable};
use crate::store::Generation;
use crate::time::Timestamp;

fn constraint(kind: &str, min: u64, max: u64, identifier: &str) -> Constraint {
    Constraint { kind: kind.to_owned(), min, max, identifier: identifier.to_owned() }
}

fn size(id: &str, constraints: &[Constraint]) -> Size {
    Size {
        constraints: constraints.to_vec(),
        labels: std::collections::BTreeMap::new(),
        ..rows::size(id, Timestamp::ZERO)
    }
}

fn world(sizes: &[Size]) -> World {
    let world = World::default();
    for size in sizes {
        world.insert(Generation(1), size.clone());
    }
    world
}

fn cpu(model: &str, cores: u32) -> Processor {
    Processor { vendor: "GenuineIntel".to_owned(), model: model.to_owned(), cores, threads: cores }
}

fn disk(name: &str, size_bytes: u64) -> Disk {
    Disk { name: name.to_owned(), size_bytes }
}

fn gpu(model: &str) -> Gpu {
    Gpu { vendor: "NVIDIA".to_owned(), model: model.to_owned() }
}

/// A virtual machine of the mini-lab.
fn small_vm() -> Hardware {
    Hardware {
        memory_bytes: 2_147_483_648,
        disks: vec![disk("/dev/sda", 10_737_418_240)],
        cpus: vec![cpu("QEMU Virtual CPU", 1)],
        ..Hardware::default()
    }
}

/// A storage server with 2 NVMe and 44 SATA disks.
fn storage_server() -> Hardware {
    let nvme = (0..2).map(|n| disk(&format!("/dev/nvme{n}n1"), 800_166_076_416));
    let sata = (0..44).map(|n| disk(&format!("/dev/sd{n}"), 1_000_204_886_016));
    Hardware {
        memory_bytes: 101_646_020_608,
        disks: nvme.chain(sata).collect(),
        cpus: vec![cpu("Intel(R) Xeon(R) D-2141I CPU @ 2.20GHz", 8)],
        ..Hardware::default()
    }
}

/// `v1-small-x86` of the mini-lab.
fn small() -> Size {
    size(
        "v1-small-x86",
        &[
            constraint("cores", 1, 4, ""),
            constraint("memory", 500_000_000, 4_000_000_000, ""),
            constraint("storage", 1_000_000_000, 100_000_000_000, ""),
        ],
    )
}

fn storage() -> Size {
    size(
        "s2-xlarge-x86",
        &[
            constraint("cores", 8, 8, "Intel(R) Xeon(R) D-*"),
            constraint("memory", 90_000_000_000, 110_000_000_000, ""),
            constraint("storage", 1_500_000_000_000, 1_700_000_000_000, "/dev/nvme*"),
            constraint("storage", 40_000_000_000_000, 50_000_000_000_000, "/dev/sd*"),
        ],
    )
}

#[test]
fn real_hardware_finds_its_one_size() {
    let sizes = world(&[small(), storage(), size("without-constraints", &[])]);
    assert_eq!(matching(&sizes, &small_vm()).as_str(), "v1-small-x86");
    assert_eq!(matching(&sizes, &storage_server()).as_str(), "s2-xlarge-x86");
}

#[test]
fn none_or_several_sizes_are_unknown() {
    assert_eq!(matching(&World::default(), &small_vm()).as_str(), "unknown");
    assert_eq!(matching(&world(&[storage()]), &small_vm()).as_str(), "unknown");
    let twin = Size { id: "twin".into(), ..small() };
    assert_eq!(matching(&world(&[small(), twin]), &small_vm()).as_str(), "unknown");
}

#[test]
fn limits_are_inclusive() {
    for (memory_bytes, expected) in [
        (499_999_999, "unknown"),
        (500_000_000, "v1-small-x86"),
        (4_000_000_000, "v1-small-x86"),
        (4_000_000_001, "unknown"),
    ] {
        let hardware = Hardware { memory_bytes, ..small_vm() };
        assert_eq!(matching(&world(&[small()]), &hardware).as_str(), expected, "{memory_bytes}");
    }
}

#[test]
fn every_class_of_hardware_must_be_covered() {
    let complete = small().constraints;
    for left_out in ["cores", "memory", "storage"] {
        let rest: Vec<_> = complete.iter().filter(|one| one.kind != left_out).cloned().collect();
        assert_eq!(matching(&world(&[size("a", &rest)]), &small_vm()).as_str(), "unknown", "{left_out}");
    }
    let with_gpu = Hardware { gpus: vec![gpu("H100 PCIe")], ..small_vm() };
    assert_eq!(matching(&world(&[small()]), &with_gpu).as_str(), "unknown");
    let mut constraints = complete.clone();
    constraints.push(constraint("gpu", 1, 1, "H100*"));
    assert_eq!(matching(&world(&[size("g1", &constraints)]), &with_gpu).as_str(), "g1");
    assert_eq!(matching(&world(&[size("g1", &constraints)]), &small_vm()).as_str(), "unknown");
}

#[test]
fn rows_of_the_matching_table() {
    let mut two_cpus = small_vm();
    two_cpus.cpus.push(cpu("Other CPU", 2));
    two_cpus.disks.push(disk("/dev/nvme0n1", 10_737_418_240));
    let rest = |kind: &str| -> Vec<Constraint> {
        small().constraints.into_iter().filter(|one| one.kind != kind).collect()
    };
    let rows = [
        ("cores are summed", "cores", vec![constraint("cores", 3, 3, "")], true),
        ("of all cpus", "cores", vec![constraint("cores", 1, 1, "")], false),
        (
            "cores whose model matches",
            "cores",
            vec![constraint("cores", 1, 1, "QEMU*"), constraint("cores", 2, 2, "Other*")],
            true,
        ),
        ("one cpu is left over", "cores", vec![constraint("cores", 1, 1, "QEMU*")], false),
        (
            "storage is summed",
            "storage",
            vec![constraint("storage", 21_474_836_480, 21_474_836_480, "")],
            true,
        ),
        ("a star stops at a slash", "storage", vec![constraint("storage", 0, u64::MAX, "*")], false),
        (
            "disks by name",
            "storage",
            vec![
                constraint("storage", 1, u64::MAX, "/dev/sd?"),
                constraint("storage", 1, u64::MAX, "/dev/nvme*"),
            ],
            true,
        ),
        ("one disk is left over", "storage", vec![constraint("storage", 1, u64::MAX, "/dev/sd?")], false),
        ("an unknown type never matches", "", vec![constraint("fans", 0, u64::MAX, "")], false),
        ("a damaged pattern never matches", "storage", vec![constraint("storage", 0, u64::MAX, "[")], false),
        ("no gpu is none to cover", "", vec![constraint("gpu", 0, 0, "H100")], true),
    ];
    for (name, replaced, with, expected) in rows {
        let mut constraints = rest(replaced);
        constraints.extend(with);
        let found = matching(&world(&[size("a", &constraints)]), &two_cpus);
        assert_eq!(found.as_str() == "a", expected, "{name}");
    }
}

#[test]
fn a_sum_that_overflows_is_a_large_sum() {
    let hardware =
        Hardware { disks: vec![disk("/dev/sda", u64::MAX), disk("/dev/sdb", u64::MAX)], ..small_vm() };
    assert_eq!(matching(&world(&[small()]), &hardware).as_str(), "unknown");
}

#[test]
fn overlap_of_two_sizes() {
    let cores = |min, max| constraint("cores", min, max, "");
    let memory = |min, max| constraint("memory", min, max, "");
    let disks = |min, max, name| constraint("storage", min, max, name);
    let rows = [
        ("one has none", vec![], vec![cores(1, 1)], false),
        ("one lacks a type", vec![cores(1, 1)], vec![cores(1, 1), memory(1, 1)], false),
        ("all pairs intersect", vec![cores(1, 4), memory(1, 4)], vec![cores(4, 8), memory(2, 3)], true),
        ("one pair does not", vec![cores(1, 4), memory(1, 4)], vec![cores(4, 8), memory(5, 6)], false),
        ("identifiers differ", vec![disks(1, 9, "/dev/sd*")], vec![disks(1, 9, "/dev/s*")], false),
        ("identifiers are the same text", vec![disks(1, 9, "/dev/sd*")], vec![disks(9, 9, "/dev/sd*")], true),
        (
            "one of several pairs differs",
            vec![disks(1, 9, "a"), disks(1, 9, "b")],
            vec![disks(1, 9, "a")],
            false,
        ),
    ];
    for (name, left, right, expected) in rows {
        let (a, b) = (size("a", &left), size("b", &right));
        assert_eq!(overlap::overlap(&a, &b), expected, "{name}");
        assert_eq!(overlap::overlap(&b, &a), expected, "{name}, turned");
    }
    assert!(!overlap::overlap(&small(), &small()), "a size never conflicts with itself");
}

fn request(id: &str, constraints: &[Constraint]) -> SizeRequest {
    SizeRequest { id: id.to_owned(), constraints: Some(constraints.to_vec()), ..SizeRequest::default() }
}

fn create(request: SizeRequest) -> MasterdataCommand {
    MasterdataCommand::SizeCreate(Box::new(request))
}

fn update(request: SizeRequest) -> MasterdataCommand {
    MasterdataCommand::SizeUpdate(Box::new(request))
}

#[test]
fn checks_of_create_in_the_order_of_5_2() {
    let fixture = Fixture::default().with(small());
    let bad = [constraint("cores", 4, 1, "")];
    let same = small().constraints;
    let both =
        [constraint("cores", 4, 1, ""), constraint("memory", 1, 4, ""), constraint("memory", 1, 4, "x")];
    let rows = [
        ("id empty", request("", &bad), BadRequest, "id should not be empty"),
        ("id unknown", request("unknown", &bad), BadRequest, "id cannot be \"unknown\""),
        (
            "constraint invalid",
            request("v1-small-x86", &bad),
            Unprocessable,
            "size \"v1-small-x86\" is invalid: constraint at index 0 is invalid: max is smaller than min",
        ),
        (
            "all collected",
            request("a", &both),
            Unprocessable,
            "size \"a\" is invalid: constraint at index 0 is invalid: max is smaller than min\n\
             constraint at index 2 is invalid: for memory constraints an identifier is not allowed\n\
             constraint at index 2 is invalid: type duplicates are not allowed for type \"memory\"",
        ),
        ("overlaps", request("a", &same), BadRequest, "size \"a\" overlaps with \"v1-small-x86\""),
        (
            "id taken, though identical",
            request("v1-small-x86", &same),
            Conflict,
            "Conflict cannot create size in database, entity already exists: v1-small-x86",
        ),
    ];
    for (row, request, kind, message) in rows {
        fixture.refused(row, &create(request), kind, message);
    }
}

#[test]
fn reasons_for_an_invalid_constraint() {
    let rows = [
        (constraint("storage", 2, 1, ""), Some("max is smaller than min")),
        (constraint("storage", 1, 2, "/dev/[sd"), Some("identifier is malformed: syntax error in pattern")),
        (constraint("gpu", 1, 1, ""), Some("for gpu constraints an identifier is required")),
        (constraint("memory", 1, 2, "x"), Some("for memory constraints an identifier is not allowed")),
        (constraint("fans", 1, 2, "x"), None),
        (constraint("cores", 0, 0, ""), None),
    ];
    for (constraint, reason) in rows {
        assert_eq!(problem(&constraint).as_deref(), reason, "{constraint:?}");
    }
    for (kind, identifier, may_repeat) in
        [("cores", "", false), ("memory", "", false), ("storage", "", true), ("gpu", "a", true)]
    {
        let twice = [constraint(kind, 1, 2, identifier), constraint(kind, 1, 2, identifier)];
        let expected =
            format!("constraint at index 1 is invalid: type duplicates are not allowed for type \"{kind}\"");
        let expected = if may_repeat { vec![] } else { vec![expected] };
        assert_eq!(problems(&twice), expected, "{kind}");
    }
}

#[test]
fn update_sets_what_is_present_and_checks_again() {
    let large = [constraint("cores", 8, 8, "")];
    let fixture = Fixture::default().with(small()).with(size("b", &large));
    let name =
        SizeRequest { id: "v1-small-x86".to_owned(), name: Some("n".to_owned()), ..SizeRequest::default() };
    fixture.ask(&update(name)).unwrap();
    let expected = Size { name: "n".to_owned(), changed: NOW, ..small() };
    assert_eq!(*fixture.world.sizes.get("v1-small-x86").unwrap().value, expected);

    let unknown = "NotFound no size with id \"x\" found";
    fixture.refused("unknown id", &update(request("x", &[])), NotFound, unknown);
    let message = "size \"v1-small-x86\" overlaps with \"b\"";
    fixture.refused("overlap", &update(request("v1-small-x86", &large)), BadRequest, message);
    let message =
        "size \"v1-small-x86\" is invalid: constraint at index 0 is invalid: max is smaller than min";
    let bad = request("v1-small-x86", &[constraint("cores", 2, 1, "")]);
    fixture.refused("invalid", &update(bad), Unprocessable, message);

    fixture.ask(&update(request("v1-small-x86", &[]))).unwrap();
    assert!(fixture.world.sizes.get("v1-small-x86").unwrap().constraints.is_empty(), "an empty list clears");
}

#[test]
fn delete_does_not_look_at_machines() {
    let mut with_size = crate::masterdata::fixture::machine("m1", "p", "i");
    with_size.size = "v1-small-x86".into();
    let fixture = Fixture::default().with(small()).with(with_size);
    let delete = MasterdataCommand::SizeDelete("v1-small-x86".to_owned());
    assert_eq!(fixture.ask(&delete), Ok(Answer::Size(Box::new(small()))));
    assert_eq!(fixture.ask(&delete), Err(Refusal::not_found("size", "v1-small-x86")));
}
