//! Throughput of address allocation: go-ipam's `AcquireIP` over gRPC, many callers on one prefix.

use super::load::Figures;
use super::partition::MeasuredPartition;
use super::server::Server;
use anyhow::{Context, ensure};
use metalmesh::grpc::api::ipam_service_client::IpamServiceClient;
use metalmesh::grpc::api::{AcquireIpRequest, CreatePrefixRequest};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tonic::transport::{Channel, Endpoint};

/// Has more addresses than a run can allocate.
const PREFIX: &str = "10.0.0.0/12";
const CALLERS: [usize; 2] = [1, 64];
const MEASURE_FOR: Duration = Duration::from_secs(5);

pub(crate) async fn measure(dir: &Path) -> anyhow::Result<()> {
    for callers in CALLERS {
        let folder = dir.join(format!("addresses-{callers}"));
        let partition = MeasuredPartition::sqlite(&folder)?;
        // The awaited line names only the HTTP port.
        let grpc = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let arguments = ["dev", "--empty", "--data-dir", ".", "--http", "127.0.0.1:0", "--grpc", &grpc];
        let node = Server::node(&arguments, &folder).await?;
        let channel = Endpoint::from_shared(format!("http://{grpc}"))?.connect().await?;
        let mut client = IpamServiceClient::new(channel);
        client.create_prefix(CreatePrefixRequest { cidr: PREFIX.to_owned(), namespace: None }).await?;
        let (cpu, before) = (node.cpu()?, partition.commits().await?);
        let mut figures = run(&client, callers).await?;
        figures.cpu = node.cpu()? - cpu;
        let commits = partition.commits().await?.wrapping_sub(before);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let shared = figures.waits.len() as f64 / f64::from(commits);
        let [p50, p99] = figures.percentiles([50, 99]);
        println!(
            "AcquireIP, SQLite     {callers:>3} callers {:>7.0} addresses/s   p50 {p50:>7.1?}  p99 {p99:>7.1?}  CPU {:>6.0?}   \
             {shared:.1} addresses per commit",
            figures.per_second(),
            figures.cpu_each(),
        );
        node.stop().await?;
    }
    Ok(())
}

/// All callers acquire the lowest address, repeatedly.
async fn run(client: &IpamServiceClient<Channel>, callers: usize) -> anyhow::Result<Figures> {
    let started = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..callers {
        asking.spawn_local(take(client.clone(), started + MEASURE_FOR));
    }
    let (mut figures, mut taken) = (Figures::default(), BTreeSet::new());
    while let Some(done) = asking.join_next().await {
        for (address, wait) in done?? {
            ensure!(taken.insert(address), "an address was given away twice");
            figures.waits.push(wait);
        }
    }
    figures.took = started.elapsed();
    Ok(figures)
}

async fn take(
    mut client: IpamServiceClient<Channel>,
    end: Instant,
) -> anyhow::Result<Vec<(String, Duration)>> {
    let mut taken = Vec::new();
    while Instant::now() < end {
        let sent = Instant::now();
        let ask = AcquireIpRequest { prefix_cidr: PREFIX.to_owned(), ..AcquireIpRequest::default() };
        let ip = client.acquire_ip(ask).await?.into_inner().ip.context("an answer has an address")?;
        taken.push((ip.ip, sent.elapsed()));
    }
    Ok(taken)
}
