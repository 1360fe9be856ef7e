//! The rows of api-resources 5.6 about filesystem layouts.

use super::*;
use crate::fixture::rows;
use crate::ids::{LayoutId, SizeId};
use crate::machine::{Disk, Hardware};
use crate::masterdata::MasterdataCommand;
use crate::masterdata::fixture::{BEFORE, Fixture};
use crate::masterdata::{
    Filesystem, LayoutConstraints, LayoutDisk, LayoutPartition, LogicalVolume, Raid, VolumeGroup,
};
use crate::refusal::RefusalKind::{self, BadRequest, Conflict, NotFound, Unprocessable};

fn partition(number: i64, size: i64) -> LayoutPartition {
    LayoutPartition { number, size, gpttype: Some("8300".to_owned()), label: None }
}

fn disk(device: &str, partitions: &[LayoutPartition]) -> LayoutDisk {
    LayoutDisk { device: device.to_owned(), partitions: partitions.to_vec(), wipeonreinstall: false }
}

fn filesystem(path: &str, device: &str, format: &str) -> Filesystem {
    Filesystem {
        path: Some(path.to_owned()),
        device: device.to_owned(),
        format: format.to_owned(),
        ..Filesystem::default()
    }
}

fn raid(name: &str, devices: &[&str], level: &str) -> Raid {
    Raid { arrayname: name.to_owned(), devices: words(devices), level: level.to_owned(), ..Raid::default() }
}

fn group(name: &str, devices: &[&str]) -> VolumeGroup {
    VolumeGroup { name: name.to_owned(), devices: words(devices), tags: Vec::new() }
}

fn volume(name: &str, size: i64, lvmtype: &str) -> LogicalVolume {
    LogicalVolume {
        name: name.to_owned(),
        volumegroup: "vgroot".to_owned(),
        size,
        lvmtype: lvmtype.to_owned(),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn claims(sizes: &[&str], images: &[(&str, &str)]) -> LayoutConstraints {
    LayoutConstraints {
        sizes: words(sizes),
        images: images.iter().map(|(os, version)| ((*os).to_owned(), (*version).to_owned())).collect(),
    }
}

/// Two partitions on one disk, for one size.
fn plain(id: &str) -> Layout {
    Layout {
        id: id.into(),
        disks: vec![disk("/dev/sda", &[partition(1, 500), partition(2, 0)])],
        filesystems: vec![
            Filesystem {
                createoptions: words(&["-F", "32"]),
                ..filesystem("/boot/efi", "/dev/sda1", "vfat")
            },
            filesystem("/", "/dev/sda2", "ext4"),
            filesystem("/tmp", "tmpfs", "tmpfs"),
        ],
        constraints: claims(&["c1-large"], &[("ubuntu", "*")]),
        ..Layout::default()
    }
}

/// Two NVMe disks, an array of their first partitions and volumes on their second ones.
fn mirrored(id: &str) -> Layout {
    let nvme = |n: u8| disk(&format!("/dev/nvme{n}n1"), &[partition(1, 500), partition(2, 0)]);
    Layout {
        id: id.into(),
        disks: vec![nvme(0), nvme(1)],
        raid: vec![raid("/dev/md1", &["/dev/nvme0n1p1", "/dev/nvme1n1p1"], "1")],
        volumegroups: vec![group("vgroot", &["/dev/nvme0n1p2", "/dev/nvme1n1p2"])],
        logicalvolumes: vec![volume("boot", 500, "raid1"), volume("/var", 0, "striped")],
        filesystems: vec![
            filesystem("/boot", "/dev/vgroot/boot", "ext4"),
            filesystem("/var", "/dev/vgroot/var", "ext4"),
            filesystem("/boot/efi", "/dev/md1", "vfat"),
        ],
        ..Layout::default()
    }
}

fn with(base: Layout, change: impl FnOnce(&mut Layout)) -> Layout {
    let mut layout = base;
    change(&mut layout);
    layout
}

fn create(layout: Layout) -> MasterdataCommand {
    MasterdataCommand::LayoutCreate(Box::new(layout))
}

fn update(layout: Layout) -> MasterdataCommand {
    MasterdataCommand::LayoutUpdate(Box::new(layout))
}

#[test]
fn sensible_layouts_are_taken_and_replaced_as_a_whole() {
    let fixture = Fixture::default();
    for layout in [plain("a"), mirrored("b"), Layout { id: "empty".into(), ..Layout::default() }] {
        let id = layout.id.0.clone();
        assert_eq!(
            fixture.ask(&create(layout.clone())),
            Ok(Answer::Layout(Box::new(layout.clone()))),
            "{id}"
        );
        assert_eq!(*fixture.world.layouts.get(&id).unwrap().value, layout);
    }
    let bare = Layout { id: "a".into(), ..Layout::default() };
    fixture.ask(&update(bare.clone())).unwrap();
    assert_eq!(*fixture.world.layouts.get("a").unwrap().value, bare);
    let delete = MasterdataCommand::LayoutDelete("a".to_owned());
    assert_eq!(fixture.ask(&delete), Ok(Answer::Layout(Box::new(bare))));
    assert_eq!(fixture.ask(&delete), Err(Refusal::not_found("filesystemlayout", "a")));
}

/// Every row is wrong in what all rows below it are, too.
#[test]
fn order_of_checks_of_5_6() {
    let fixture = Fixture::default().with(plain("taken"));
    let colliding = |id: &str| plain(id);
    let against_rules = |id: &str| with(colliding(id), |l| l.disks.clear());
    let wrong_word = |id: &str| with(against_rules(id), |l| l.filesystems[0].format = "ext5".to_owned());
    let format = "given format:ext5 is not supported, but:ext3,ext4,none,swap,tmpfs,vfat";
    let rule = "device:/dev/sda1 for filesystem:/boot/efi is not configured";
    let collision = "these combinations already exist:c1-large->[ubuntu *]";
    let rows: [(&str, MasterdataCommand, RefusalKind, &str); 9] = [
        ("create: id empty", create(wrong_word("")), BadRequest, "id should not be empty"),
        ("create: taken", create(wrong_word("taken")), Conflict, "filesystemlayout:taken already exists"),
        ("create: enum", create(wrong_word("new")), Unprocessable, format),
        ("create: rule", create(against_rules("new")), BadRequest, rule),
        ("create: cross", create(colliding("new")), BadRequest, collision),
        (
            "update: unknown",
            update(wrong_word("new")),
            NotFound,
            "NotFound no filesystemlayout with id \"new\" found",
        ),
        ("update: enum", update(wrong_word("taken")), Unprocessable, format),
        ("update: rule", update(against_rules("taken")), BadRequest, rule),
        ("update: cross", update(colliding("mine")), BadRequest, collision),
    ];
    let fixture = fixture.with(Layout { id: "mine".into(), ..Layout::default() });
    for (row, command, kind, message) in rows {
        fixture.refused(row, &command, kind, message);
    }
    assert!(fixture.ask(&update(plain("taken"))).is_ok(), "its own old version is no rival");
}

#[test]
fn enum_errors_of_5_6() {
    let rows = [
        (
            with(plain("a"), |l| l.filesystems[1].format = "ext5".to_owned()),
            "given format:ext5 is not supported, but:ext3,ext4,none,swap,tmpfs,vfat",
        ),
        (
            with(plain("a"), |l| l.disks[0].partitions[1].gpttype = Some("8301".to_owned())),
            "given GPTType:8301 is not supported, but:8300,8e00,ef00,fd00",
        ),
        (
            with(mirrored("a"), |l| l.raid[0].level = "raid5".to_owned()),
            "given raidlevel:raid5 is not supported, but:0,1",
        ),
        (
            with(mirrored("a"), |l| l.logicalvolumes[1].lvmtype = "raid5".to_owned()),
            "given lvmtype:raid5 is not supported, but:linear,raid1,striped",
        ),
    ];
    for (layout, message) in rows {
        Fixture::default().refused(message, &create(layout), Unprocessable, message);
    }
    let untyped = with(plain("a"), |l| l.disks[0].partitions[1].gpttype = None);
    assert_eq!(kinds::check(&untyped), Ok(()));
}

/// The rule, its message and how to break it.
type BrokenRule = (&'static str, &'static str, fn(&mut Layout));

/// In the order of the table.
fn broken_rules() -> Vec<BrokenRule> {
    vec![
        ("a disk twice", "device:nvme0n1 given more than once", |l| {
            l.disks[1].device = "nvme0n1".to_owned();
        }),
        ("numbers unique", "device:/dev/nvme0n1 partition number:1 given more than once", |l| {
            l.disks[0].partitions[1].number = 1;
        }),
        ("numbers in range", "device:/dev/nvme0n1 partition number:9 is not within 0..2", |l| {
            l.disks[0].partitions[0].number = 9;
        }),
        ("size not negative", "device:/dev/nvme0n1 partition number:1 has a negative size", |l| {
            l.disks[0].partitions[0].size = -1;
        }),
        ("size 0 is last", "device:/dev/nvme0n1 variable sized partition not the last one", |l| {
            l.disks[0].partitions[0].size = 0;
            l.disks[0].partitions[1].size = 500;
        }),
        ("raid devices", "device:/dev/nvme0n12 not provided by disk for raid:/dev/md1", |l| {
            l.raid[0].devices[0] = "/dev/nvme0n12".to_owned();
        }),
        ("raid level", "given raidlevel:6 is not supported", |l| l.raid[0].level = "6".to_owned()),
        ("vg devices", "device:/dev/sdx not provided by machine for vg:vgroot", |l| {
            l.volumegroups[0].devices.push("/dev/sdx".to_owned());
        }),
        ("lv size not negative", "lv:boot in vg:vgroot, has a negative size", |l| {
            l.logicalvolumes[0].size = -1;
        }),
        ("lv size 0 is last", "lv:boot in vg:vgroot, variable sized lv must be the last", |l| {
            l.logicalvolumes[0].size = 0;
        }),
        ("lv's vg", "volumegroup:vgroot not configured for lv:boot", |l| {
            l.volumegroups[0].name = "vg9".to_owned();
        }),
        (
            "raid1 needs two",
            "fsl:\"a\" lv:boot in vg:vgroot is configured for lvmtype:raid1 but has only 1 disk, consider linear instead",
            |l| l.volumegroups[0].devices.truncate(1),
        ),
        ("filesystem's device", "device:/dev/vgroot/home for filesystem:/boot is not configured", |l| {
            l.filesystems[0].device = "/dev/vgroot/home".to_owned();
        }),
        ("a path twice", "filesystem:/boot/ given more than once", |l| {
            l.filesystems[1].path = Some("/boot/".to_owned());
            l.filesystems[1].format = "ext4".to_owned();
        }),
        (
            "create options",
            "the given createoption:\"-F 32\" contains whitespace and must be split into separate options",
            |l| l.filesystems[2].createoptions = words(&["-F 32"]),
        ),
        ("image os", "just '*' is not allowed as image os constraint", |l| {
            l.constraints.images.insert("*".to_owned(), "*".to_owned());
        }),
        (
            "image version",
            "given imageconstraint:>=10.0.1 is not valid, missing space between op and version? invalid semantic version",
            |l| {
                l.constraints.images.insert("debian".to_owned(), ">=10.0.1".to_owned());
            },
        ),
        ("size wildcard", "no wildcard allowed in size constraint", |l| {
            l.constraints.sizes.push("c1-*".to_owned());
        }),
        ("size twice", "size c1-large is configured more than once", |l| {
            l.constraints.sizes.extend(words(&["c1-large", "c1-large"]));
        }),
    ]
}

#[test]
fn layout_rules_of_5_6() {
    for (row, message, break_it) in broken_rules() {
        let layout = with(mirrored("a"), break_it);
        assert_eq!(rules::check(&layout), Err(message.to_owned()), "{row}");
        if row != "raid level" {
            Fixture::default().refused(row, &create(layout), BadRequest, message);
        }
    }
}

#[test]
fn the_first_broken_rule_is_told() {
    let rules = broken_rules();
    for ((first, message, break_first), (second, _, break_second)) in rules.iter().zip(rules.iter().skip(1)) {
        if ["numbers unique", "lv size not negative"].contains(first) {
            continue; // breaks the same number as the next row
        }
        let layout = with(with(mirrored("a"), *break_second), *break_first);
        assert_eq!(rules::check(&layout), Err((*message).to_owned()), "{first} before {second}");
    }
}

#[test]
fn what_counts_as_provided() {
    let rows: Vec<(&str, Layout)> = vec![
        ("a whole disk", with(plain("a"), |l| l.filesystems[1].device = "/dev/sda".to_owned())),
        ("an array", with(mirrored("a"), |l| l.volumegroups[0].devices[0] = "/dev/md1".to_owned())),
        ("a raid of whole disks", with(mirrored("a"), |l| l.raid[0].devices = words(&["/dev/nvme0n1"]))),
        (
            "a single striped disk less, linear",
            with(mirrored("a"), |l| {
                l.volumegroups[0].devices.truncate(1);
                l.logicalvolumes = vec![volume("boot", 1, "linear"), volume("var", 0, "linear")];
            }),
        ),
        ("nothing for tmpfs", with(plain("a"), |l| l.filesystems[2].device = "nowhere".to_owned())),
        ("equal sizes in any order", with(plain("a"), |l| l.disks[0].partitions.reverse())),
    ];
    for (row, layout) in rows {
        assert_eq!(rules::check(&layout), Ok(()), "{row}");
    }
    let without_path = with(plain("a"), |l| {
        l.filesystems[1].path = None;
        l.filesystems[1].device = "/dev/sdb1".to_owned();
    });
    let message = "device:/dev/sdb1 for filesystem: is not configured";
    assert_eq!(rules::check(&without_path), Err(message.to_owned()), "a null path prints empty");
}

#[test]
fn cross_layout_rule_of_5_6() {
    let rows = [
        ("star and anything", ("c1", "*"), ("c1", ">= 10"), true),
        ("anything and star", ("c1", ">= 10"), ("c1", "*"), true),
        ("two stars", ("c1", "*"), ("c1", "*"), true),
        ("the same text", ("c1", ">= 10"), ("c1", ">= 10"), false),
        ("one-sided", ("c1", ">= 10"), ("c1", ">= 11"), false),
        ("two-sided", ("c1", ">= 10"), ("c1", "<= 11"), true),
        ("disjoint", ("c1", "< 10"), ("c1", ">= 10"), false),
        ("other size", ("c1", "*"), ("c2", "*"), false),
    ];
    for (row, (size, version), (other_size, other_version), collide) in rows {
        let layout = |id: &str, size, version| Layout {
            id: id.into(),
            constraints: claims(&[size], &[("ubuntu", version)]),
            ..Layout::default()
        };
        let fixture = Fixture::default().with(layout("old", other_size, other_version));
        let command = create(layout("new", size, version));
        if collide {
            let message = format!("these combinations already exist:{size}->[ubuntu {version}]");
            fixture.refused(row, &command, BadRequest, &message);
        } else {
            assert!(fixture.ask(&command).is_ok(), "{row}");
        }
    }
}

#[test]
fn all_collisions_are_listed_and_layouts_without_constraints_are_free() {
    let layout = |id: &str, constraints| Layout { id: id.into(), constraints, ..Layout::default() };
    let two_of_each = claims(&["c1", "c2"], &[("debian", "*"), ("ubuntu", "*")]);
    let fixture = Fixture::default()
        .with(layout("a", claims(&["c1"], &[("debian", "*"), ("ubuntu", "*")])))
        .with(layout("b", claims(&["c2"], &[("ubuntu", "24")])))
        .with(layout("free", LayoutConstraints::default()));
    let message = "these combinations already exist:c1->[debian * ubuntu *],c2->[ubuntu *]";
    fixture.refused("listed", &create(layout("new", two_of_each)), BadRequest, message);
    assert!(fixture.ask(&create(layout("free2", LayoutConstraints::default()))).is_ok());
}

fn library() -> Fixture {
    let layout = |id: &str, constraints| Layout { id: LayoutId::from(id), constraints, ..Layout::default() };
    Fixture::default()
        .with(layout("a-free", LayoutConstraints::default()))
        .with(layout("b-new", claims(&["c1"], &[("debian", ">= 12")])))
        .with(layout("c-old", claims(&["c1", "c2"], &[("debian", "< 12"), ("ubuntu", "*")])))
        .with(layout("d-same", claims(&["c1"], &[("debian", ">= 12")])))
        .with(layout("e-damaged", claims(&["c3"], &[("debian", "?")])))
}

fn choose_for(fixture: &Fixture, size: &str, id: &str) -> Result<String, Refusal> {
    let (os, version) = crate::masterdata::image::parse(id).unwrap();
    let image = rows::image(id, os, &version.to_string(), BEFORE);
    choose(&fixture.world, &SizeId::from(size), &image).map(|layout| layout.id.0)
}

#[test]
fn try_row_of_5_6() {
    let rows = [
        ("c1", "debian-12.0.20260101", Some("b-new")),
        ("c1", "debian-11.9", Some("c-old")),
        ("c2", "ubuntu-24.04", Some("c-old")),
        ("c2", "debian-12", None),
        ("c1", "suse-15", None),
        ("c3", "debian-12", None),
        ("c4", "debian-12", None),
    ];
    let fixture = library();
    for (size, image, expected) in rows {
        let message = format!("could not find a matching filesystemLayout for size:{size} and image:{image}");
        let expected = expected.map(str::to_owned).ok_or_else(|| Refusal::unprocessable(message));
        assert_eq!(choose_for(&fixture, size, image), expected, "{size} {image}");
        let literal = choose_literally(&fixture.world, size, image).map(|layout| layout.id.0);
        assert_eq!(literal, expected, "{size} {image}");
    }
    let refusal = choose_literally(&fixture.world, "c1", "debian").unwrap_err();
    assert_eq!(refusal.kind, Unprocessable);
}

#[test]
fn matches_row_of_5_6() {
    let mib = 1 << 20;
    let hardware = |disks: &[(&str, u64)]| Hardware {
        disks: disks
            .iter()
            .map(|(name, size_bytes)| Disk { name: (*name).to_owned(), size_bytes: *size_bytes })
            .collect(),
        ..Hardware::default()
    };
    let layout = Layout {
        disks: vec![
            disk("/dev/sda", &[partition(1, 500), partition(2, 5000), partition(3, 0)]),
            disk("/dev/sdb", &[partition(1, 200)]),
        ],
        ..Layout::default()
    };
    let torn = Layout {
        disks: vec![disk("/dev/sda", &[partition(1, 500)]), disk("sda", &[partition(2, 500)])],
        ..Layout::default()
    };
    let too_small = check_fits(&torn, &hardware(&[("/dev/sda", 600 * mib)])).unwrap_err();
    assert_eq!(
        too_small.message, "device:/dev/sda is not big enough required:1000MiB, existing:600MiB",
        "a row of before"
    );
    let rows = [
        ("fits exactly", hardware(&[("/dev/sda", 5500 * mib), ("/dev/sdb", 200 * mib)]), None),
        ("names without /dev/", hardware(&[("sdb", 200 * mib), ("sda", 5500 * mib)]), None),
        (
            "a disk more",
            hardware(&[("/dev/sda", 5500 * mib), ("/dev/sdb", 200 * mib), ("/dev/sdc", 1)]),
            None,
        ),
        (
            "missing",
            hardware(&[("/dev/sda", 5500 * mib)]),
            Some("device:/dev/sdb does not exist on given hardware"),
        ),
        (
            "too small by a byte, rounded down",
            hardware(&[("/dev/sda", 5500 * mib), ("/dev/sdb", 200 * mib - 1)]),
            Some("device:/dev/sdb is not big enough required:200MiB, existing:199MiB"),
        ),
        (
            "too small, first disk first",
            hardware(&[("/dev/sda", 95 * mib), ("/dev/sdb", 95 * mib)]),
            Some("device:/dev/sda is not big enough required:5500MiB, existing:95MiB"),
        ),
    ];
    for (row, hardware, message) in rows {
        let expected = message.map_or(Ok(()), |message| Err(Refusal::unprocessable(message)));
        assert_eq!(check_fits(&layout, &hardware), expected, "{row}");
    }
}

#[test]
fn a_layout_that_wipes_a_disk_is_reinstallable() {
    assert!(!reinstallable(&plain("a")));
    assert!(reinstallable(&with(mirrored("a"), |l| l.disks[1].wipeonreinstall = true)));
}
