//! Which URLs of images and kernels are checked, and the refusals when they do not answer.

use super::*;
use crate::fixture::rows;
use crate::masterdata::command::ImageRequest;
use crate::masterdata::fixture::{BEFORE, Fixture, text};

fn fixture() -> Fixture {
    let image = Image { url: "http://old".to_owned(), ..rows::image("a-1.0", "a", "1.0.0", BEFORE) };
    let partition = rows::partition("fra", BEFORE);
    Fixture::default().with(image).with(partition)
}

fn image(id: &str, url: Option<&str>) -> Box<ImageRequest> {
    Box::new(ImageRequest { id: id.to_owned(), url: url.map(str::to_owned), ..ImageRequest::default() })
}

fn partition(id: &str, image: Option<&str>, kernel: Option<&str>) -> Box<PartitionRequest> {
    let bootconfig = BootConfigRequest {
        imageurl: image.map(str::to_owned),
        kernelurl: kernel.map(str::to_owned),
        commandline: text("x"),
    };
    let bootconfig = (image.is_some() || kernel.is_some()).then_some(bootconfig);
    Box::new(PartitionRequest { id: id.to_owned(), bootconfig, ..PartitionRequest::default() })
}

#[test]
fn urls_that_must_answer() {
    use MasterdataCommand::{ImageCreate, ImageUpdate, PartitionCreate, PartitionUpdate, SizeDelete};
    let check = UrlCheck::new;
    let rows = vec![
        ("a new image", ImageCreate(image("b-1.0", Some("http://b"))), vec![check("b-1.0", "http://b")]),
        (
            "an image's new url",
            ImageUpdate(image("a-1.0", Some("http://b"))),
            vec![check("a-1.0", "http://b")],
        ),
        ("an image's old url", ImageUpdate(image("a-1.0", None)), vec![]),
        (
            "a new partition needs both",
            PartitionCreate(partition("muc", None, Some("http://k"))),
            vec![check("image", ""), check("kernel", "http://k")],
        ),
        (
            "also without bootconfig",
            PartitionCreate(partition("muc", None, None)),
            vec![check("image", ""), check("kernel", "")],
        ),
        (
            "a partition's new url",
            PartitionUpdate(partition("fra", None, Some("http://k"))),
            vec![check("kernel", "http://k")],
        ),
        ("no bootconfig is no change", PartitionUpdate(partition("fra", None, None)), vec![]),
        ("anything else", SizeDelete("a".to_owned()), vec![]),
    ];
    let fixture = fixture();
    for (row, command, expected) in rows {
        assert_eq!(to_check(&fixture.world, &command), Ok(expected), "{row}");
    }
}

#[test]
fn what_is_refused_before_a_url_is_asked_for() {
    use MasterdataCommand::{ImageCreate, ImageUpdate, PartitionCreate, PartitionUpdate};
    let rows = vec![
        (ImageCreate(image("b-1.0", None)), Refusal::bad_request("url should not be empty")),
        (ImageCreate(image("", Some("http://b"))), Refusal::bad_request("id should not be empty")),
        (ImageUpdate(image("b-1.0", Some("http://b"))), Refusal::not_found("image", "b-1.0")),
        (PartitionCreate(partition("", None, None)), Refusal::bad_request("id should not be empty")),
        (PartitionUpdate(partition("muc", None, Some("x"))), Refusal::not_found("partition", "muc")),
    ];
    let fixture = fixture();
    for (command, expected) in rows {
        assert_eq!(to_check(&fixture.world, &command), Err(expected), "{command:?}");
    }
}

#[test]
fn texts_of_5_1_and_5_5() {
    let image = UrlCheck::new("a-1.0", "http://b");
    assert_eq!(
        image.answered("404 Not Found"),
        Refusal::bad_request("image:a-1.0 is not accessible under:http://b status:404 Not Found")
    );
    assert_eq!(
        UrlCheck::new("kernel", "").failed("no url"),
        Refusal::bad_request("image:kernel is not accessible under: error:no url")
    );
}
