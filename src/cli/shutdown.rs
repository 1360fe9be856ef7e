//! Ctrl-C and SIGTERM, and runtimes that end with them.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Signals that ask the process to stop. Once it exists, a signal no longer kills the process but is kept until it is
/// read.
#[derive(Debug)]
pub(super) struct Requests {
    interrupt: Signal,
    terminate: Signal,
}

impl Requests {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Ends at the first signal, including one that has already come.
    pub(super) async fn first(&mut self) {
        tokio::select! {
            biased;
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Runs `work` on this thread; a signal to stop cancels its token.
pub(super) fn block_on<F>(work: impl FnOnce(CancellationToken) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = CancellationToken::new();
    let stop = token.clone();
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let mut requests = Requests::listen()?;
        tokio::task::spawn_local(async move {
            requests.first().await;
            stop.cancel();
        });
        work(token).await
    })
}

/// Runs `work` on this thread; a signal to stop drops it.
pub(super) fn block_on_or_stop(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    block_on(async |stop| {
        tokio::select! {
            biased;
            () = stop.cancelled() => anyhow::bail!("stopped before it was done"),
            result = work => result,
        }
    })
}
