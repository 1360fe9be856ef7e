use super::*;
use crate::federation::fixture::{AT, IMAGE, MACHINE, insert, inventory, keys, world};
use crate::fixture::rows;
use crate::record::machine::Machine;
use crate::record::network::{Network, NetworkType};
use crate::switch::fixture::sonic;
use crate::world::World;

fn said(joiner: &Inventory, member: &Inventory) -> Vec<String> {
    let comparison = compare(joiner, &"plant-a".into(), member);
    let listed = comparison.findings.iter().filter(|finding| finding.severity == Severity::Conflict).count();
    assert_eq!((comparison.conflicts, comparison.left_out()), (listed as u64, 0));
    let word = |severity| if severity == Severity::Conflict { "conflict" } else { "remark" };
    comparison
        .findings
        .iter()
        .map(|finding| format!("{}: {}", word(finding.severity), finding.text))
        .collect()
}

/// The findings about a plant that differs from an empty one by `change`.
fn after(change: impl FnOnce(&mut Inventory, &mut Inventory)) -> Vec<String> {
    let [mut joiner, mut member] =
        ["plant-b", "plant-a"].map(|partition| inventory(partition, &World::default()));
    change(&mut joiner, &mut member);
    said(&joiner, &member)
}

#[test]
fn two_plants_with_nothing_in_common_have_no_finding() {
    assert!(after(|_, _| ()).is_empty());
    let joiner = inventory("plant-b", &World::default());
    assert!(said(&joiner, &inventory("plant-a", &world())).is_empty());
}

/// What both have is no conflict if users set the same, as of fresh plants with the same images and sizes.
#[test]
fn the_same_content_is_no_conflict() {
    let shared = |later: i64| {
        let world = World::default();
        let at = crate::time::Timestamp::from_millis(later);
        insert(&world, rows::size("s", at));
        insert(&world, crate::masterdata::Layout { id: "l".into(), ..crate::masterdata::Layout::default() });
        world
    };
    assert!(said(&inventory("plant-b", &shared(1)), &inventory("plant-a", &shared(2))).is_empty());
}

#[test]
fn every_kind_of_id_with_other_content_is_a_conflict_with_a_way_out() {
    let joiner = inventory("plant-b", &world());
    let mut member = inventory("plant-a", &world());
    let others = [
        &mut member.partitions,
        &mut member.tenants,
        &mut member.projects,
        &mut member.sizes,
        &mut member.size_reservations,
        &mut member.size_image_constraints,
        &mut member.images,
        &mut member.layouts,
        &mut member.networks,
    ];
    others.into_iter().flat_map(|contents| contents.values_mut()).for_each(|digest| digest.0[0] ^= 1);
    member.prefixes.clear();
    member.machines.clear();
    member.switches.clear();
    expect_test::expect![[r#"
        conflict: partition plant-a has other content in plant-a: delete it in the plant that serves another partition, or give both the same content
        conflict: tenant old-tenant has other content in plant-a: rename the joiner's with join --rename old-tenant=old-tenant-plant-b, or give both the same content
        conflict: project old-project has other content in plant-a: rename the joiner's with join --rename old-project=old-project-plant-b, or give both the same content
        conflict: size old-size has other content in plant-a: rename the joiner's with join --rename old-size=old-size-plant-b, or give both the same content
        conflict: sizereservation r has other content in plant-a: delete one of both, or give both the same content
        conflict: sizeimageconstraint old-size has other content in plant-a: delete one of both, or give both the same content
        conflict: image ubuntu-26.4.77001 has other content in plant-a: rename the joiner's with join --rename ubuntu-26.4.77001=ubuntu-26.4.77002, or give both the same content
        conflict: filesystemlayout old-layout has other content in plant-a: rename the joiner's with join --rename old-layout=old-layout-plant-b, or give both the same content
        conflict: network old-child has other content in plant-a: rename the joiner's with join --rename old-child=old-child-plant-b, or give both the same content
        conflict: network old-internet has other content in plant-a: rename the joiner's with join --rename old-internet=old-internet-plant-b, or give both the same content
        conflict: network old-super has other content in plant-a: rename the joiner's with join --rename old-super=old-super-plant-b, or give both the same content"#]].assert_eq(&said(&joiner, &member).join("\n"));
}

#[test]
fn names_that_are_taken_are_not_proposed() {
    let mut joiner = inventory("plant-b", &world());
    let mut member = inventory("plant-a", &World::default());
    let other = Digest([0; 32]);
    member.networks.insert("old-internet".to_owned(), other);
    member.networks.insert("old-internet-plant-b".to_owned(), other);
    joiner.networks.insert("old-internet-plant-b-2".to_owned(), other);
    joiner.tenants.insert("old-internet".to_owned(), other);
    member.images.insert(IMAGE.to_owned(), other);
    member.images.insert("ubuntu-26.4.77002".to_owned(), other);
    for id in ["it's", "a=b", &"x".repeat(125)] {
        member.projects.insert(id.to_owned(), other);
        joiner.projects.insert(id.to_owned(), Digest([1; 32]));
    }
    let ways: Vec<String> = said(&joiner, &member)
        .iter()
        .filter_map(|text| Some(text.split_once("plant-a: ")?.1.split_once(", or")?.0.to_owned()))
        .collect();
    let rename = |option: &str| format!("rename the joiner's with join --rename {option}");
    let expected = [
        "delete one of both".to_owned(),
        rename("'it'\\''s=it'\\''s-plant-b'"),
        "delete one of both".to_owned(),
        rename("ubuntu-26.4.77001=ubuntu-26.4.77003"),
        rename("network/old-internet=old-internet-plant-b-3"),
    ];
    assert_eq!(ways, expected);
}

fn plant(networks: &[Network]) -> World {
    let world = World::default();
    networks.iter().for_each(|network| insert(&world, network.clone()));
    world
}

#[test]
fn prefixes_conflict_unless_both_networks_stay() {
    let network = |id: &str, prefix: &str| rows::network(id, &[prefix], AT);
    let underlay = |id: &str, prefix: &str| Network { underlay: true, ..network(id, prefix) };
    let inside = |id: &str, prefix: &str, partition: &str| Network {
        private_super: true,
        network_type: NetworkType::Super,
        partition: partition.into(),
        ..network(id, prefix)
    };
    let joiner = plant(&[
        network("internet-b", "203.0.113.0/25"),
        underlay("underlay-b", "10.1.0.0/24"),
        underlay("lab-b", "192.168.0.0/24"),
    ]);
    let member = plant(&[
        network("internet-a", "203.0.113.0/24"),
        underlay("underlay-a", "10.1.0.0/16"),
        network("office-a", "192.168.0.0/16"),
    ]);
    expect_test::expect![[r#"
        conflict: prefix 192.168.0.0/24 of network lab-b overlaps 192.168.0.0/16 of network office-a in plant-a: give one of both networks another prefix, move its addresses there, and remove this one
        conflict: prefix 203.0.113.0/25 of network internet-b overlaps 203.0.113.0/24 of network internet-a in plant-a: give one of both networks another prefix, move its addresses there, and remove this one
        remark: prefix 10.1.0.0/24 of network underlay-b overlaps 10.1.0.0/16 of network underlay-a in plant-a: both never leave their partitions, so both may stay"#]]
        .assert_eq(&said(&inventory("plant-b", &joiner), &inventory("plant-a", &member)).join("\n"));
    let [joiner, member] = ["plant-b", "plant-a"]
        .map(|name| inventory(name, &plant(&[inside(&format!("s-{name}"), "10.0.0.0/8", name)])));
    assert!(said(&joiner, &member)[0].starts_with("remark: prefix 10.0.0.0/8 of network s-plant-b"));
}

#[test]
fn hardware_is_in_one_plant() {
    let world = World::default();
    insert(&world, Machine::new(MACHINE.into(), AT));
    insert(&world, sonic("leaf01"));
    insert(&world, sonic("leaf\u{7}"));
    let text = said(&inventory("plant-b", &world), &inventory("plant-a", &world)).join("\n");
    expect_test::expect![[r#"
        conflict: machine 00000000-0000-0000-0000-000000000001 is in plant-a too: if it is one machine, delete it in the plant where it does not stand; if two boards have the same UUID, set another one in the firmware of one of them
        conflict: switch leaf\u{7} is in plant-a too: if it is one switch, delete it in the plant where it does not stand; if they are two, give one of them another hostname, and delete its old entry once it has registered
        conflict: switch leaf01 is in plant-a too: if it is one switch, delete it in the plant where it does not stand; if they are two, give one of them another hostname, and delete its old entry once it has registered"#]].assert_eq(&text);
}

#[test]
fn settings_are_the_same_in_all_plants() {
    let texts = after(|joiner, member| {
        joiner.partition = "plant-a".into();
        joiner.base_path = "/".to_owned();
        member.provider_tenant = "acme".to_owned();
    });
    expect_test::expect![[r#"
        conflict: both plants serve a partition plant-a, and a federation knows its members by these names: set up one of them again under another name, or join each to a federation of its own
        conflict: http.base_path is "/" in the joiner and "/metal/" in plant-a: clients reach all plants under one path, so set the same in both
        conflict: http.provider_tenant is "metal-stack" in the joiner and "acme" in plant-a: one tenant provides all plants, so set the same in both"#]].assert_eq(&texts.join("\n"));
}

#[test]
fn keys_differ_only_while_plants_change_over() {
    let rows: [(&str, &[&str], &[&str], &str); 9] = [
        ("the same", &["a"], &["a"], ""),
        ("the same, one old", &["a", "b"], &["a"], ""),
        (
            "different",
            &["a"],
            &["b"],
            "conflict: the key of role view differs from that of plant-a: neither accepts",
        ),
        (
            "only the joiner is ready",
            &["a", "b"],
            &["b"],
            "conflict: the key of role view differs from that of plant-a: the joiner's key is missing in plant-a.",
        ),
        (
            "only the member is ready",
            &["a"],
            &["b", "a"],
            "conflict: the key of role view differs from that of plant-a: the key of plant-a is missing in the joiner.",
        ),
        (
            "both are ready",
            &["a", "b"],
            &["b", "a"],
            "remark: the key of role view differs from that of plant-a, and each",
        ),
        ("only old keys are the same", &["a", "c"], &["b", "c"], "conflict: the key of role view differs"),
        ("one has none", &["a"], &[], "remark: only the joiner has a key of role view"),
        ("the other has none", &[], &["a"], "remark: only plant-a has a key of role view"),
    ];
    for (why, own, its, expected) in rows {
        let said = after(|joiner, member| {
            joiner.keys.insert("view".to_owned(), keys("view", own));
            member.keys.insert("view".to_owned(), keys("view", its));
        });
        assert_eq!(said.len(), usize::from(!expected.is_empty()), "{why}: {said:?}");
        assert!(said.iter().all(|text| text.starts_with(expected)), "{why}: {said:?}");
    }
    let said = after(|_, member| {
        member.keys.remove("view");
        member.keys.insert("audit".to_owned(), keys("audit", &["a"]));
    });
    let roles = ["only the joiner has a key of role view", "only plant-a has a key of role audit"];
    assert!(said.iter().zip(roles).all(|(text, role)| text.contains(role)), "{said:?}");
    assert_eq!(said.len(), 2);
}

/// A copy of a plant, restored from a backup.
#[test]
fn a_large_twin_has_bounded_findings() {
    let world = World::default();
    for number in 0..10_000 {
        insert(&world, Machine::new(format!("m{number:05}").into(), AT));
    }
    for number in 0..1_000 {
        let prefix = format!("10.{}.{}.0/24", number / 250, number % 250);
        insert(&world, rows::network(&format!("n{number:04}"), &[&prefix], AT));
    }
    let [joiner, member] = ["plant-b", "plant-a"].map(|name| inventory(name, &world));
    let comparison = compare(&joiner, &"plant-a".into(), &member);
    assert_eq!((comparison.conflicts, comparison.remarks), (11_000, 0));
    assert_eq!((comparison.findings.len(), comparison.left_out()), (FINDINGS_MAX, 10_000));
    assert_eq!(comparison, compare(&joiner, &"plant-a".into(), &member));
    let json = serde_json::to_string(&comparison).unwrap();
    assert_eq!(serde_json::from_str::<Comparison>(&json).unwrap(), comparison);
}
