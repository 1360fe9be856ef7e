use super::*;
use crate::fixture::rows;
use crate::masterdata::MasterdataCommand;
use crate::masterdata::fixture::{BEFORE, Fixture, NOW, text};
use crate::refusal::RefusalKind::{BadRequest, Conflict, NotFound, Unprocessable};

fn images(all: &[(&str, &str)]) -> ImageConstraints {
    let all = all.iter().map(|(os, constraint)| ((*os).to_owned(), (*constraint).to_owned()));
    ImageConstraints { images: Some(all.collect()) }
}

fn stored(id: &str, constraints: ImageConstraints) -> SizeImageConstraint {
    SizeImageConstraint { id: id.into(), name: "n".to_owned(), description: "d".to_owned(), constraints }
}

fn request(id: &str, constraints: ImageConstraints) -> SizeImageConstraintRequest {
    SizeImageConstraintRequest { id: id.to_owned(), constraints, ..SizeImageConstraintRequest::default() }
}

fn create(request: SizeImageConstraintRequest) -> MasterdataCommand {
    MasterdataCommand::SizeImageConstraintCreate(Box::new(request))
}

fn update(request: SizeImageConstraintRequest) -> MasterdataCommand {
    MasterdataCommand::SizeImageConstraintUpdate(Box::new(request))
}

fn image(id: &str) -> Image {
    let (os, version) = id.split_once('-').unwrap();
    Image { changed: NOW, expiration: NOW, ..rows::image(id, os, version, BEFORE) }
}

fn size(id: &str) -> Size {
    rows::size(id, BEFORE)
}

#[test]
fn a_constraint_is_created_for_a_size_that_need_not_be_there() {
    let fixture = Fixture::default();
    let mut asked = request("c1", images(&[("debian", ">= 10.0"), ("ubuntu", "*")]));
    (asked.name, asked.description) = (text("n"), text("d"));
    let expected = stored("c1", asked.constraints.clone());
    assert_eq!(fixture.ask(&create(asked)), Ok(Answer::record(&expected)));
    assert_eq!(*fixture.world.size_image_constraints.get("c1").unwrap().value, expected);
    let bare = SizeImageConstraint { id: "c2".into(), ..SizeImageConstraint::default() };
    let asked = request("c2", ImageConstraints::default());
    assert_eq!(fixture.ask(&create(asked)), Ok(Answer::record(&bare)), "none at all");
}

/// The grammar of api-resources 5.4; each mistake is made together with those that come after it.
const MISTAKES: [(&str, &str, &str); 4] = [
    ("*", "x", "just '*' is not allowed as image os constraint"),
    (
        "debian",
        ">=10.0.1",
        "given imageconstraint:>=10.0.1 is not valid, missing space between op and version? invalid semantic version",
    ),
    ("debian", "% 10", "given imageconstraint op:% is not supported"),
    ("debian", ">= 10.x.1", "given version:10.x.1 is not valid:invalid semantic version"),
];

#[test]
fn mistakes_of_a_create_are_refused_in_their_order() {
    let fixture = Fixture::default().with(stored("c1", images(&[])));
    let wrong = images(&[("debian", ">=10.0.1")]);
    let empty = "id should not be empty";
    fixture.refused("id", &create(request("", wrong)), BadRequest, empty);
    for (os, constraint, message) in MISTAKES {
        let wrong = request("c1", images(&[(os, constraint)]));
        fixture.refused(message, &create(wrong), BadRequest, message);
    }
    let taken = "Conflict cannot create sizeimageconstraint in database, entity already exists: c1";
    fixture.refused("taken", &create(request("c1", images(&[]))), Conflict, taken);
    assert_eq!(fixture.ask(&create(request("a/b", images(&[])))).unwrap_err().kind, BadRequest);
}

#[test]
fn an_update_always_replaces_the_images() {
    let fixture = Fixture::default().with(stored("c1", images(&[("debian", "*")])));
    let unknown = "NotFound no sizeimageconstraint with id \"c2\" found";
    fixture.refused("unknown", &update(request("c2", images(&[("*", "")]))), NotFound, unknown);
    for (os, constraint, message) in MISTAKES {
        let wrong = request("c1", images(&[(os, constraint)]));
        fixture.refused(message, &update(wrong), BadRequest, message);
    }
    let expected = stored("c1", images(&[("ubuntu", "< 24.04")]));
    let asked = request("c1", expected.constraints.clone());
    assert_eq!(fixture.ask(&update(asked)), Ok(Answer::record(&expected)));
    let named = SizeImageConstraintRequest {
        name: text("m"),
        description: text("e"),
        ..request("c1", ImageConstraints::default())
    };
    let expected = SizeImageConstraint {
        name: "m".to_owned(),
        description: "e".to_owned(),
        ..stored("c1", ImageConstraints::default())
    };
    assert_eq!(fixture.ask(&update(named)), Ok(Answer::record(&expected)), "absent is none");
    assert_eq!(*fixture.world.size_image_constraints.get("c1").unwrap().value, expected);
}

#[test]
fn a_delete_shows_what_there_was() {
    let constraint = stored("c1", images(&[("debian", "*")]));
    let fixture = Fixture::default().with(constraint.clone());
    let delete = MasterdataCommand::SizeImageConstraintDelete("c1".to_owned());
    assert_eq!(fixture.ask(&delete), Ok(Answer::record(&constraint)));
    let unknown = "NotFound no sizeimageconstraint with id \"c1\" found";
    fixture.refused("gone", &delete, NotFound, unknown);
}

/// `try` of api-resources 5.4, in the order of its sentence.
#[test]
fn an_image_is_tried_as_allocation_does() {
    let constraint = images(&[("debian", ">= 2.0.20211001"), ("any", "*"), ("old", "2"), ("damaged", ">=1")]);
    let fixture = ["debian-2.0.20211001", "debian-2.0.20210930", "debian-3.0.0", "any-1.0.1", "old-3.1.4"]
        .into_iter()
        .chain(["ubuntu-1.0.0", "damaged-1.0.1"])
        .fold(Fixture::default().with(size("c1")).with(size("c2")), |fixture, id| fixture.with(image(id)))
        .with(stored("c1", constraint));
    let refused = |size: &str, image: &str, kind, message: &str| {
        let refusal = try_out(&fixture.world, size, image).unwrap_err();
        assert_eq!((refusal.kind, refusal.message.as_str()), (kind, message), "{size} {image}");
    };
    for (size, image) in [("", "debian-2.0.20211001"), ("c1", ""), ("", "")] {
        refused(size, image, BadRequest, "size and image must be given");
    }
    refused("c9", "nonsense", NotFound, "NotFound no size with id \"c9\" found");
    let missing = "NotFound no image for id:debian-9 found:no image for os:debian version:9.0.0 found";
    refused("c1", "debian-9", NotFound, missing);
    for (size, image) in [
        ("c2", "debian-2.0.20210930"),
        ("c1", "ubuntu-1.0"),
        ("c1", "debian-2.0.20211001"),
        ("c1", "debian-2.0"),
        ("c1", "any-1.0"),
    ] {
        assert_eq!(try_out(&fixture.world, size, image), Ok(()), "{size} {image}");
    }
    refused("c1", "debian-3.0", Unprocessable, "no patch version given");
    let violated =
        "given size:c1 with image:debian-2.0.20210930 does violate image constraint:debian >=2.0.20211001";
    refused("c1", "debian-2.0.20210930", Unprocessable, violated);
    let violated = "given size:c1 with image:old-3.1.4 does violate image constraint:old 2";
    refused("c1", "old-3.1.4", Unprocessable, violated);
    let damaged = "given imageconstraint:>=1 is not valid, missing space between op and version? invalid semantic version";
    refused("c1", "damaged-1.0.1", Unprocessable, damaged);
    let damaged = Image { version: "x".to_owned(), ..image("debian-2.0.1") };
    let refusal = check(&fixture.world, &"c1".into(), &damaged).unwrap_err();
    assert_eq!(refusal, Refusal::unprocessable("version of image is invalid invalid semantic version"));
    fixture.ask(&update(request("c1", ImageConstraints::default()))).unwrap();
    assert_eq!(try_out(&fixture.world, "c1", "debian-2.0.20210930"), Ok(()), "no images at all");
}
