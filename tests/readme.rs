//! A newcomer's run: types the commands of the README and of the greeting of `dev`, against its own node.

use crate::metalctl::Metalctl;
use crate::support::client::text;
use crate::support::process::{Node, PROGRAM, Process, free_address, run, within};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// As in the README, after `cargo run`.
const README_PROGRAM: &str = "target/debug/metalmesh";
const README_RELEASE: &str = "target/release/metalmesh";
const README_URL: &str = "http://127.0.0.1:8080/metal";

/// Time limit from the start of the process.
const READY: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(40);

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The lines of shell blocks without comments; a trailing backslash continues a line.
fn commands(readme: &str) -> Vec<String> {
    let blocks = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines = blocks.flat_map(|block| {
        let whole = block.replace("\\\n", " ");
        whole.lines().map(|line| line.split(" #").next().unwrap().trim().to_owned()).collect::<Vec<_>>()
    });
    lines.filter(|line| !line.is_empty()).collect()
}

/// The lines of the greeting, once it is printed.
async fn greeting(folder: &Path) -> Vec<String> {
    within(READY, "the greeting", async || {
        let log = std::fs::read_to_string(folder.join("node.log")).ok()?;
        let said: Vec<String> =
            log.lines().skip_while(|line| !line.starts_with("ready: ")).map(str::to_owned).collect();
        said.iter().any(|line| line.contains(" why ")).then_some(said)
    })
    .await
}

/// Runs a line in bash; returns standard output of a success.
fn bash(line: &str, folder: &Path) -> String {
    let output = Command::new("bash").args(["-c", line]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The output of `curl -K <(program sign ..) url`. Without curl the configuration is parsed like curl does; where all
/// tools are required, as in CI, this is not accepted.
async fn curl(line: &str, folder: &Path) -> String {
    if Command::new("curl").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return bash(line, folder);
    }
    let required = std::env::var("METALMESH_REQUIRE_POSTGRES").is_ok_and(|value| value == "1");
    assert!(!required, "curl is not installed, and METALMESH_REQUIRE_POSTGRES=1");
    replayed(line, folder).await
}

/// The same without curl.
async fn replayed(line: &str, folder: &Path) -> String {
    let (sign, url) = line.trim().strip_prefix("curl -K <(").unwrap().split_once(") ").unwrap();
    let settings = bash(sign, folder);
    let quoted = |name: &str| {
        let values = settings.lines().filter_map(move |setting| {
            setting.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"').map(str::to_owned)
        });
        values.collect::<Vec<_>>()
    };
    let method = quoted("request").pop().unwrap().parse().unwrap();
    let mut request = metalmesh::tls::http_client(Duration::from_secs(15)).unwrap().request(method, url);
    for header in quoted("header") {
        let (name, value) = header.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

/// A reader at a terminal: types the commands that can run here, skips known others, and fails at all others.
struct Newcomer<'a> {
    node: &'a Node,
    folder: &'a Path,
    metalctl: Metalctl,
    /// The values of `<network-id>`, `<machine-id>` and `<token>`.
    found: BTreeMap<&'static str, String>,
    second: Option<Process>,
}

impl Newcomer<'_> {
    async fn types(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["cargo", "run"] | ["cargo", "test", "--workspace"] | ["cargo", "build", "--release"] => {}
            [README_RELEASE, "config", "check", "node.toml"]
            | [README_RELEASE, "serve", "--config", "node.toml"] => {}
            ["curl", ..] => self.sees_machines(line).await,
            ["export", settings @ ..] => {
                for setting in settings {
                    match setting.split_once('=').unwrap() {
                        ("METALCTL_HMAC", hmac) => hmac.clone_into(&mut self.metalctl.hmac),
                        ("METALCTL_API_URL", url) => self.metalctl.url = self.here(url),
                        other => panic!("{other:?} is not known here"),
                    }
                }
            }
            ["metalctl", words @ ..] => self.uses_metalctl(words).await,
            [README_PROGRAM, "why", machine] => {
                let (code, told, error) = run(&["why", machine, "--http", &self.node.url()], self.folder);
                assert_eq!(code, Some(0), "{error}");
                assert!(told.contains(machine) && told.contains("\nreason "), "{told}");
            }
            [README_PROGRAM, "tasks"] => {
                let (code, told, error) = run(&["tasks", "--http", &self.node.url()], self.folder);
                assert_eq!((code, told.lines().count()), (Some(0), 8), "{told}{error}");
                let has_run = |line: &str| line.starts_with("reconcile_claims ") && line.contains(" ok at ");
                assert!(told.lines().any(has_run), "{told}");
            }
            [README_PROGRAM, "ipam", "check"] => {
                let (code, told, error) = run(&["ipam", "check", "--http", &self.node.url()], self.folder);
                assert_eq!((code, told.contains(" 0 findings")), (Some(0), true), "{told}{error}");
            }
            [README_PROGRAM, "ipam", words @ ..] => {
                let url = self.node.url();
                let words = [&["ipam"], words, &["--http", &url]].concat();
                let (code, told, error) = run(&words, self.folder);
                assert_eq!((code, told.trim().is_empty()), (Some(0), false), "{line}: {told}{error}");
            }
            [README_PROGRAM, "dev", "--partition", partition, options @ ..] => {
                self.starts(partition, options)
            }
            [README_PROGRAM, "federation", words @ ..] => self.federates(words).await,
            [README_PROGRAM, "sim", "run", scenario, options @ ..] => {
                let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join(scenario);
                let words =
                    ["sim", "run", scenario.to_str().unwrap()].into_iter().chain(options.iter().copied());
                let (code, told, error) = run(&words.collect::<Vec<_>>(), self.folder);
                assert_eq!((code, told.contains("seed 1: ok")), (Some(0), true), "{told}{error}");
                assert!(self.folder.join("target/reports").exists());
            }
            _ => panic!("the README has a line that no test runs: {line}"),
        }
    }

    /// A second partition, on ports of this test.
    fn starts(&mut self, partition: &str, options: &[&str]) {
        let ports: Vec<String> = (0..3).map(|_| free_address().to_string()).collect();
        let mut ports = ports.iter().map(String::as_str);
        let ours = |word: &str| word.starts_with("127.0.0.1:");
        let words: Vec<&str> =
            options.iter().map(|word| if ours(word) { ports.next().unwrap() } else { *word }).collect();
        let words = [&["dev", "--partition", partition][..], &words].concat();
        self.second = Some(Process::start(&words, self.folder, "second.log"));
    }

    /// The first node has its data elsewhere than the reader's, and there is no terminal to confirm at.
    async fn federates(&mut self, words: &[&str]) {
        let mut words: Vec<&str> = words.to_vec();
        match words[0] {
            "join" => {
                words[1] = &self.found["<token>"];
                words.push("--yes");
            }
            _ => words.extend(["--data-dir", "data"]),
        }
        // The second node may still be starting.
        let said = within(PATIENCE, "the command succeeds", async || {
            let (code, said, _) = run(&[&["federation"][..], &words].concat(), self.folder);
            (code == Some(0)).then_some(said)
        })
        .await;
        if words[0] == "invite" {
            self.found.insert("<token>", said.split_whitespace().next_back().unwrap().to_owned());
        }
    }

    /// The line with the ports of this test.
    fn here(&self, line: &str) -> String {
        line.replace(README_PROGRAM, PROGRAM).replace(README_URL, &self.node.url())
    }

    /// With curl, and also without, to test both.
    async fn sees_machines(&self, line: &str) {
        let line = self.here(line);
        for told in [curl(&line, self.folder).await, replayed(&line, self.folder).await] {
            let machines: Value = serde_json::from_str(&told).unwrap();
            assert_eq!(machines.as_array().unwrap().len(), 4);
        }
    }

    async fn uses_metalctl(&mut self, words: &[&str]) {
        let words: Vec<String> = words
            .iter()
            .map(|word| self.found.get(word).cloned().unwrap_or_else(|| (*word).to_owned()))
            .collect();
        let answer = self.metalctl.run(&words).await;
        match (words[0].as_str(), words[1].as_str()) {
            ("network", "allocate") => {
                self.found.insert("<network-id>", text(&answer, "/id"));
            }
            ("machine", "create") => {
                assert_eq!(answer["allocation"]["hostname"], "web");
                self.found.insert("<machine-id>", text(&answer, "/id"));
                self.machine_is("Phoned Home").await;
            }
            ("machine", "delete") => self.machine_is("Waiting").await,
            _ => {}
        }
    }

    async fn machine_is(&self, event: &str) {
        let id = &self.found["<machine-id>"];
        let list = ["machine", "ls"].map(str::to_owned);
        within(PATIENCE, event, async || {
            let machines = self.metalctl.run(&list).await;
            let machine = machines.as_array().unwrap().iter().find(|machine| machine["id"] == **id).unwrap();
            (machine["events"]["log"][0]["event"] == event).then_some(())
        })
        .await;
    }
}

/// The lines of the greeting as in the README.
fn as_in_the_readme(line: &str, node: &Node) -> String {
    line.trim()
        .replace(&format!(" --http {}", node.url()), "")
        .replace(PROGRAM, README_PROGRAM)
        .replace(&node.url(), README_URL)
}

#[tokio::test]
async fn what_the_readme_says_works() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start(folder.path(), &["--mesh", &free_address().to_string()]);
    let said = greeting(folder.path()).await;
    assert_eq!(said[0], format!("ready: {}", node.url()));
    let commands = commands(&readme());
    let suggested: Vec<&String> = said.iter().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(suggested.len(), 3, "{said:?}");
    for line in suggested {
        let line = as_in_the_readme(line, &node);
        match line.split_once(" metalctl ") {
            Some((settings, words)) => {
                assert!(commands.contains(&format!("export {settings}")), "{line}");
                assert!(commands.contains(&format!("metalctl {words}")), "{line}");
            }
            None => assert!(commands.contains(&line), "the README does not know {line}"),
        }
    }

    within(PATIENCE, "all machines wait", async || {
        let newest = crate::support::client::Client::new(&node.url()).newest_events().await;
        (newest.len() == 4 && newest.iter().all(|(_, event)| event == "Waiting")).then_some(())
    })
    .await;
    // The lines of the greeting work unchanged.
    for line in said.iter().filter(|line| line.starts_with("  ") && !line.contains("metalctl")) {
        let line = line.trim();
        let told = match line.starts_with("curl ") {
            true => curl(line, folder.path()).await,
            false => bash(line, folder.path()),
        };
        assert!(told.contains("00000000-0000-0000-0000-000000000001"), "{line}");
    }
    let metalctl = Metalctl { hmac: String::new(), url: String::new() };
    let mut newcomer =
        Newcomer { node: &node, folder: folder.path(), metalctl, found: BTreeMap::new(), second: None };
    for line in &commands {
        newcomer.types(line).await;
    }
    assert_eq!(newcomer.found.len(), 3, "the README allocates a network and a machine, and invites");
    assert_eq!(node.process.interrupt().await, Some(0));
}

#[tokio::test]
async fn without_a_subcommand_it_is_dev_in_this_folder() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(&["--help"], folder.path()).1;
    assert!(help.contains("The default"), "{help}");
    // Another process may use the default ports, and then it says so; in both cases the data is in this folder.
    let mut process = Process::start(&[], folder.path(), "node.log");
    within(READY, "it is ready or refuses", async || {
        let log = std::fs::read_to_string(folder.path().join("node.log")).ok()?;
        (log.contains("ready: http://127.0.0.1:8080/metal\n") || log.contains("in use")).then_some(())
    })
    .await;
    assert!(folder.path().join(".metalmesh/mini-lab.db").exists());
    process.signal("-TERM");
    process.exit().await;
}
