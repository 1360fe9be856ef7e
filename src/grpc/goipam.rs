//! `IpamService`, the service of go-ipam (ipam 1.6), over gRPC, gRPC-Web and the Connect protocol.
//!
//! Its clients send no credentials. On the gRPC port they need a certificate, as machines and switches do; on the HTTP
//! port the service is served only if the configuration enables it.

pub(crate) mod connect;
mod door;
mod http;
mod json;
#[cfg(feature = "node")]
mod reflection;
mod status;
#[cfg(test)]
mod tests;

pub(super) use door::Door;
pub use http::GoIpamPage;
#[cfg(feature = "node")]
pub(super) use reflection::{older_reflection, reflection};

use super::api;
use super::api::ipam_service_server::IpamService;
use crate::door::budget::Budget;
use crate::version::VersionInfo;
use actors::command::ask::{self, Ask, FromAnswer};
use actors::decision::{Principal, Role};
use actors::gateway::Gateway;
use actors::ids::NamespaceId;
use actors::namespace::{self, Child, Prefix, PrefixAddress, ROOT, dump, read};
use actors::refusal::Refusal;
use actors::service::dumps;
use actors::world::World;
use ipnet::IpNet;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Maximal bytes of one request.
const REQUEST_BYTES_MAX: usize = 4 << 20;

/// Maximal bytes of a request with a dump, whose quotes are all escaped.
const LOAD_BYTES_MAX: usize = 32 << 20;

/// The procedure whose requests contain a dump.
const LOAD: &str = "Load";

/// Maximum of requests with dumps in memory.
const LOADS_MAX: usize = 2;

/// Maximum of large messages that are parsed or serialised at once: each needs a thread, and a few times its size.
const ASIDES_MAX: usize = 4;

/// Maximal bytes of a prefix, an address or a namespace's name in a request: longer than any valid spelling.
const TEXT_BYTES_MAX: usize = 256;

/// Header with the number of repairs in a loaded dump; the log lists them.
const MENDED: &str = "metalmesh-mended";

/// A write with this metadata key is applied once, even if it is repeated. An extension: go-ipam has none.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The result of `look`, unless some of the rows it needs cannot be read.
fn looked<T>(world: &World, look: impl FnOnce(&World) -> Result<T, Refusal>) -> Result<T, Status> {
    let looked = world.whole(|| look(world)).map_err(Refusal::from);
    looked.and_then(|looked| looked).map_err(status::refused)
}

/// The service. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct GoIpam {
    gateway: Gateway,
    version: VersionInfo,
    /// The memory budget of its port.
    pub(crate) held: Budget,
    loads: Arc<Semaphore>,
    asides: Arc<Semaphore>,
}

type Answered<T> = Result<Response<T>, Status>;

impl GoIpam {
    pub(crate) fn new(gateway: Gateway, version: VersionInfo, held: Budget) -> Self {
        let places = |max| Arc::new(Semaphore::new(max));
        Self { gateway, version, held, loads: places(LOADS_MAX), asides: places(ASIDES_MAX) }
    }

    /// Admits a request; a request with a dump needs a place.
    fn admit(&self, procedure: &str) -> Result<Option<OwnedSemaphorePermit>, Status> {
        if procedure != LOAD {
            return Ok(None);
        }
        let place = Arc::clone(&self.loads).try_acquire_owned();
        place
            .map(Some)
            .map_err(|_| Status::unavailable("other dumps are being loaded, try again in a moment"))
    }

    fn look<T>(&self, look: impl FnOnce(&World) -> Result<T, Refusal>) -> Result<T, Status> {
        looked(self.gateway.here(), look)
    }

    /// Runs longer work outside of the actors' thread.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
        let place = Arc::clone(&self.asides).acquire_owned().await;
        let place = place.map_err(|_| Status::unavailable("the node is stopping"))?;
        #[expect(clippy::disallowed_methods, reason = "what is simulated does not speak gRPC")]
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "the conversion of a large message failed");
            Status::internal("the conversion of a large message failed")
        })
    }

    async fn execute<A: FromAnswer>(&self, key: Option<Uuid>, ask: Ask<A>) -> Result<A, Status> {
        self.gateway.execute(&principal(), key, ask).await.map_err(status::failed)
    }

    async fn prefix(&self, key: Option<Uuid>, ask: Ask<Box<Prefix>>) -> Result<api::Prefix, Status> {
        let prefix = self.execute(key, ask).await?;
        Ok(message(prefix.cidr, prefix.parent))
    }

    async fn address(&self, key: Option<Uuid>, ask: Ask<Box<PrefixAddress>>) -> Result<api::Ip, Status> {
        let taken = self.execute(key, ask).await?;
        Ok(api::Ip { ip: taken.address.to_string(), parent_prefix: taken.prefix.to_string() })
    }
}

/// The principal of go-ipam's clients.
fn principal() -> Principal {
    Principal { email: "metal-edit@metal-stack.io".to_owned(), role: Role::Edit }
}

fn message(cidr: IpNet, parent: Option<IpNet>) -> api::Prefix {
    let parent_cidr = parent.map(|parent| parent.to_string()).unwrap_or_default();
    api::Prefix { cidr: cidr.to_string(), parent_cidr }
}

/// The key and the message of a request.
fn opened<T>(request: Request<T>) -> Result<(Option<Uuid>, T), Status> {
    let key = request.metadata().get(IDEMPOTENCY_KEY).map(|value| {
        let key = value.to_str().ok().and_then(|text| Uuid::parse_str(text).ok());
        key.ok_or_else(|| Status::invalid_argument("idempotency-key must be a UUID"))
    });
    Ok((key.transpose()?, request.into_inner()))
}

fn bounded(name: &str, text: String) -> Result<String, Status> {
    if text.len() <= TEXT_BYTES_MAX {
        return Ok(text);
    }
    let bytes = text.len();
    Err(Status::invalid_argument(format!("{name} has {bytes} bytes, at most {TEXT_BYTES_MAX} are allowed")))
}

/// The namespace of a request. Some generated clients send an empty text for none.
fn namespace(named: Option<String>) -> Result<NamespaceId, Status> {
    let name = named.filter(|name| !name.is_empty()).unwrap_or_else(|| ROOT.to_owned());
    bounded("namespace", name).map(NamespaceId)
}

/// The namespace that a request names as its target.
fn named(name: String) -> Result<NamespaceId, Status> {
    let name = NamespaceId(name);
    let checked = namespace::check_name(&name).map_err(status::refused);
    checked.map(|()| name).map_err(status::of_namespaces)
}

/// Optional texts, as above.
fn optional(name: &str, text: Option<String>) -> Result<Option<String>, Status> {
    text.filter(|text| !text.is_empty()).map(|text| bounded(name, text)).transpose()
}

#[tonic::async_trait]
impl IpamService for GoIpam {
    async fn create_prefix(
        &self,
        request: Request<api::CreatePrefixRequest>,
    ) -> Answered<api::CreatePrefixResponse> {
        let (key, told) = opened(request)?;
        let (namespace, cidr) = (namespace(told.namespace)?, bounded("cidr", told.cidr)?);
        let prefix = self.prefix(key, ask::namespace::create_prefix(namespace, cidr)).await?;
        Ok(Response::new(api::CreatePrefixResponse { prefix: Some(prefix) }))
    }

    async fn delete_prefix(
        &self,
        request: Request<api::DeletePrefixRequest>,
    ) -> Answered<api::DeletePrefixResponse> {
        let (key, told) = opened(request)?;
        let (namespace, cidr) = (namespace(told.namespace)?, bounded("cidr", told.cidr)?);
        let prefix = self.prefix(key, ask::namespace::delete_prefix(namespace, cidr)).await?;
        Ok(Response::new(api::DeletePrefixResponse { prefix: Some(prefix) }))
    }

    async fn get_prefix(&self, request: Request<api::GetPrefixRequest>) -> Answered<api::GetPrefixResponse> {
        let told = request.into_inner();
        let (namespace, cidr) = (namespace(told.namespace)?, bounded("cidr", told.cidr)?);
        let found = self.look(|world| read::prefix(world, &namespace, &cidr))?;
        Ok(Response::new(api::GetPrefixResponse { prefix: Some(message(found.cidr, found.parent)) }))
    }

    async fn list_prefixes(
        &self,
        request: Request<api::ListPrefixesRequest>,
    ) -> Answered<api::ListPrefixesResponse> {
        let namespace = namespace(request.into_inner().namespace)?;
        let all = self.look(|world| read::prefixes(world, &namespace))?;
        let prefixes = all.into_iter().map(|(cidr, parent)| message(cidr, parent)).collect();
        Ok(Response::new(api::ListPrefixesResponse { prefixes }))
    }

    async fn prefix_usage(
        &self,
        request: Request<api::PrefixUsageRequest>,
    ) -> Answered<api::PrefixUsageResponse> {
        let told = request.into_inner();
        let (namespace, cidr) = (namespace(told.namespace)?, bounded("cidr", told.cidr)?);
        let usage = self.look(|world| read::usage(world, &namespace, &cidr))?;
        Ok(Response::new(api::PrefixUsageResponse {
            available_ips: usage.available_ips,
            acquired_ips: usage.acquired_ips,
            available_smallest_prefixes: usage.available_smallest_prefixes,
            available_prefixes: usage.available_prefixes.iter().map(IpNet::to_string).collect(),
            acquired_prefixes: usage.acquired_prefixes,
        }))
    }

    async fn acquire_child_prefix(
        &self,
        request: Request<api::AcquireChildPrefixRequest>,
    ) -> Answered<api::AcquireChildPrefixResponse> {
        let (key, told) = opened(request)?;
        let (namespace, parent) = (namespace(told.namespace)?, bounded("cidr", told.cidr)?);
        let child = match optional("child_cidr", told.child_cidr)? {
            Some(child) => Child::Specific(child),
            // A length that no prefix can have becomes the largest value, which is refused.
            None => Child::Length(u8::try_from(told.length).unwrap_or(u8::MAX)),
        };
        let prefix = self.prefix(key, ask::namespace::acquire_child(namespace, parent, child)).await?;
        Ok(Response::new(api::AcquireChildPrefixResponse { prefix: Some(prefix) }))
    }

    async fn release_child_prefix(
        &self,
        request: Request<api::ReleaseChildPrefixRequest>,
    ) -> Answered<api::ReleaseChildPrefixResponse> {
        let (key, told) = opened(request)?;
        let (namespace, cidr) = (namespace(told.namespace)?, bounded("cidr", told.cidr)?);
        let prefix = self.prefix(key, ask::namespace::release_child(namespace, cidr)).await?;
        Ok(Response::new(api::ReleaseChildPrefixResponse { prefix: Some(prefix) }))
    }

    async fn acquire_ip(&self, request: Request<api::AcquireIpRequest>) -> Answered<api::AcquireIpResponse> {
        let (key, told) = opened(request)?;
        let (namespace, prefix) = (namespace(told.namespace)?, bounded("prefix_cidr", told.prefix_cidr)?);
        let address = optional("ip", told.ip)?;
        let ip = self.address(key, ask::namespace::acquire_address(namespace, prefix, address)).await?;
        Ok(Response::new(api::AcquireIpResponse { ip: Some(ip), namespace: None }))
    }

    async fn release_ip(&self, request: Request<api::ReleaseIpRequest>) -> Answered<api::ReleaseIpResponse> {
        let (key, told) = opened(request)?;
        let (namespace, prefix) = (namespace(told.namespace)?, bounded("prefix_cidr", told.prefix_cidr)?);
        let address = bounded("ip", told.ip)?;
        let ip = self.address(key, ask::namespace::release_address(namespace, prefix, address)).await?;
        Ok(Response::new(api::ReleaseIpResponse { ip: Some(ip) }))
    }

    async fn dump(&self, request: Request<api::DumpRequest>) -> Answered<api::DumpResponse> {
        let namespace = namespace(request.into_inner().namespace)?;
        let world = Arc::clone(self.gateway.here());
        let dump = self.aside(move || looked(&world, |world| dump::write(world, &namespace))).await??;
        Ok(Response::new(api::DumpResponse { dump }))
    }

    async fn load(&self, request: Request<api::LoadRequest>) -> Answered<api::LoadResponse> {
        let told = request.into_inner();
        let namespace = namespace(told.namespace)?;
        let plan = self.aside(move || dump::read(&told.dump)).await?.map_err(status::refused)?;
        dumps::load(&self.gateway, &principal(), &namespace, &plan).await.map_err(status::failed)?;
        for mended in &plan.mended {
            tracing::warn!(%namespace, mended, "loaded an inconsistent dump after repairs");
        }
        let mut response = Response::new(api::LoadResponse {});
        if !plan.mended.is_empty() {
            response.metadata_mut().insert(MENDED, plan.mended.len().into());
        }
        Ok(response)
    }

    async fn create_namespace(
        &self,
        request: Request<api::CreateNamespaceRequest>,
    ) -> Answered<api::CreateNamespaceResponse> {
        let (key, told) = opened(request)?;
        let name = named(told.namespace)?;
        self.execute(key, ask::namespace::create(name)).await.map_err(status::of_namespaces)?;
        Ok(Response::new(api::CreateNamespaceResponse {}))
    }

    async fn list_namespaces(
        &self,
        _request: Request<api::ListNamespacesRequest>,
    ) -> Answered<api::ListNamespacesResponse> {
        let namespace = self.look(|world| Ok(read::namespaces(world)))?;
        Ok(Response::new(api::ListNamespacesResponse { namespace }))
    }

    async fn delete_namespace(
        &self,
        request: Request<api::DeleteNamespaceRequest>,
    ) -> Answered<api::DeleteNamespaceResponse> {
        let (key, told) = opened(request)?;
        let name = named(told.namespace)?;
        self.execute(key, ask::namespace::delete(name)).await.map_err(status::of_namespaces)?;
        Ok(Response::new(api::DeleteNamespaceResponse {}))
    }

    async fn version(&self, _request: Request<api::VersionRequest>) -> Answered<api::VersionResponse> {
        Ok(Response::new(api::VersionResponse {
            version: self.version.version.clone(),
            revision: self.version.revision.clone(),
            git_sha1: self.version.git_sha.clone(),
            build_date: self.version.build_date.clone(),
        }))
    }
}
