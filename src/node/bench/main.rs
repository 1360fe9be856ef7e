//! What a node costs: start-up time, memory, latency, and throughput of machine and address allocation. Prints one
//! table.
//!
//! `cargo bench --bench node [start|memory|reads|cycles|addresses]`. PostgreSQL runs on a cluster of its own, or on the
//! server that `METALMESH_TEST_POSTGRES` names.
//!
//! Servers are processes of the real binary; this process makes the load. A bare actix-web server that sends the same
//! bytes is this binary, called with `bare`.

#![expect(clippy::print_stdout, reason = "figures are for people")]

mod addresses;
mod bare;
mod cycles;
mod footprint;
mod load;
mod partition;
mod reads;
mod server;
#[path = "../../../tests/support/mod.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "of the tests, which use more of it")]
mod support;

use anyhow::Context;
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| !text.starts_with("--")).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    actix_web::rt::System::new().block_on(async {
        match arguments.as_slice() {
            ["bare", bodies @ ..] => bare::serve(bodies).await,
            [] => measure(&["start", "memory", "reads", "cycles", "addresses"]).await,
            wanted => measure(wanted).await,
        }
    })
}

async fn measure(wanted: &[&str]) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .context("a directory on the disk that is measured")?;
    for what in wanted {
        match *what {
            "start" => footprint::starts(dir.path()).await?,
            "memory" => footprint::memory(dir.path()).await?,
            "reads" => reads::measure(dir.path()).await?,
            "cycles" => {
                cycles::measure("SQLite", &partition::MeasuredPartition::sqlite(&dir.path().join("cycles"))?)
                    .await?;
                on_postgres(dir.path()).await?;
            }
            "addresses" => addresses::measure(dir.path()).await?,
            other => anyhow::bail!("nothing is called {other}: start, memory, reads, cycles, addresses"),
        }
    }
    Ok(())
}

async fn on_postgres(dir: &Path) -> anyhow::Result<()> {
    match support::postgres::database("bench").await {
        Some(database) => {
            let partition =
                partition::MeasuredPartition::postgres(&dir.join("cycles-postgres"), &database.url)?;
            cycles::measure("PostgreSQL", &partition).await
        }
        None => {
            println!("PostgreSQL is not installed");
            Ok(())
        }
    }
}

/// The median.
fn median<T: Copy + Ord>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}
