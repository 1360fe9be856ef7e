//! Start-up time and memory of a node.

use super::load::{Connection, request};
use super::median;
use super::partition::{MeasuredPartition, build};
use super::server::Server;
use anyhow::Context;
use std::path::Path;
use std::time::Duration;

const RUNS: usize = 5;
const READY_AIM: Duration = Duration::from_secs(1);

/// Time from process start to the line that says `ready`.
pub(crate) async fn starts(dir: &Path) -> anyhow::Result<()> {
    let listen = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"];
    for (what, mode) in [("dev --empty", vec!["dev", "--empty"]), ("dev", vec!["dev"])] {
        let (mut first, mut again) = (Vec::new(), Vec::new());
        for run in 0..RUNS {
            let data = format!("{}-{run}", what.replace(' ', ""));
            let arguments: Vec<&str> =
                mode.iter().copied().chain(["--data-dir", &data]).chain(listen).collect();
            for times in [&mut first, &mut again] {
                let node = Server::node(&arguments, dir).await?;
                times.push(node.ready_after);
                node.stop().await?;
            }
        }
        let (first, again) = (median(first).context("runs")?, median(again).context("runs")?);
        println!(
            "start to ready, {what:<26} {first:>8.0?}   second start {again:>8.0?}   aim < {READY_AIM:?}"
        );
    }
    Ok(())
}

/// Resident memory with many machines, half of them allocated.
pub(crate) async fn memory(dir: &Path) -> anyhow::Result<()> {
    for (machines, aim_mb) in [(1_000_u32, 100), (10_000, 300)] {
        let partition = MeasuredPartition::sqlite(&dir.join(format!("memory-{machines}")))?;
        build(&partition, machines, usize::try_from(machines / 2)?).await?;
        let mut starts = Vec::new();
        for _ in 1..RUNS {
            let node = partition.start().await?;
            starts.push(node.ready_after);
            node.stop().await?;
        }
        let node = partition.start().await?;
        starts.push(node.ready_after);
        let loaded = node.memory_kib("VmRSS")?;
        let list = request("GET", "/v1/machine", None);
        let mut connection = Connection::open(node.http).await?;
        let bytes = connection.ask(&list).await?.len();
        connection.ask(&list).await?;
        let listed = node.memory_kib("VmRSS")?;
        let peak = node.memory_kib("VmHWM")?;
        println!(
            "{machines:>6} machines: start to ready {:.0?}; resident {} MB after the start, {} MB after two lists of \
             {:.1} MB each, peak {} MB   aim < {aim_mb} MB",
            median(starts).context("runs")?,
            loaded / 1024,
            listed / 1024,
            mb(bytes),
            peak / 1024,
        );
        node.stop().await?;
    }
    Ok(())
}

fn mb(bytes: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let bytes = bytes as f64;
    bytes / f64::from(1 << 20)
}
