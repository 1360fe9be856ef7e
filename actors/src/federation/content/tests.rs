use super::*;
use crate::federation::fixture::AT;
use crate::fixture::rows;
use crate::record::network::{PoolPolicy, Strategy};
use crate::store::{Generation, Key, Kind, Row};
use crate::time::Timestamp;
use std::time::Duration;

const LATER: Timestamp = Timestamp::from_millis(1_800_000_000_123);

/// What a change is called, whether the content stays the same, and the change.
type Change<'a, R> = (&'a str, bool, &'a dyn Fn(&mut R));

fn compared<R: Content + Clone>(rows: &[Change<'_, R>], record: &R) {
    for (change, is_same, make) in rows {
        let mut other = record.clone();
        make(&mut other);
        assert_eq!(other.digest() == record.digest(), *is_same, "{change}");
    }
}

#[test]
fn times_versions_and_counts_do_not_matter() {
    let meta = |id: &str| Some(Meta { id: id.to_owned(), ..Meta::default() });
    let project =
        Project { meta: meta("p"), name: "n".to_owned(), tenant_id: "t".into(), ..Project::default() };
    compared::<Project>(
        &[
            ("nothing", true, &|_| {}),
            ("the id", true, &|project| project.meta = meta("q")),
            ("no metadata", true, &|project| project.meta = None),
            ("a version", true, &|project| project.meta.as_mut().unwrap().version = 9),
            ("a time", true, &|project| project.meta.as_mut().unwrap().updated_time = Some(LATER)),
            ("a kind", true, &|project| project.meta.as_mut().unwrap().kind = "Project".to_owned()),
            ("a label", false, &|project| project.meta.as_mut().unwrap().labels.push("l".to_owned())),
            ("an empty annotation", false, &|project| {
                project.meta.as_mut().unwrap().annotations.insert("a".to_owned(), String::new());
            }),
            ("a name", false, &|project| project.name.push('x')),
            ("a tenant", false, &|project| project.tenant_id = "u".into()),
            ("empty quotas", true, &|project| project.quotas = Some(QuotaSet::default())),
            ("a count", true, &|project| {
                project.quotas.get_or_insert_default().ip = Some(Quota { used: Some(3), quota: None });
            }),
            ("a limit of zero", false, &|project| {
                project.quotas.get_or_insert_default().ip = Some(Quota { used: None, quota: Some(0) });
            }),
        ],
        &project,
    );
    let tenant = Tenant { meta: meta("t"), ..Tenant::default() };
    compared::<Tenant>(
        &[
            ("a version", true, &|tenant| tenant.meta.as_mut().unwrap().version = 1),
            ("an empty configuration", true, &|tenant| {
                tenant.iam_config = Some(crate::masterdata::IamConfig::default())
            }),
            ("a description", false, &|tenant| tenant.description.push('x')),
        ],
        &tenant,
    );
}

#[test]
fn networks_are_compared_masked_and_without_what_the_partition_picks() {
    let network = rows::network("n", &["10.0.0.0/16"], AT);
    compared::<Network>(
        &[
            ("times", true, &|network| (network.created, network.changed) = (LATER, LATER)),
            ("host bits", true, &|network| network.prefixes = vec!["10.0.3.7/16".parse().unwrap()]),
            ("no lengths", true, &|network| network.default_child_prefix_length = None),
            ("a prefix", false, &|network| network.prefixes = vec!["10.0.0.0/17".parse().unwrap()]),
            ("an empty label", false, &|network| {
                network.labels.insert("default".to_owned(), String::new());
            }),
            ("a number", false, &|network| network.vrf = 7),
            ("NAT", false, &|network| network.nat = true),
            ("a partition", false, &|network| network.partition = "p".into()),
            ("a policy", false, &|network| {
                network.pool = PoolPolicy { strategy: Strategy::Random, ..PoolPolicy::default() };
            }),
        ],
        &network,
    );
    let child = Network { parent: Some("super".into()), ..network };
    compared::<Network>(
        &[
            ("a picked number", true, &|network| network.vrf = 7),
            ("another parent", false, &|network| network.parent = Some("other".into())),
        ],
        &child,
    );
}

#[test]
fn an_end_that_follows_from_the_creation_is_not_set_by_a_user() {
    let at = |created: Timestamp| Image {
        created,
        expiration: created + EXPIRES_AFTER,
        ..rows::image("ubuntu-26.4", "ubuntu", "26.4.0", created)
    };
    compared::<Image>(
        &[
            ("another day", true, &|image| *image = at(LATER)),
            ("microseconds that the store drops", true, &|image| {
                let end = image.expiration;
                *image = Image { expiration: end, ..at(Timestamp(AT.0 + 999)) };
            }),
            ("an end", false, &|image| image.expiration = image.expiration + Duration::from_secs(1)),
            ("a feature", false, &|image| image.features = vec![crate::masterdata::ImageFeature::Firewall]),
        ],
        &at(AT),
    );
}

#[test]
fn places_in_lists_and_empty_elements_matter_and_empty_fields_do_not() {
    let size = Size {
        constraints: vec![
            crate::masterdata::Constraint {
                kind: "cores".to_owned(),
                min: 1,
                max: 4,
                identifier: String::new(),
            },
            crate::masterdata::Constraint::default(),
        ],
        ..rows::size("s", AT)
    };
    compared::<Size>(
        &[
            ("an order", false, &|size| size.constraints.reverse()),
            ("an element", false, &|size| size.constraints.truncate(1)),
            ("a number", false, &|size| size.constraints[0].max = 5),
            ("a time", true, &|size| size.changed = LATER),
        ],
        &size,
    );
    compared::<Layout>(
        &[
            ("an id", true, &|layout| layout.id = "m".into()),
            ("an empty path", true, &|layout| layout.filesystems[0].path = Some(String::new())),
            ("a flag", false, &|layout| layout.disks[0].wipeonreinstall = true),
            ("an empty option", false, &|layout| layout.filesystems[0].mountoptions.push(String::new())),
        ],
        &Layout {
            filesystems: vec![crate::masterdata::Filesystem::default()],
            disks: vec![crate::masterdata::LayoutDisk::default()],
            ..Layout::default()
        },
    );
}

#[test]
fn the_text_under_a_digest_has_sorted_keys_and_no_ambiguity() {
    let mut text = String::new();
    write(
        &mut text,
        &without_empty_fields(json!({
            "b": {"c": null, "a": [1, ""]}, "a": "x\"y", "labels": {"k": ""}, "e": {"f": {"g": []}},
        })),
    );
    assert_eq!(text, r#"{"a":"x\"y","b":{"a":[1,"",],},"labels":{"k":"",},}"#);
}

/// A full and an empty row of every kind, as the first release stored them.
const ROWS: &str = include_str!("../../../../tests/golden/v0/rows.jsonl");

/// Two releases compare each other's digests: they never change for a thing that does not use a new field.
#[test]
fn digests_are_those_of_earlier_releases() {
    let world = crate::federation::fixture::world();
    for line in ROWS.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let kind: Kind = serde_json::from_value(line["key"]["kind"].clone()).unwrap();
        if kind.columns().is_empty() && kind != Kind::Machine {
            let key = Key::new(kind, line["key"]["id"].as_str().unwrap());
            let row = Row::bare(key.clone(), Generation(2), line["body"].as_str().unwrap());
            world.load(&key, Some(&row)).unwrap();
        }
    }
    let inventory = crate::federation::fixture::inventory("plant-a", &world);
    let digests = inventory.contents().into_iter().flat_map(|(kind, contents)| {
        contents.iter().map(move |(id, digest)| format!("{} {id} {digest}\n", kind.entity()))
    });
    expect_test::expect![[r#"
        partition   e44c0488b50c549ed93ccae992239c15eb6ed76ba2bcf3e810f46e3737f83071
        partition elsewhere 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
        partition plant-a 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
        tenant   cbc99d64962839071b884b22ed2c8e3d89cbf8ab9dfa2acda2b0dcd9141fd879
        tenant c 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
        tenant old-tenant 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
        project   c230c6f714514bc1cea77ca6abdae84a9b0c44355173296243d5cf6beeb8c7bd
        project 00000000-0000-0000-0000-000000000001 45e0fb105effb16d0713fc17d2ca8bbdf4f2b0ca973a33ba90e563bf41f4174f
        project old-project 4bbf50e82946d6de20c8fae09b88f0ee6e2d2879386e3488fb9ac251f7916fd2
        size   10f4bfe1a1b1a14ce2b984ebf655262cc2a87260af10d1a5b3512b177b5af20a
        size old-size 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
        size s 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
        sizereservation r 803f4f0e08731456bb8e93a7e879a8367601192b891179270b41b09d6f8dfd39
        sizeimageconstraint old-size 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a
        image debian-12.0.20260138 e3691202a796679eacdbbdb67de6fd508fa06262124b57391b6f566ea8389051
        image debian-13.0 41fc460a0d527a3ca07157c17a9f6494c3cd08115b0247326de85f061d02e099
        image ubuntu-26.4.77001 7d89f9f0299a8f8b32a4950ac37748a40b768bce20d41973d3385c3db2a2e1d1
        filesystemlayout   1ae6b3766719de61ef5dece5895c35b4fcff3d0be804637ed0f1c40b076ad0cf
        filesystemlayout default 9a51c6f0366f2dfab5d2833753060334d3b01398d7e51ed435b1cfde34fad92f
        filesystemlayout old-layout ec39f2edfc9cf7a4f65b8ac1a84c479859009f3cfa6354fdd99f67f043d3ef45
        network internet-mini-lab b978b518f4f2a7bd8c0f3a88b5ae081d1c5d1de2ab35f16cef04194aa153a52c
        network old-child 54c197fe9bf7bbc22fef21720cf0bfae7c11960b48d9a15da5ce0b8cf7554a9d
        network old-internet 5e1a406c4179349c138c053b77670e76d441eda345896d68d964c2c957868700
        network old-super f4a78cf64923ef1ac2defc08f1bf944d2f8c35f046c0957d86e9ab7bf526c297
        network underlay-ulm a055c67b18f0886407fab08b213bdc21cf0decab3988311c9095401ad53ce141
    "#]].assert_eq(&digests.collect::<String>());
}
