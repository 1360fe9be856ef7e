//! `metalmesh bench`: benchmarks address management of a running service, compared with other services at the same
//! time.
//!
//! The workloads and their numbers are those of ipam 2.4. The services take turns, each with an address space of its
//! own; the table shows the medians of all rounds. Every run ends with an audit of the answers.
//!
//! A client that waits for each answer hides most of a pause. So the last round of each service is an open loop:
//! clients send at scheduled times, at 80 % of the reached rate, even if the last answer is missing, and latencies
//! count from the scheduled times.
//!
//! | module | owns |
//! | --- | --- |
//! | `target` | the kinds of targets: a service with go-ipam's gRPC, the model, and rows |
//! | `model` | a document per prefix in PostgreSQL: go-ipam's pattern in our own SQL |
//! | `rows` | a row per address with its own commit, without a service: the limit of the database and the machine |
//! | `workload` | the preparation and the operations of clients |
//! | `pace` | the schedule of operations |
//! | `clients` | concurrent clients and their measurements |
//! | `table` | the printed table |

mod clients;
mod model;
mod pace;
mod rows;
mod table;
mod target;
mod workload;

use anyhow::Context;
use pace::Pace;
use sqlx::postgres::PgPool;
use std::time::Duration;
use table::Line;
use target::Side;
use workload::Workload;

/// The name of the measured service.
const TARGET: &str = "target";

/// Rate of an open loop, relative to the reached rate.
const OPEN_SHARE: f64 = 0.8;

/// What to measure and to compare.
#[derive(Clone, Debug)]
pub(crate) struct MeasurementPlan {
    /// gRPC URL of the measured service.
    pub(crate) target: String,
    /// Its process, if it is on this machine, for its CPU time.
    pub(crate) target_pid: Option<u32>,
    /// gRPC URL of the compared service, and its process.
    pub(crate) baseline: Option<String>,
    pub(crate) baseline_pid: Option<u32>,
    /// URL of a PostgreSQL database for the model and for rows; they own its content.
    pub(crate) model: Option<String>,
    /// URL of a database of the PostgreSQL cluster that all services store in, to count commits and WAL bytes.
    pub(crate) journal: Option<String>,
    /// Names of workloads as printed; empty: all.
    pub(crate) workloads: Vec<String>,
    pub(crate) rounds: usize,
    /// Length of each run, unless it finishes its operations earlier.
    pub(crate) length: Duration,
}

/// Measures; prints a line per workload and service as soon as it is known.
pub(crate) async fn run(plan: &MeasurementPlan, mut show: impl FnMut(&str)) -> anyhow::Result<()> {
    let mut sides = vec![Side::service(TARGET, &plan.target, plan.target_pid)?];
    if let Some(url) = &plan.baseline {
        sides.push(Side::service("baseline", url, plan.baseline_pid)?);
    }
    if let Some(url) = &plan.model {
        sides.extend(Side::models(url).await.context("--model")?);
    }
    let journal = match &plan.journal {
        Some(url) => Some(PgPool::connect(url).await.context("--journal: the database cannot be reached")?),
        None => None,
    };
    let wanted = |workload: &Workload| {
        plan.workloads.is_empty() || plan.workloads.iter().any(|name| name.eq_ignore_ascii_case(workload.id))
    };
    let all = workload::all();
    if let Some(unknown) =
        plan.workloads.iter().find(|name| !all.iter().any(|workload| name.eq_ignore_ascii_case(workload.id)))
    {
        let known: Vec<&str> = all.iter().map(|workload| workload.id).collect();
        anyhow::bail!("nothing is called {unknown}: {}", known.join(", "));
    }
    show(&table::head());
    for workload in all.iter().filter(|workload| wanted(workload)) {
        let sides: Vec<&Side> = sides.iter().filter(|side| side.can_play(workload)).collect();
        let mut lines: Vec<Line> = sides.iter().map(|side| Line::new(workload, side.name)).collect();
        for round in 0..plan.rounds.max(1) {
            // ABBA: other load of the machine affects all of them equally.
            let mut order: Vec<usize> = (0..sides.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for index in order {
                let (Some(side), Some(line)) = (sides.get(index), lines.get_mut(index)) else { continue };
                play(workload, side, line, Pace::Closed, plan.length, journal.as_ref()).await?;
            }
        }
        for (side, line) in sides.iter().zip(&mut lines).filter(|_| workload.can_be_open()) {
            let pace = Pace::Open { per_second: line.rate() * OPEN_SHARE };
            play(workload, side, line, pace, plan.length, journal.as_ref()).await?;
        }
        let (measured, others) = lines.split_first().context("there is a target")?;
        show(&measured.text(None));
        others.iter().for_each(|other| show(&other.text(Some(measured))));
    }
    Ok(())
}

/// One run of one service. A compared service that fails is reported as such; the others continue.
async fn play(
    workload: &Workload,
    side: &Side,
    line: &mut Line,
    pace: Pace,
    length: Duration,
    journal: Option<&PgPool>,
) -> anyhow::Result<()> {
    if line.is_given_up() {
        return Ok(());
    }
    match workload.run(side, pace, length, journal).await {
        Ok(figures) if pace == Pace::Closed => line.add(figures),
        Ok(figures) => line.add_open(figures),
        Err(why) if side.name == TARGET => return Err(why.context(format!("{} of {TARGET}", workload.id))),
        Err(why) => line.give_up(format!("{why:#}")),
    }
    Ok(())
}
