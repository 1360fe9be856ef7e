//! The tasks of one mesh, QUIC's among them. They end with it: a mesh that is dropped is silent at once, like a process
//! that was killed.

use parking_lot::Mutex;
use quinn::{AsyncTimer, AsyncUdpSocket, Runtime, TokioRuntime};
use std::future::Future;
use std::io::Result;
use std::net::UdpSocket;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::Handle;
use tokio::task::JoinSet;

#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    /// `None`: stopped.
    running: Arc<Mutex<Option<JoinSet<()>>>>,
    handle: Handle,
}

impl Tasks {
    /// Must be called inside a runtime, which the tasks run on.
    pub(crate) fn new() -> Self {
        Self { running: Arc::new(Mutex::new(Some(JoinSet::new()))), handle: Handle::current() }
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running.lock();
        let Some(tasks) = running.as_mut() else { return };
        while let Some(ended) = tasks.try_join_next() {
            if ended.as_ref().is_err_and(tokio::task::JoinError::is_panic) {
                tracing::error!("a task of the mesh panicked");
            }
        }
        tasks.spawn_on(task, &self.handle);
    }

    pub(crate) fn stop(&self) {
        let tasks = self.running.lock().take();
        drop(tasks);
    }
}

impl Runtime for Tasks {
    fn new_timer(&self, at: Instant) -> Pin<Box<dyn AsyncTimer>> {
        TokioRuntime.new_timer(at)
    }

    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        Self::spawn(self, future);
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> Result<Arc<dyn AsyncUdpSocket>> {
        TokioRuntime.wrap_udp_socket(socket)
    }

    fn now(&self) -> Instant {
        TokioRuntime.now()
    }
}
