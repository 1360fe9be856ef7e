//! The URLs of a command that must answer before it is sent (api-resources 5.1 and 5.5). The API requests them: a
//! decision opens no socket.

use super::MasterdataCommand;
use super::command::{BootConfigRequest, PartitionRequest};
use super::image::Draft;
use super::lookup::{existing, named};
use crate::record::masterdata::{Image, Partition};
use crate::refusal::Refusal;
use crate::world::World;

/// A URL that must answer a HEAD request with a status below 400, redirects followed. An empty URL never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlCheck {
    /// Its name in refusals: the id of the image, or its role in a partition.
    subject: String,
    pub url: String,
}

impl UrlCheck {
    fn new(subject: &str, url: &str) -> Self {
        Self { subject: subject.to_owned(), url: url.to_owned() }
    }

    /// The URL did not answer.
    pub fn failed(&self, error: &str) -> Refusal {
        self.refusal(&format!("error:{error}"))
    }

    /// The server answered with a status of 400 or more, as in `404 Not Found`.
    pub fn answered(&self, status: &str) -> Refusal {
        self.refusal(&format!("status:{status}"))
    }

    fn refusal(&self, outcome: &str) -> Refusal {
        let Self { subject, url } = self;
        Refusal::bad_request(format!("image:{subject} is not accessible under:{url} {outcome}"))
    }
}

/// The URLs to check, in order, or a refusal that comes before the checks.
pub fn to_check(world: &World, command: &MasterdataCommand) -> Result<Vec<UrlCheck>, Refusal> {
    match command {
        MasterdataCommand::ImageCreate(request) => {
            Draft::read(request)?;
            Ok(image(&request.id, request.url.as_deref()))
        }
        MasterdataCommand::ImageUpdate(request) => {
            existing::<Image>(world, &request.id)?;
            Ok(image(&request.id, request.url.as_deref()))
        }
        MasterdataCommand::PartitionCreate(request) => {
            named::<Partition>(world, &request.id)?;
            let BootConfigRequest { imageurl, kernelurl, .. } =
                request.bootconfig.clone().unwrap_or_default();
            Ok(boot(Some(&imageurl.unwrap_or_default()), Some(&kernelurl.unwrap_or_default())))
        }
        MasterdataCommand::PartitionUpdate(request) => {
            let PartitionRequest { id, bootconfig, .. } = &**request;
            existing::<Partition>(world, id)?;
            let config = bootconfig.clone().unwrap_or_default();
            Ok(boot(config.imageurl.as_deref(), config.kernelurl.as_deref()))
        }
        _ => Ok(Vec::new()),
    }
}

fn image(id: &str, url: Option<&str>) -> Vec<UrlCheck> {
    url.map(|url| UrlCheck::new(id, url)).into_iter().collect()
}

fn boot(image: Option<&str>, kernel: Option<&str>) -> Vec<UrlCheck> {
    let image = image.map(|url| UrlCheck::new("image", url));
    image.into_iter().chain(kernel.map(|url| UrlCheck::new("kernel", url))).collect()
}

#[cfg(test)]
mod tests;
