//! The services to measure.

use super::model::{Bank, Model};
use super::rows::Rows;
use super::workload::Workload;
use crate::grpc::api::ipam_service_client::IpamServiceClient;
use crate::grpc::api::{
    AcquireChildPrefixRequest, AcquireIpRequest, CreateNamespaceRequest, CreatePrefixRequest, LoadRequest,
    PrefixUsageRequest, ReleaseIpRequest,
};
use anyhow::{Context, bail};
use std::time::Duration;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

/// A dump of 60,000 prefixes is a few megabytes.
const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// Longest time of a call; a slower service is broken.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);

/// One of the compared services.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) name: &'static str,
    /// The process whose CPU time counts.
    pub(super) pid: Option<u32>,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Service(Box<Endpoint>),
    Model(Bank),
    Rows(Bank),
}

impl Side {
    pub(super) fn service(name: &'static str, url: &str, pid: Option<u32>) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(url.to_owned()).with_context(|| format!("{url:?} is no URL"))?;
        let source = Source::Service(Box::new(endpoint.timeout(CALL_TIMEOUT).tcp_nodelay(true)));
        Ok(Self { name, pid, source })
    }

    /// The model, and rows in the same database.
    pub(super) async fn models(url: &str) -> anyhow::Result<[Self; 2]> {
        let bank = Bank::open(url).await?;
        let side = |name, source| Self { name, pid: None, source };
        Ok([side("model", Source::Model(bank.clone())), side("row", Source::Rows(bank))])
    }

    /// Rows support only addresses of one empty prefix.
    pub(super) fn can_play(&self, workload: &Workload) -> bool {
        !matches!(self.source, Source::Rows(_)) || workload.is_plain()
    }

    /// Opens a connection for one client, to an address space.
    pub(super) async fn open(&self, space: &str) -> anyhow::Result<Target> {
        Ok(match &self.source {
            Source::Service(endpoint) => {
                let channel = endpoint.connect().await.with_context(|| format!("{:?}", endpoint.uri()))?;
                let client = IpamServiceClient::new(channel).max_encoding_message_size(MESSAGE_BYTES_MAX);
                Target::Service { client, space: Some(space.to_owned()) }
            }
            Source::Model(bank) => Target::Model(bank.space(space)),
            Source::Rows(bank) => Target::Rows(bank.rows(space)),
        })
    }
}

/// A client's connection. Clones share it.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Service { client: IpamServiceClient<Channel>, space: Option<String> },
    Model(Model),
    Rows(Rows),
}

impl Target {
    pub(super) async fn create_space(&mut self) -> anyhow::Result<()> {
        if let Self::Service { client, space } = self {
            let namespace = space.clone().unwrap_or_default();
            client.create_namespace(CreateNamespaceRequest { namespace }).await?;
        }
        Ok(())
    }

    pub(super) async fn create_prefix(&mut self, cidr: &str) -> anyhow::Result<()> {
        match self {
            Self::Service { client, space } => {
                let asked = CreatePrefixRequest { cidr: cidr.to_owned(), namespace: space.clone() };
                client.create_prefix(asked).await?;
                Ok(())
            }
            Self::Model(model) => model.create_prefix(cidr).await,
            Self::Rows(_) => Ok(()),
        }
    }

    /// The allocated address; `None`: the requested one is already allocated.
    pub(super) async fn acquire(&mut self, prefix: &str, ip: Option<&str>) -> anyhow::Result<Option<String>> {
        match self {
            Self::Service { client, space } => {
                let ip = ip.map(str::to_owned);
                let asked = AcquireIpRequest { prefix_cidr: prefix.to_owned(), ip, namespace: space.clone() };
                match client.acquire_ip(asked).await {
                    Ok(given) => Ok(Some(given.into_inner().ip.context("an answer without an address")?.ip)),
                    Err(status) if status.code() == Code::AlreadyExists => Ok(None),
                    Err(status) => Err(status.into()),
                }
            }
            Self::Model(model) => model.acquire(prefix, ip).await,
            Self::Rows(rows) => rows.acquire().await.map(Some),
        }
    }

    pub(super) async fn release(&mut self, prefix: &str, ip: &str) -> anyhow::Result<()> {
        match self {
            Self::Service { client, space } => {
                let (prefix_cidr, ip) = (prefix.to_owned(), ip.to_owned());
                client.release_ip(ReleaseIpRequest { prefix_cidr, ip, namespace: space.clone() }).await?;
                Ok(())
            }
            Self::Model(model) => model.release(prefix, ip).await,
            Self::Rows(rows) => rows.release(ip).await,
        }
    }

    pub(super) async fn child(&mut self, parent: &str, length: u8) -> anyhow::Result<String> {
        match self {
            Self::Service { client, space } => {
                let asked = AcquireChildPrefixRequest {
                    cidr: parent.to_owned(),
                    length: length.into(),
                    child_cidr: None,
                    namespace: space.clone(),
                };
                let given = client.acquire_child_prefix(asked).await?.into_inner().prefix;
                Ok(given.context("an answer without a prefix")?.cidr)
            }
            Self::Model(model) => model.child(parent, length).await,
            Self::Rows(_) => bail!("a row has no children"),
        }
    }

    /// Loads a dump into an empty address space. `prefix` is in the dump.
    pub(super) async fn load(&mut self, dump: String, prefix: &str) -> anyhow::Result<()> {
        match self {
            Self::Service { client, space } => {
                client.load(LoadRequest { dump, namespace: space.clone() }).await?;
                // go-ipam itself (v1.14) always loads into its root namespace, and only once.
                self.taken(prefix).await.map(|_| ()).context(
                    "the service loaded the dump into another namespace than requested: for go-ipam, start the one of tests/clients/go",
                )
            }
            Self::Model(model) => model.load(&dump).await,
            Self::Rows(_) => bail!("rows are not loaded"),
        }
    }

    /// Number of used addresses and child prefixes of a prefix, including reserved ones.
    pub(super) async fn taken(&mut self, cidr: &str) -> anyhow::Result<(u64, u64)> {
        match self {
            Self::Service { client, space } => {
                let asked = PrefixUsageRequest { cidr: cidr.to_owned(), namespace: space.clone() };
                let usage = client.prefix_usage(asked).await?.into_inner();
                Ok((usage.acquired_ips, usage.acquired_prefixes))
            }
            Self::Model(model) => model.taken(cidr).await,
            Self::Rows(rows) => Ok((rows.taken().await?, 0)),
        }
    }
}
