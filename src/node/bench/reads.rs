//! Reads machines over HTTP, compared with a bare actix-web handler that sends the same bytes.
//!
//! Both servers run all the time and are measured in turns (ours, bare, bare, ours), so that other load of the machine
//! affects both.

use super::bare;
use super::load::{self, Connection, Figures, request};
use super::partition::{MeasuredPartition, build};
use super::server::Server;
use anyhow::ensure;
use metalmesh::grpc::api::event_service_client::EventServiceClient;
use metalmesh::grpc::api::{EventServiceSendRequest, MachineProvisioningEvent};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;
use tonic::transport::Endpoint;

const MACHINES: u32 = 1_000;
const TURN: Duration = Duration::from_millis(1200);
const WARM_UP: Duration = Duration::from_millis(300);
const ROUNDS: usize = 2;

/// The event rate of 10,000 machines that report every half minute.
const EVENTS_PER_S: u32 = 330;

pub(crate) async fn measure(dir: &Path) -> anyhow::Result<()> {
    let partition = MeasuredPartition::sqlite(&dir.join("reads"))?;
    build(&partition, MACHINES, usize::try_from(MACHINES / 2)?).await?;
    let grpc = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let node = partition.start_at(&grpc).await?;
    let mut connection = Connection::open(node.http).await?;
    let list = connection.ask(&request("GET", "/v1/machine", None)).await?.to_vec();
    let machines: Vec<serde_json::Value> = serde_json::from_slice(&list)?;
    ensure!(machines.len() == usize::try_from(MACHINES)?, "all machines are listed");
    let allocated = machines.iter().find(|machine| !machine["allocation"].is_null());
    let id = allocated.map(|machine| super::support::client::text(machine, "/id")).unwrap_or_default();
    let path = format!("/v1/machine/{id}");
    let one = connection.ask(&request("GET", &path, None)).await?.to_vec();
    let files = [dir.join("one.json"), dir.join("list.json")];
    std::fs::write(&files[0], &one)?;
    std::fs::write(&files[1], &list)?;
    let bare = bare::start(&[&files[0], &files[1]]).await?;
    println!(
        "\n{:<34} {:>8} {:>9} {:>9} {:>9} {:>8} | bare {:>6} {:>9} {:>9} {:>9} | {:>5} {:>5}",
        "", "conns", "req/s", "p50", "p99", "CPU/req", "req/s", "p50", "p99", "CPU/req", "ratio", "CPU"
    );
    let servers = [&node, &bare];
    for (what, paths, counts) in [
        (format!("GET machine ({} B)", one.len()), [path.as_str(), "/v1/0"], [1, 64]),
        (format!("GET {MACHINES} machines ({} B)", list.len()), ["/v1/machine", "/v1/1"], [1, 16]),
    ] {
        for connections in counts {
            let [ours, bare] = beside(servers, paths, connections).await?;
            show(&what, connections, ours, bare);
        }
    }
    let files = Server::nginx(&dir.canonicalize()?).await?;
    let (by, other) = files.as_ref().map_or(("a bare handler", &bare), |nginx| ("nginx", nginx));
    let path = if files.is_some() { "/v1/list.json" } else { "/v1/1" };
    println!("\nThe same list, beside {by} (as \"bare\"), ratio ours to theirs:");
    let ids: Vec<String> =
        machines.iter().map(|machine| super::support::client::text(machine, "/id")).collect();
    for (what, events_per_s) in [("at rest", 0), ("while 330 events/s come in", EVENTS_PER_S)] {
        let lists = beside([&node, other], ["/v1/machine", path], 1);
        let (figures, sent) = futures_util::future::join(lists, events(&grpc, &ids, events_per_s)).await;
        let [ours, theirs] = figures?;
        let ratio = ours.per_second() / theirs.per_second();
        show(&format!("list {what}"), 1, ours, theirs);
        println!(
            "  {ratio:.2} of {by}, aim >= {}; {} events",
            if events_per_s == 0 { 0.8 } else { 0.5 },
            sent?
        );
    }
    node.stop().await
}

/// Sends signs of life evenly, until [`beside`] ends; returns how many.
async fn events(grpc: &str, ids: &[String], per_s: u32) -> anyhow::Result<usize> {
    let Some(pause) = Duration::from_secs(1).checked_div(per_s) else { return Ok(0) };
    let mut client =
        EventServiceClient::new(Endpoint::from_shared(format!("http://{grpc}"))?.connect().await?);
    let (began, mut sent) = (Instant::now(), 0_usize);
    let turns = u32::try_from(4 * ROUNDS)?;
    while began.elapsed() < turns * (TURN + WARM_UP) {
        let event =
            MachineProvisioningEvent { event: "Alive".to_owned(), ..MachineProvisioningEvent::default() };
        let events = [(ids[sent % ids.len()].clone(), event)].into();
        client.send(EventServiceSendRequest { events }).await?;
        sent += 1;
        tokio::time::sleep_until(began + pause * u32::try_from(sent)?).await;
    }
    Ok(sent)
}

/// The measurements of two servers, taken in turns.
async fn beside(servers: [&Server; 2], paths: [&str; 2], connections: usize) -> anyhow::Result<[Figures; 2]> {
    let mut figures = [Figures::default(), Figures::default()];
    for turn in [0, 1, 1, 0].into_iter().cycle().take(4 * ROUNDS) {
        let (server, request) = (servers[turn], request("GET", paths[turn], None));
        load::run(server.http, &request, connections, WARM_UP).await?;
        let before = server.cpu()?;
        let mut run = load::run(server.http, &request, connections, TURN).await?;
        run.cpu = server.cpu()? - before;
        figures[turn].add(run);
    }
    Ok(figures)
}

fn show(what: &str, connections: usize, mut ours: Figures, mut bare: Figures) {
    let [p50, p99] = ours.percentiles([50, 99]);
    let [bare_p50, bare_p99] = bare.percentiles([50, 99]);
    let ratio = bare.per_second() / ours.per_second();
    let cpu = ours.cpu_each().as_secs_f64() / bare.cpu_each().as_secs_f64();
    println!(
        "{what:<34} {connections:>8} {:>9.0} {p50:>9.0?} {p99:>9.0?} {:>8.1?} | {:>11.0} {bare_p50:>9.0?} {bare_p99:>9.0?} {:>9.1?} \
         | {ratio:>5.2} {cpu:>5.2}",
        ours.per_second(),
        ours.cpu_each(),
        bare.per_second(),
        bare.cpu_each(),
    );
}
