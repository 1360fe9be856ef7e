//! The stream on which a machine waits for its allocation (api-machines 5.5): empty messages, and an end without error
//! when it is allocated. [`actors::service::wait`] has the rules.

use super::api::BootServiceWaitResponse;
use super::peer;
use actors::gateway::Gateway;
use actors::ids::MachineId;
use actors::service::wait::{self, News, Wait, WaitError, Waiters};
use futures_util::Stream;
use std::pin::Pin;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// Interval of keep-alive messages to a waiting machine. Each time the stream also reads the machine's row, more often
/// than the contract's 60 s; the row is in memory, so this is cheap.
const PATIENCE_INTERVAL: Duration = Duration::from_secs(5);

pub(super) type WaitStream = Pin<Box<dyn Stream<Item = Result<BootServiceWaitResponse, Status>> + Send>>;

/// Steps 1 to 3. Cancelling `stop` also ends the stream, with an error.
pub(super) async fn open(
    gateway: &Gateway,
    waiters: &Waiters,
    stop: &CancellationToken,
    machine: MachineId,
) -> Result<WaitStream, Status> {
    let wait = wait::open(gateway, waiters, &peer::principal(), machine).await.map_err(peer::refused)?;
    let waiting = Waiting { wait, stop: stop.clone() };
    Ok(Box::pin(futures_util::stream::unfold(Some(waiting), next)))
}

struct Waiting {
    wait: Wait,
    stop: CancellationToken,
}

async fn next(
    waiting: Option<Waiting>,
) -> Option<(Result<BootServiceWaitResponse, Status>, Option<Waiting>)> {
    let mut waiting = waiting?;
    let Waiting { wait, stop } = &mut waiting;
    let news = tokio::select! {
        biased;
        () = stop.cancelled() => {
            return Some((Err(Status::unavailable("the server is stopping, wait again")), None));
        }
        news = wait.next(PATIENCE_INTERVAL) => news,
    };
    match news {
        Ok(News::BePatient) => Some((Ok(BootServiceWaitResponse {}), Some(waiting))),
        Ok(News::Allocated) => {
            waiting.wait.done().await;
            None
        }
        Err(WaitError::Refused(refusal)) => Some((Err(peer::refused(refusal)), None)),
        Err(WaitError::Superseded) => Some((Err(Status::aborted(WaitError::Superseded.to_string())), None)),
    }
}
