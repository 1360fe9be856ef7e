//! The real binary as a real process.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

/// The binary under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_metalmesh");

/// Below the kernel's range for outgoing connections: one of those could take a node's port while the node is down.
/// Clients in other languages use ports from 26,000 on.
const PORTS: std::ops::Range<u16> = 20_000..26_000;

/// A port that is free now, and that no other test of this process gets.
pub(crate) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() as usize * 97;
    loop {
        let step = first + usize::from(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + (step % PORTS.len()) as u16;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap();
        }
    }
}

/// A process that is killed at the end of the test.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    pub(crate) fn start(arguments: &[&str], folder: &Path, log: &str) -> Self {
        Self::spawn(command(arguments, folder), &folder.join(log))
    }

    /// With a pipe for its log, which the caller may read or not.
    pub(crate) fn spawn_with_pipe(mut command: Command) -> (Self, ChildStderr) {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = child.stderr.take().unwrap();
        (Self { child }, log)
    }

    /// Both outputs are appended to `log`.
    pub(crate) fn spawn(mut command: Command, log: &Path) -> Self {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        Self { child: command.spawn().unwrap() }
    }

    /// `kill -9`
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ctrl-C, and the exit code.
    pub(crate) async fn interrupt(&mut self) -> Option<i32> {
        self.signal("-INT");
        self.exit().await
    }

    /// SIGTERM, and the exit code.
    pub(crate) async fn terminate(&mut self) -> Option<i32> {
        self.signal("-TERM");
        self.exit().await
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The exit code, `None` when a signal ended it.
    pub(crate) async fn exit(&mut self) -> Option<i32> {
        within(Duration::from_secs(15), "the process ends", async || self.child.try_wait().unwrap())
            .await
            .code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The binary, to run in `folder`. The environment is clean.
pub(crate) fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(folder).env_clear().env("RUST_LOG", "info");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(Stdio::null());
    command
}

/// Runs to the end: the exit code, standard output and standard error.
pub(crate) fn run(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    let output = command(arguments, folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A dev node on its own ports.
pub(crate) struct Node {
    pub(crate) process: Process,
    pub(crate) http: SocketAddr,
    pub(crate) grpc: SocketAddr,
}

impl Node {
    /// Without entities and hardware.
    pub(crate) fn start_empty(folder: &Path) -> Self {
        Self::start(folder, &["--empty"])
    }

    /// With options of `dev`.
    pub(crate) fn start(folder: &Path, options: &[&str]) -> Self {
        let (http, grpc) = (free_address(), free_address());
        Self { process: start_node(folder, http, grpc, options), http, grpc }
    }

    pub(crate) fn kill_and_start_again(&mut self, folder: &Path) {
        self.process.kill();
        self.process = start_node(folder, self.http, self.grpc, &["--empty"]);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/metal", self.http)
    }
}

fn start_node(folder: &Path, http: SocketAddr, grpc: SocketAddr, options: &[&str]) -> Process {
    let [http, grpc] = [http.to_string(), grpc.to_string()];
    let arguments = ["dev", "--data-dir", "data", "--http", &http, "--grpc", &grpc];
    Process::start(&[&arguments, options].concat(), folder, "node.log")
}

/// A rack of simulated machines that talks to `node`.
pub(crate) fn start_rack(node: &Node, machines: u32, speed: u32, folder: &Path) -> Process {
    start_rack_with(node, machines, speed, folder, &[])
}

/// With more options of `hardware`.
pub(crate) fn start_rack_with(
    node: &Node,
    machines: u32,
    speed: u32,
    folder: &Path,
    options: &[&str],
) -> Process {
    let (grpc, machines, speed) = (format!("http://{}", node.grpc), machines.to_string(), speed.to_string());
    let url = node.url();
    let arguments = [
        "hardware",
        "--http",
        &url,
        "--grpc",
        &grpc,
        "--partition",
        "mini-lab",
        "--rack",
        "test-rack",
        "--machines",
        &machines,
        "--switches",
        "2",
        "--speed",
        &speed,
    ];
    Process::start(&[&arguments, options].concat(), folder, "rack.log")
}

/// Polls every 50 ms until `look` returns a value; fails after `limit`.
pub(crate) async fn within<T>(limit: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let until = tokio::time::Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < until, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
