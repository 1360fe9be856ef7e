//! Published clients in other languages against a real node, pinned by version and checksum in `tests/clients/`. They
//! start nodes themselves; this module prepares and reports them.
//!
//! By hand: `cargo build`, `export METALMESH=$PWD/target/debug/metalmesh`, and then `go test ./metalapi` in
//! `tests/clients/go`, or `python guard.py machine` in `tests/clients/python`.
//!
//! A client without its toolchain or packages is skipped by name; `METALMESH_REQUIRE_CLIENTS=1` makes this a failure.

use crate::support::postgres;
use crate::support::process::{Node, PROGRAM, Process, free_address, run, within};
use crate::support::skip::skipped;
use metalmesh::grpc::api::VersionRequest;
use metalmesh::grpc::api::ipam_service_client::IpamServiceClient;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::time::Instant;

const GO: Language = Language { name: "Go", folder: "tests/clients/go", pins: "go.mod" };
const PYTHON: Language =
    Language { name: "Python", folder: "tests/clients/python", pins: "requirements.txt" };

struct Language {
    name: &'static str,
    folder: &'static str,
    /// The file with the exact version of every package.
    pins: &'static str,
}

impl Language {
    fn folder(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(self.folder)
    }

    /// The version of a package.
    fn version(&self, package: &str) -> String {
        let pins = fs::read_to_string(self.folder().join(self.pins)).unwrap();
        let words: Vec<&str> = pins.split([' ', '\t', '\n']).flat_map(|word| word.split("==")).collect();
        let place = words.iter().position(|word| *word == package);
        place.and_then(|place| words.get(place + 1)).expect("every client is pinned").to_string()
    }
}

/// Runs a command with captured output; on failure returns the last line of the output.
fn prepare(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("{program} is not installed"),
        _ => format!("{program}: {error}"),
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason given");
    if output.status.success() { Ok(()) } else { Err(last.trim().to_owned()) }
}

#[expect(
    clippy::explicit_write,
    reason = "libtest takes what macros print, and shows nothing of a test that passes"
)]
fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

/// The variable that makes a skipped client a failure.
pub(crate) const REQUIRED: &str = "METALMESH_REQUIRE_CLIENTS";

/// Number of ports of one client. Clients run in parallel, and must not use each other's ports.
const PORTS: u16 = 1_500;

/// Runs a client's tests, which report `<n> checks`. Their nodes use ports from `port` on.
fn guard(language: &Language, package: &str, name: &str, port: u16, ready: Result<Command, String>) {
    let reports = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
    let report = reports.join(format!("{name}.txt"));
    fs::create_dir_all(&reports).unwrap();
    if report.exists() {
        fs::remove_file(&report).unwrap();
    }
    let mut command = match ready {
        Ok(command) => command,
        Err(why) => return skipped(&why, REQUIRED),
    };
    command.env("METALMESH", PROGRAM).stdin(Stdio::null());
    command.env("METALMESH_TEST_PORTS", format!("{port}+{PORTS}"));
    if let Some(url) = postgres::server() {
        command.env("METALMESH_TEST_POSTGRES", url);
    }
    let began = Instant::now();
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}:\n{told}\n{error}");
    for skipped in told.lines().filter_map(|line| line.trim_start().strip_prefix("--- SKIP: ")) {
        say(&format!("SKIPPED: clients::{name}: {skipped}"));
    }
    let checks = told.lines().rev().find_map(|line| line.strip_suffix(" checks"));
    let checks: u64 = checks.and_then(|count| count.parse().ok()).expect("a client counts its checks");
    assert!(checks > 0, "a client that checks nothing is no guard");
    let seconds = began.elapsed().as_secs();
    let version = language.version(package);
    let line =
        format!("{name}: {checks} checks by {} with {package} {version}, in {seconds} s", language.name);
    fs::write(report, format!("{line}\n")).unwrap();
    say(&line);
}

/// Go in its module, with everything that the module needs.
fn go_program() -> Result<Command, String> {
    let go = || {
        let mut go = Command::new("go");
        // Otherwise a newer Go would be downloaded.
        go.current_dir(GO.folder()).env("GOTOOLCHAIN", "local");
        go.env("GOFLAGS", "-buildvcs=false -mod=readonly");
        go
    };
    prepare(go().args(["mod", "download"]))?;
    Ok(go())
}

/// The tests of one package of the Go module.
fn go(package: &str) -> Result<Command, String> {
    let mut go = go_program()?;
    go.args(["test", "-count=1", "-v", "-timeout=10m", &format!("./{package}")]);
    Ok(go)
}

/// An environment with the pinned packages, created once for each list of packages.
fn python() -> Result<Command, String> {
    let pins = fs::read(PYTHON.folder().join(PYTHON.pins)).unwrap();
    let sum = hex::encode(Sha256::digest(&pins));
    let partition =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(format!("python-{}", &sum[..12]));
    let program = partition.join("bin/python");
    let complete = partition.join("complete");
    if !complete.exists() {
        prepare(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&partition))?;
        let install =
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"];
        prepare(Command::new(&program).args(install).arg(PYTHON.pins).current_dir(PYTHON.folder()))?;
        fs::write(complete, "").unwrap();
    }
    let mut test = Command::new(program);
    // Leaves no files in the project's folders.
    test.arg("guard.py").current_dir(PYTHON.folder()).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(test)
}

#[test]
fn metal_api_from_go() {
    guard(&GO, "github.com/metal-stack/metal-go", "metal_api_from_go", 26_000, go("metalapi"));
}

#[test]
fn ipam_from_go() {
    guard(&GO, "github.com/metal-stack/go-ipam", "ipam_from_go", 27_500, go("ipam"));
}

#[test]
fn boot_and_events_from_go() {
    guard(&GO, "google.golang.org/grpc", "boot_and_events_from_go", 29_000, go("boot"));
}

#[test]
fn metal_api_from_python() {
    guard(&PYTHON, "metal-python", "metal_api_from_python", 30_500, python());
}

/// `metalmesh bench ipam --baseline` compares these.
#[tokio::test]
async fn the_bench_runs_beside_the_real_service() {
    let Some(database) = postgres::database("bench_goipam").await else { return };
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("goipam");
    let build = |mut go: Command| prepare(go.args(["build", "-o"]).arg(&program).arg("./cmd/goipam"));
    match go_program() {
        Ok(go) => build(go).unwrap(),
        Err(why) => return skipped(&why, REQUIRED),
    }
    let address = free_address();
    let mut service = Command::new(&program);
    service.arg("--listen").arg(address.to_string()).arg("--database").arg(&database.url);
    let _service = Process::spawn(service, &folder.path().join("goipam.log"));
    let node = Node::start_empty(folder.path());
    let (target, baseline) = (format!("http://{}", node.grpc), format!("http://{address}"));
    for url in [&target, &baseline] {
        within(Duration::from_secs(30), "the service answers", async || {
            let version =
                IpamServiceClient::connect(url.clone()).await.ok()?.version(VersionRequest {}).await;
            version.ok()
        })
        .await;
    }
    let sides = ["bench", "ipam", "--target", &target, "--baseline", &baseline];
    // The first two load dumps, twice each: go-ipam loads them into another namespace than requested.
    let options = ["--workloads", "W3,W8,W11", "--rounds", "1", "--seconds", "1"];
    let (code, told, error) = run(&[&sides[..], &options[..]].concat(), folder.path());
    assert_eq!(code, Some(0), "{told}{error}");
    let lines: Vec<&str> = told.lines().skip(1).filter(|line| line.starts_with('W')).collect();
    assert_eq!(lines.len(), 3 * 2, "{told}");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().rev().collect();
        assert_eq!(words[1], "0", "promises that were not kept: {told}");
        assert!(words[2..4] == ["0", "0"] || line.contains("baseline"), "failed: {told}");
    }
}
