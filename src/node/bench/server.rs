//! Server processes: when they are ready, what they use. Reads Linux's `/proc` and speaks no protocol.

use anyhow::{Context, ensure};
use metalmesh::telemetry::Stat;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

/// Longest time to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Paths of nginx in distributions.
const NGINX: [&str; 2] = ["/usr/sbin/nginx", "/usr/bin/nginx"];

/// A process that listens for HTTP.
pub(crate) struct Server {
    child: Child,
    pub(crate) http: SocketAddr,
    /// Time from process start to the line that says it is ready.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// The node.
    pub(crate) async fn node(arguments: &[&str], folder: &Path) -> anyhow::Result<Self> {
        Self::start(Command::new(env!("CARGO_BIN_EXE_metalmesh")).args(arguments).current_dir(folder)).await
    }

    /// Starts this binary.
    pub(crate) async fn own(arguments: &[&str]) -> anyhow::Result<Self> {
        Self::start(Command::new(std::env::current_exe()?).args(arguments)).await
    }

    /// Starts nginx, which sends the files of `folder` below `/metal/v1/`; `None`: it is not installed.
    pub(crate) async fn nginx(folder: &Path) -> anyhow::Result<Option<Self>> {
        let Some(program) = NGINX.into_iter().find(|path| Path::new(path).exists()) else { return Ok(None) };
        let http = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let (dir, config) = (folder.display(), folder.join("nginx.conf"));
        let text = format!(
            "daemon off; master_process off; pid {dir}/nginx.pid; error_log {dir}/nginx.log;\n\
             events {{ worker_connections 512; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type application/json;\n\
             client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;\n\
             uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;\n\
             server {{ listen {http}; location /metal/v1/ {{ alias {dir}/; }} }} }}\n"
        );
        std::fs::write(&config, text)?;
        let mut command = Command::new(program);
        command.arg("-c").arg(&config).arg("-p").arg(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let (started, child) = (Instant::now(), command.spawn()?);
        let server = Self { child, http, ready_after: Duration::ZERO };
        while tokio::net::TcpStream::connect(http).await.is_err() {
            ensure!(started.elapsed() < READY_WITHIN, "nginx was not ready in time");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(Some(server))
    }

    async fn start(command: &mut Command) -> anyhow::Result<Self> {
        let (output, sink) = std::io::pipe()?;
        let (found, address) = oneshot::channel();
        #[expect(clippy::disallowed_methods, reason = "a load program is not simulated")]
        std::thread::spawn(move || read(BufReader::new(output), found));
        command.stdin(Stdio::null()).stdout(sink.try_clone()?).stderr(sink).env("NO_COLOR", "1");
        let started = Instant::now();
        let child = command.spawn()?;
        // Drops the other ends of the pipe, without which it would never end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let http = timeout(READY_WITHIN, address).await.context("the server was not ready in time")?;
        let http = http.context("the server ended before it was ready")?;
        Ok(Self { child, http, ready_after: started.elapsed() })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/metal", self.http)
    }

    /// Stops with Ctrl-C.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let interrupted = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status()?;
        ensure!(interrupted.success(), "the server cannot be interrupted");
        while self.child.try_wait()?.is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// A size in KiB as `/proc/PID/status` names it: `VmRSS`, `VmHWM`.
    pub(crate) fn memory_kib(&self, name: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such size")?;
        Ok(line.trim_start_matches(':').trim().trim_end_matches(" kB").parse()?)
    }

    /// CPU time so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        Stat::of(self.child.id()).map(|stat| stat.cpu).context("a child of ours has its figures")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails if the process has already ended.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Finds the address in the line that says that the server is ready, then keeps the pipe empty.
fn read(output: impl BufRead, found: oneshot::Sender<SocketAddr>) {
    let mut found = Some(found);
    for line in output.lines().map_while(Result::ok) {
        let address = line.contains("ready").then(|| address(&line)).flatten();
        match (address, found.take()) {
            (Some(address), Some(found)) => {
                found.send(address).ok();
            }
            (_, waiting) => found = waiting,
        }
    }
}

/// The address after `http://` or `http=`.
fn address(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://").or_else(|| line.split_once("http="))?;
    rest.split(['/', ' ']).next()?.parse().ok()
}
