//! The tests' own PostgreSQL cluster, and how tests run without one.
//!
//! The cluster lives in a directory under `/tmp`, listens only on a socket there, keeps `fsync` on and is shared by the
//! tests of one process. A shell that waits for any end of this process stops the server and removes the directory.
//! `METALMESH_TEST_POSTGRES` names a server to use instead, CockroachDB for example.

use super::skip;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, Row};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::sync::OnceLock;

/// Starts a cluster in `$1` with the programs of `$2`, reports it, waits for the end of its input, and cleans up.
///
/// Its collation is that of a language, so that the stores must ask for byte order. No commit waits for the standby
/// `nobody`, unless a test configures its database to: such a commit gets no response.
const CLUSTER: &str = r#"
set -e
trap : INT TERM
"$2/initdb" -D "$1/data" -U metalmesh -A trust -E UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en-US >"$1/log" 2>&1
cat >>"$1/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$1'
max_connections = 200
synchronous_standby_names = 'nobody'
synchronous_commit = local
END
#MORE
"$2/pg_ctl" -D "$1/data" -l "$1/log" -w start >>"$1/log" 2>&1 </dev/null
echo started
set +e
read -r _
"$2/pg_ctl" -D "$1/data" -m immediate stop >/dev/null 2>&1
rm -rf "$1"
"#;

/// A running cluster.
pub(crate) struct Cluster {
    dir: PathBuf,
    programs: PathBuf,
    /// Its input ends with this value or with this process.
    watchdog: Child,
}

impl Cluster {
    /// A new cluster; `None` when PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// `more`: shell commands for the folder `$1/data` before the server starts.
    pub(crate) fn start_with(more: &str) -> Option<Self> {
        let programs = programs()?;
        let dir = tempfile::Builder::new().prefix("metalmesh-pg-").tempdir().unwrap().keep();
        let mut command = as_user(&dir, "sh");
        command.args(["-c", &CLUSTER.replace("#MORE", more), "sh"]).arg(&dir).arg(&programs);
        let mut watchdog = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = [0; 8];
        let started = watchdog.stdout.take().unwrap().read_exact(&mut said).is_ok() && &said == b"started\n";
        let log = dir.join("log");
        assert!(started, "PostgreSQL did not start: {}", std::fs::read_to_string(log).unwrap_or_default());
        Some(Self { dir, programs, watchdog })
    }

    /// The URL of the default database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://metalmesh@{}/postgres", self.dir.display().to_string().replace('/', "%2F"))
    }

    /// Kills all of its processes and restarts it.
    pub(crate) fn crash(&self) {
        let mut command = as_user(&self.dir, &self.programs.join("pg_ctl").display().to_string());
        command.arg("-D").arg(self.dir.join("data")).arg("-l").arg(self.dir.join("log"));
        let status = command.args(["-m", "immediate", "-w", "restart"]).stdout(Stdio::null()).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().unwrap();
    }
}

/// PostgreSQL refuses to run as root.
fn as_user(dir: &Path, program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let owned = Command::new("chown").arg("postgres").arg(dir).status().unwrap();
    assert!(owned.success());
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", program]);
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// The newest installed version's directory of programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let programs = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let mut programs: Vec<PathBuf> = programs.filter(|path| path.join("initdb").exists()).collect();
    programs.sort();
    programs.pop()
}

/// The URL of the shared server.
pub(crate) fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    // The cluster is never dropped: its watchdog ends with this process.
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match std::env::var("METALMESH_TEST_POSTGRES") {
        Ok(url) => Some(url),
        Err(_) => CLUSTER.get_or_init(Cluster::start).as_ref().map(Cluster::url),
    });
    server.as_deref()
}

/// Reports a skipped test, or fails if it must not be skipped.
pub(crate) fn skipped(why: &str) {
    skip::skipped(why, "METALMESH_REQUIRE_POSTGRES");
}

/// A new database for the test `name`; `None`, with a message, when there is no server.
pub(crate) async fn database(name: &str) -> Option<Database> {
    let Some(server) = server() else {
        skipped("PostgreSQL is not installed");
        return None;
    };
    let name = format!("{name}_{}", std::process::id());
    let mut admin = connect(server).await;
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (before, _) = server.rsplit_once('/').unwrap();
    Some(Database { url: format!("{before}/{name}"), name })
}

async fn connect(url: &str) -> PgConnection {
    PgConnectOptions::from_str(url).unwrap().application_name("tests").connect().await.unwrap()
}

/// A database of one test.
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) name: String,
}

impl Database {
    /// A session outside the store.
    pub(crate) async fn connect(&self) -> PgConnection {
        connect(&self.url).await
    }

    /// Runs a statement without a result, outside of the store.
    pub(crate) async fn run(&self, text: &str) {
        connect(&self.url).await.execute(AssertSqlSafe(text.to_owned())).await.unwrap();
    }

    /// Runs `body` (PL/pgSQL) inside every `COMMIT` that wrote to `table`, as the trigger `fault`. It can count with
    /// the sequence `tries`, which is not rolled back.
    pub(crate) async fn at_commit(&self, table: &str, body: &str) {
        self.run("CREATE SEQUENCE tries").await;
        let function = format!(
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
        );
        self.run(&function).await;
        let trigger = format!(
            "CREATE CONSTRAINT TRIGGER fault AFTER INSERT OR UPDATE ON {table} \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fault()"
        );
        self.run(&trigger).await;
    }

    /// The single number that `text` returns.
    pub(crate) async fn number(&self, text: &str) -> i64 {
        let row = connect(&self.url).await.fetch_one(AssertSqlSafe(text.to_owned())).await.unwrap();
        row.get(0)
    }

    /// Ends the store's sessions that match `filter`, as soon as there is one.
    pub(crate) async fn terminate(&self, filter: &str) {
        self.counted("count(pg_terminate_backend(pid))", filter).await;
    }

    /// Ends when a session of the store matches `filter`.
    pub(crate) async fn until(&self, filter: &str) {
        self.counted("count(pid)", filter).await;
    }

    /// Polls until `count` of the store's sessions that match `filter` is not 0.
    async fn counted(&self, count: &str, filter: &str) {
        let text = format!(
            "SELECT {count} FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'metalmesh' AND {filter}"
        );
        for _ in 0..1_000_000 {
            if self.number(&text).await > 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("no session matched {filter}");
    }
}
