//! Filters over masterdata: what each field must equal, and pages of tenants.

use super::*;
use crate::masterdata::fixture::{BEFORE, Fixture, text};
use crate::masterdata::{Classification, ImageFeature, image};
use crate::record::Record;
use crate::record::masterdata::Meta;

fn fixture() -> Fixture {
    let image = |id: &str, features: &[ImageFeature], classification| {
        let (os, version) = image::parse(id).unwrap();
        Image {
            id: id.into(),
            name: format!("the {id}"),
            description: String::new(),
            created: BEFORE,
            changed: BEFORE,
            url: String::new(),
            os: os.to_owned(),
            version: version.to_string(),
            features: features.to_vec(),
            expiration: BEFORE,
            classification,
        }
    };
    let project = |id: &str, name: &str, tenant: &str| Project {
        meta: Some(Meta { id: id.to_owned(), ..Meta::default() }),
        name: name.to_owned(),
        tenant_id: tenant.into(),
        ..Project::default()
    };
    Fixture::default()
        .with(image("a-1.0", &[ImageFeature::Machine], Classification::Preview))
        .with(image("a-1.04.7", &[ImageFeature::Machine, ImageFeature::Firewall], Classification::Supported))
        .with(image("b-1.0", &[], Classification::Preview))
        .with(project("p1", "one", "t1"))
        .with(project("p2", "two", "t1"))
        .with(project("p3", "one", "t2"))
}

fn tenants_of(count: usize) -> Fixture {
    (0..count).fold(Fixture::default(), |fixture, n| {
        let annotations = BTreeMap::from([("parity".to_owned(), (n % 2).to_string())]);
        let meta = Meta { id: format!("t{n:03}"), annotations, ..Meta::default() };
        fixture.with(Tenant { meta: Some(meta), name: format!("name {n}"), ..Tenant::default() })
    })
}

#[test]
fn rows_of_8_3() {
    let any = ImageFind::default;
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    let rows: Vec<(&str, ImageFind, &[&str])> = vec![
        ("nothing given", any(), &["a-1.0", "a-1.04.7", "b-1.0"]),
        ("id", ImageFind { id: text("a-1.0"), ..any() }, &["a-1.0"]),
        ("name", ImageFind { name: text("the b-1.0"), ..any() }, &["b-1.0"]),
        ("name, empty", ImageFind { name: text(""), ..any() }, &[]),
        ("os", ImageFind { os: text("a"), ..any() }, &["a-1.0", "a-1.04.7"]),
        ("os, other case", ImageFind { os: text("A"), ..any() }, &[]),
        ("classification", ImageFind { classification: text("supported"), ..any() }, &["a-1.04.7"]),
        ("normalised version", ImageFind { version: text("1.4.7"), ..any() }, &["a-1.04.7"]),
        ("version as in the id", ImageFind { version: text("1.04.7"), ..any() }, &[]),
        ("a feature", ImageFind { features: words(&["machine"]), ..any() }, &["a-1.0", "a-1.04.7"]),
        ("all features", ImageFind { features: words(&["machine", "firewall"]), ..any() }, &["a-1.04.7"]),
        ("no features", ImageFind { features: words(&[]), ..any() }, &["a-1.0", "a-1.04.7", "b-1.0"]),
        ("unknown feature", ImageFind { features: words(&["x"]), ..any() }, &[]),
        ("two keys", ImageFind { os: text("a"), classification: text("preview"), ..any() }, &["a-1.0"]),
    ];
    let fixture = fixture();
    for (row, find, expected) in rows {
        let found: Vec<_> = images(&fixture.world, &find).iter().map(|image| image.id.to_string()).collect();
        assert_eq!(found, expected, "{row}");
    }
}

#[test]
fn projects_of_8_5() {
    let any = ProjectFind::default;
    let rows: Vec<(&str, ProjectFind, &[&str])> = vec![
        ("nothing given", any(), &["p1", "p2", "p3"]),
        ("id", ProjectFind { id: text("p2"), ..any() }, &["p2"]),
        ("name", ProjectFind { name: text("one"), ..any() }, &["p1", "p3"]),
        ("description, empty", ProjectFind { description: text(""), ..any() }, &["p1", "p2", "p3"]),
        ("description", ProjectFind { description: text("x"), ..any() }, &[]),
        ("tenant", ProjectFind { tenant_id: text("t1"), ..any() }, &["p1", "p2"]),
        ("two keys", ProjectFind { name: text("one"), tenant_id: text("t1"), ..any() }, &["p1"]),
    ];
    let fixture = fixture();
    for (row, find, expected) in rows {
        let found: Vec<_> = projects(&fixture.world, &find).iter().map(|project| project.id()).collect();
        assert_eq!(found, expected, "{row}");
    }
}

#[test]
fn tenants_of_8_5() {
    let fixture = tenants_of(4);
    let annotated = |key: &str, value: &str| TenantFind {
        annotations: Some(BTreeMap::from([(key.to_owned(), value.to_owned())])),
        ..TenantFind::default()
    };
    let rows: Vec<(&str, TenantFind, &[&str])> = vec![
        ("id", TenantFind { id: text("t002"), ..TenantFind::default() }, &["t002"]),
        ("name", TenantFind { name: text("name 1"), ..TenantFind::default() }, &["t001"]),
        ("annotation", annotated("parity", "1"), &["t001", "t003"]),
        ("annotation, missing", annotated("x", ""), &[]),
    ];
    for (row, find, expected) in rows {
        let found: Vec<_> = tenants(&fixture.world, &find).iter().map(|tenant| tenant.id()).collect();
        assert_eq!(found, expected, "{row}");
    }
}

#[test]
fn pages_of_section_9() {
    let fixture = tenants_of(120);
    let rows = [
        ("no paging", None, 0..120),
        ("nothing said", Some((None, None)), 0..100),
        ("count", Some((None, Some(50))), 0..50),
        ("page and count", Some((Some(1), Some(50))), 50..100),
        ("the last page", Some((Some(2), Some(50))), 100..120),
        ("a page without count", Some((Some(1), None)), 100..120),
        ("count 0", Some((Some(1), Some(0))), 100..120),
        ("beyond the end", Some((Some(9), Some(50))), 0..0),
        ("far beyond the end", Some((Some(u64::MAX), Some(u64::MAX))), 0..0),
    ];
    for (row, paging, expected) in rows {
        let paging = paging.map(|(page, count)| Paging { page, count });
        let found = tenants(&fixture.world, &TenantFind { paging, ..TenantFind::default() });
        let found: Vec<_> = found.iter().map(|tenant| tenant.id()).collect();
        let expected: Vec<_> = expected.map(|n| format!("t{n:03}")).collect();
        assert_eq!(found, expected, "{row}");
    }
}
