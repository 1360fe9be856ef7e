//! Asks per second of the mesh beside bare QUIC, and the time of health beside saturated bulk, on one connection with
//! priorities and on two connections: `cargo bench -p transport --features fixture [-- asks|health|day]`.
//!
//! Asks go over real sockets of this machine, both ends in this process. Health is measured over the pretend network
//! with a round trip of 20 ms, where time is virtual, and over real sockets, where the processor is the limit. `day`
//! shows that no live peer is taken for dead in a virtual day.

#![expect(clippy::print_stdout, reason = "the report of a benchmark goes to the terminal")]

mod asks;
mod bare;
mod day;
mod health;

use std::error::Error;
use tokio::runtime::{Builder, Runtime};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    if "asks".contains(&filter) {
        real()?.block_on(asks::measure())?;
    }
    if "health".contains(&filter) {
        for line in health::LINES {
            virtual_time()?.block_on(health::pretend(line))?;
        }
        real()?.block_on(health::real())?;
    }
    if "day".contains(&filter) {
        virtual_time()?.block_on(day::measure())?;
    }
    Ok(())
}

fn virtual_time() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().start_paused(true).build()?)
}

fn real() -> Outcome<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
