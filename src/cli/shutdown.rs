//! Ctrl-C and SIGTERM, and runtimes that end with them.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Ends when somebody asks the process to stop.
pub(super) async fn requested() -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        biased;
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Runs `work` on this thread; its token is cancelled when the process is asked to stop.
pub(super) fn block_on<F>(work: impl FnOnce(CancellationToken) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = CancellationToken::new();
    let stop = token.clone();
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        tokio::task::spawn_local(async move {
            if let Err(error) = requested().await {
                tracing::error!(%error, "signals cannot be received; stopping");
            }
            stop.cancel();
        });
        work(token).await
    })
}
