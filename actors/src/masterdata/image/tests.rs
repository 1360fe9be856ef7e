//! The rows of api-resources 5.5 about images.

use super::*;
use crate::fixture::rows;
use crate::masterdata::MasterdataCommand;
use crate::masterdata::fixture::{BEFORE, Fixture, NOW, machine, text};
use crate::refusal::RefusalKind::{BadRequest, Conflict, NotFound, Unprocessable};

fn stored(id: &str) -> Image {
    let (os, version) = parse(id).unwrap();
    Image {
        name: "name".to_owned(),
        description: "description".to_owned(),
        url: "http://images/a".to_owned(),
        features: vec![ImageFeature::Machine],
        classification: Classification::Supported,
        ..rows::image(id, os, &version.to_string(), BEFORE)
    }
}

fn request(id: &str) -> ImageRequest {
    ImageRequest { id: id.to_owned(), url: text("http://images/b"), ..ImageRequest::default() }
}

fn create(request: ImageRequest) -> MasterdataCommand {
    MasterdataCommand::ImageCreate(Box::new(request))
}

fn update(request: ImageRequest) -> MasterdataCommand {
    MasterdataCommand::ImageUpdate(Box::new(request))
}

fn features(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn checks_of_create_in_the_order_of_5_5() {
    let fixture = Fixture::default().with(stored("ubuntu-24.04"));
    let format = "invalid format for os image, expected <os>-<major>.<minor>[.<patch>]: ubuntu";
    let classified = |id: &str| ImageRequest { classification: text("new"), ..request(id) };
    let rows = [
        ("id empty", ImageRequest { url: None, ..classified("") }, BadRequest, "id should not be empty"),
        (
            "url absent",
            ImageRequest { url: None, ..classified("ubuntu") },
            BadRequest,
            "url should not be empty",
        ),
        (
            "url empty",
            ImageRequest { url: text(""), ..classified("ubuntu") },
            BadRequest,
            "url should not be empty",
        ),
        (
            "feature",
            ImageRequest { features: features(&["machine", "switch"]), ..classified("ubuntu") },
            BadRequest,
            "unknown ImageFeatureType:switch",
        ),
        ("id without a version", classified("ubuntu"), BadRequest, format),
        ("id with something else", classified("ubuntu-noble"), BadRequest, "invalid semantic version"),
        (
            "classification",
            classified("ubuntu-24.04"),
            BadRequest,
            "given versionclassification is not valid:new",
        ),
        (
            "id taken",
            request("ubuntu-24.04"),
            Conflict,
            "Conflict cannot create image in database, entity already exists: ubuntu-24.04",
        ),
    ];
    for (row, request, kind, message) in rows {
        fixture.refused(row, &create(request), kind, message);
    }
}

#[test]
fn create_fills_what_is_absent() {
    let fixture = Fixture::default();
    fixture.ask(&create(request("firewall-ubuntu-3.0.20260101"))).unwrap();
    let image = fixture.world.images.get("firewall-ubuntu-3.0.20260101").unwrap();
    assert_eq!((image.os.as_str(), image.version.as_str()), ("firewall-ubuntu", "3.0.20260101"));
    assert_eq!(image.expiration, NOW + Duration::from_secs(90 * 24 * 3600));
    assert_eq!(image.classification, Classification::Preview);
    assert_eq!((image.created, image.changed), (NOW, NOW));

    let given = ImageRequest {
        features: features(&["firewall", "machine", "firewall"]),
        expirationdate: Some(Timestamp::ZERO),
        classification: text("deprecated"),
        ..request("ubuntu-24.04")
    };
    fixture.ask(&create(given)).unwrap();
    let image = fixture.world.images.get("ubuntu-24.04").unwrap();
    assert_eq!(image.version, "24.4.0");
    assert_eq!(image.features, [ImageFeature::Machine, ImageFeature::Firewall]);
    assert_eq!(image.expiration, NOW + EXPIRES_AFTER, "the zero time is absent");
    assert_eq!(image.classification, Classification::Deprecated);
}

#[test]
fn update_sets_what_is_present() {
    let fixture = Fixture::default().with(stored("a-1.0"));
    let nothing = ImageRequest {
        id: "a-1.0".to_owned(),
        expirationdate: Some(Timestamp::ZERO),
        ..ImageRequest::default()
    };
    fixture.ask(&update(nothing)).unwrap();
    assert_eq!(*fixture.world.images.get("a-1.0").unwrap().value, Image { changed: NOW, ..stored("a-1.0") });

    let all = ImageRequest {
        id: "a-1.0".to_owned(),
        name: text("n"),
        description: text(""),
        url: text("http://new"),
        features: features(&["firewall"]),
        expirationdate: Some(NOW),
        classification: text("preview"),
    };
    let expected = Image {
        name: "n".to_owned(),
        description: String::new(),
        url: "http://new".to_owned(),
        features: vec![ImageFeature::Firewall],
        expiration: NOW,
        classification: Classification::Preview,
        changed: NOW,
        ..stored("a-1.0")
    };
    assert_eq!(fixture.ask(&update(all)), Ok(Answer::Image(Box::new(expected))));
}

#[test]
fn checks_of_update() {
    let fixture = Fixture::default().with(stored("a-1.0"));
    let classified = |id: &str| ImageRequest { classification: text("x"), ..request(id) };
    let unknown = "NotFound no image with id \"a-2.0\" found";
    fixture.refused("unknown id", &update(classified("a-2.0")), NotFound, unknown);
    let message = "given versionclassification is not valid:x";
    fixture.refused("classification", &update(classified("a-1.0")), BadRequest, message);
    let feature = ImageRequest { features: features(&["x"]), ..request("a-1.0") };
    fixture.refused("feature", &update(feature), BadRequest, "unknown ImageFeatureType:x");
}

#[test]
fn an_image_in_use_is_not_deleted() {
    let free = crate::machine::Machine::new("m0".into(), BEFORE);
    let fixture = Fixture::default()
        .with(stored("a-1.0"))
        .with(stored("a-1.0.1"))
        .with(machine("m2", "p", "a-1.0"))
        .with(machine("m1", "p", "a-1.0"))
        .with(free);
    let delete = |id: &str| MasterdataCommand::ImageDelete(id.to_owned());
    let message = "image a-1.0 is in use by machines:[m1 m2]";
    fixture.refused("used by an allocation", &delete("a-1.0"), Unprocessable, message);
    assert_eq!(fixture.ask(&delete("a-1.0.1")), Ok(Answer::Image(Box::new(stored("a-1.0.1")))));
    let unknown = "NotFound no image with id \"a-1.0.1\" found";
    fixture.refused("unknown", &delete("a-1.0.1"), NotFound, unknown);
}

/// An installer that gives a reinstallation up puts the old image back (api-machines 5.7).
#[test]
fn an_image_that_a_machine_may_go_back_to_is_not_deleted() {
    let reinstalling = |reinstall| {
        let mut machine = machine("m1", "p", "b-2.0");
        let allocation = machine.allocation.as_mut().unwrap();
        let boot_info = crate::machine::BootInfo { image_id: "a-1.0".to_owned(), ..Default::default() };
        (allocation.boot_info, allocation.reinstall) = (Some(boot_info), reinstall);
        machine
    };
    let fixture = Fixture::default().with(stored("a-1.0")).with(reinstalling(true));
    let delete = MasterdataCommand::ImageDelete("a-1.0".to_owned());
    let message = "image a-1.0 is in use by machines:[m1]";
    fixture.refused("to be put back", &delete, Unprocessable, message);
    let fixture = fixture.with(reinstalling(false));
    assert_eq!(fixture.ask(&delete), Ok(Answer::Image(Box::new(stored("a-1.0")))));
}

#[test]
fn ids_are_split_at_the_last_dash() {
    let rows = [
        ("ubuntu-24.04", Ok(("ubuntu", "24.4.0"))),
        ("ubuntu-small-19.04.20200408", Ok(("ubuntu-small", "19.4.20200408"))),
        ("debian-v12", Ok(("debian", "12.0.0"))),
        ("ubuntu", Err("invalid format for os image, expected <os>-<major>.<minor>[.<patch>]: ubuntu")),
        ("ubuntu-", Err("invalid semantic version")),
        ("ubuntu-1.0-rc1", Err("invalid semantic version")),
    ];
    for (id, expected) in rows {
        let found =
            parse(id).map(|(os, version)| (os, version.to_string())).map_err(|error| error.to_string());
        let expected = expected.map(|(os, version)| (os, version.to_owned())).map_err(str::to_owned);
        assert_eq!(found, expected, "{id}");
    }
}

fn library() -> Fixture {
    let ids = [
        "ubuntu-24.04.20260101",
        "ubuntu-24.04.20260301",
        "ubuntu-24.04.20260201",
        "ubuntu-24.10.20260101",
        "firewall-2.0.20260101",
        "firewall-2.5.20260101",
        "firewall-ubuntu-2.0.20270101",
        "debian-12",
        "x-1.0.1",
        "x-2.3.4",
    ];
    ids.into_iter().fold(Fixture::default(), |fixture, id| fixture.with(stored(id)))
}

#[test]
fn resolution_takes_the_newest_that_is_meant() {
    let rows = [
        ("an exact patch", "ubuntu-24.04.20260201", Ok("ubuntu-24.04.20260201")),
        ("the newest patch, expired or not", "ubuntu-24.04", Ok("ubuntu-24.04.20260301")),
        ("leading zeros do not matter", "ubuntu-24.4", Ok("ubuntu-24.04.20260301")),
        ("a missing minor is 0, the os is equal", "firewall-2", Ok("firewall-2.0.20260101")),
        ("stored without a patch", "debian-12.0", Ok("debian-12")),
        ("0.0 is any version", "x-0.0", Ok("x-2.3.4")),
        ("no such patch", "ubuntu-24.04.1", Err("no image for os:ubuntu version:24.4.1 found")),
        ("no such minor", "ubuntu-24", Err("no image for os:ubuntu version:24.0.0 found")),
        ("no such os", "suse-1.0", Err("no image for os:suse version:1.0.0 found")),
        ("not a version", "ubuntu-x", Err("invalid semantic version")),
        (
            "not an id",
            "ubuntu",
            Err("invalid format for os image, expected <os>-<major>.<minor>[.<patch>]: ubuntu"),
        ),
    ];
    let fixture = library();
    for (row, id, expected) in rows {
        let found = resolve(&fixture.world, id).map(|image| image.id.to_string());
        let expected = expected
            .map(str::to_owned)
            .map_err(|reason| Refusal::missing(format!("NotFound no image for id:{id} found:{reason}")));
        assert_eq!(found, expected, "{row}");
    }
}

#[test]
fn two_spellings_of_one_version_resolve_to_the_one_asked_for() {
    let fixture = Fixture::default().with(stored("a-1.01.1")).with(stored("a-1.1.1"));
    for id in ["a-1.01.1", "a-1.1.1"] {
        assert_eq!(resolve(&fixture.world, id).unwrap().id.as_str(), id);
    }
}

#[test]
fn query_lists_all_that_may_be_meant() {
    let fixture = library();
    let ids = |id: &str| -> Vec<String> {
        query(&fixture.world, id).unwrap().iter().map(|image| image.id.to_string()).collect()
    };
    let all = ["ubuntu-24.04.20260101", "ubuntu-24.04.20260201", "ubuntu-24.04.20260301"];
    assert_eq!(ids("ubuntu-24.04"), all);
    assert_eq!(ids("ubuntu-24.04.20260101"), all[..1]);
    assert_eq!(ids("ubuntu-1.0"), Vec::<String>::new());
    let refusal = query(&fixture.world, "ubuntu-x").unwrap_err();
    let message = "NotFound no images for id:ubuntu-x found:invalid semantic version";
    assert_eq!(refusal, Refusal::missing(message));
}

fn expiring(id: &str, expiration: Timestamp) -> Image {
    Image { expiration, ..stored(id) }
}

/// api-resources 5.5, the housekeeping job. `ubuntu-24.10` is newer than all the others.
#[test]
fn only_expired_images_that_nobody_uses_and_that_have_a_newer_one_are_superfluous() {
    let second = Duration::from_secs(1);
    let fixture = Fixture::default()
        .with(expiring("ubuntu-24.04.1", NOW - second))
        .with(expiring("ubuntu-24.04.2", NOW))
        .with(expiring("ubuntu-24.04.3", NOW + second))
        .with(expiring("ubuntu-24.04.4", BEFORE))
        .with(expiring("ubuntu-24.10", BEFORE))
        .with(expiring("firewall-ubuntu-3.0", BEFORE))
        .with(expiring("debian-12.0.1", BEFORE))
        .with(expiring("debian-12.00.1", BEFORE))
        .with(machine("m1", "p", "ubuntu-24.04.4"));
    let ids = |now| -> Vec<_> { superfluous(&fixture.world, now).iter().map(ToString::to_string).collect() };
    assert_eq!(ids(NOW), ["ubuntu-24.04.1"]);
    assert_eq!(ids(NOW + second), ["ubuntu-24.04.1", "ubuntu-24.04.2"]);
    assert_eq!(ids(BEFORE), Vec::<String>::new());

    let images = fixture.world.images.len();
    for image in fixture.world.images.all() {
        let answer = fixture.ask(&MasterdataCommand::ImageSweep(image.id.clone()));
        let goes = image.id.as_str() == "ubuntu-24.04.1";
        let removed = || Answer::Image(Box::new(Image::clone(&image)));
        assert_eq!(answer, Ok(if goes { removed() } else { Answer::Done }), "{}", image.id);
    }
    let gone = MasterdataCommand::ImageSweep("ubuntu-24.04.1".into());
    assert_eq!(fixture.ask(&gone), Ok(Answer::Done), "it is gone already");
    assert_eq!(fixture.world.images.len(), images - 1, "swept is what is superfluous at that moment");
    assert!(!fixture.world.images.contains("ubuntu-24.04.1"));
}

/// Each removed image was not the newest, so the last of an os stays in every order.
#[test]
fn the_newest_image_of_an_os_stays() {
    let ids = ["a-1.9", "a-1.10", "a-2.0"];
    for first in 0..ids.len() {
        let fixture = ids.iter().fold(Fixture::default(), |fixture, id| fixture.with(expiring(id, BEFORE)));
        for turn in 0..ids.len() {
            let id = ids[(first + turn) % ids.len()];
            fixture.ask(&MasterdataCommand::ImageSweep(id.into())).unwrap();
        }
        let left: Vec<_> = fixture.world.images.all().iter().map(|image| image.id.to_string()).collect();
        assert_eq!(left, ["a-2.0"]);
    }
}
