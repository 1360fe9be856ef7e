//! Dependencies between modules: which top-level module of a crate names which other, outside of tests.
//!
//! How to read a failure: a line `runtime -> machine: runtime/local_partition.rs` means that the file, which belongs to
//! `runtime`, has a path into `machine`. Either the path or its target is in the wrong module: move the code, do not
//! extend the list. A ring is a set of modules each of which reaches all others. [`RINGS`] lists the remaining ones:
//! remove a module from the list once it is in no ring.

mod paths;

use super::{expect_none, root};
use paths::{Path as ModulePath, named_in, without_tests};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// For each module the modules that it names, and the files that do.
type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Modules that still reach each other, by crate.
const RINGS: [(&str, &[&str]); 4] =
    [("src", &[]), ("actors/src", &[]), ("simulations/src", &[]), ("transport/src", &[])];

/// What nouns are made of: what is stored, indexes and memory, what is decided and what is answered.
const BELOW_NOUNS: &[&str] = &["addressing", "answer", "decision", "index", "record", "world"];

const NOUNS: &[&str] = &["ipam", "machine", "masterdata", "namespace", "network", "switch"];

/// Modules above the nouns: they are about all nouns, or about none.
const ABOVE_NOUNS: &[&str] = &[
    "background",
    "check",
    "command",
    "decide",
    "federation",
    "gateway",
    "loading",
    "mesh",
    "router",
    "runtime",
    "service",
];

/// What a run of the simulator is like, before it is played.
const DESCRIBE: &[&str] =
    &["bounds", "entities", "fault", "plan", "scenario", "seed", "sometimes", "version"];

/// What looks on, and what it keeps of a run.
const WATCH: &[&str] =
    &["checkers", "counters", "history", "lifecycle", "monitor", "outcome", "samples", "trace"];

const PLAY: &[&str] = &[
    "clock",
    "cluster",
    "convergence",
    "final_checks",
    "hardware",
    "injector",
    "link",
    "local_api",
    "mesh",
    "node",
    "path",
    "remote_api",
    "run",
    "sampler",
    "store",
    "workload",
];

/// What people ask of the simulator, and what they are shown.
const TELL: &[&str] = &["command_line", "mutants", "report", "shrink"];

/// What knows of no run: any of the others may name it.
const APART: &[&str] = &["panics", "progress"];

/// No arrow from the second to any of the third.
const FORBIDDEN: &[(&str, &[&str], &[&str])] = &[
    ("src", &["api"], &["grpc", "node", "cli"]),
    ("src", &["grpc"], &["api", "node", "cli"]),
    ("src", &["door", "store", "clock", "version", "correlation"], &["api", "grpc", "node", "cli", "config"]),
    ("actors/src", BELOW_NOUNS, NOUNS),
    ("actors/src", BELOW_NOUNS, ABOVE_NOUNS),
    ("actors/src", &["addressing"], &["answer", "decision", "index", "record", "world"]),
    ("actors/src", &["record"], &["answer", "decision", "index", "world"]),
    ("actors/src", &["index", "answer"], &["decision", "world"]),
    ("actors/src", &["world"], &["answer", "decision"]),
    ("actors/src", &["decision"], &["answer"]),
    ("actors/src", NOUNS, ABOVE_NOUNS),
    ("actors/src", &["masterdata"], &["ipam", "machine", "namespace", "network", "switch"]),
    ("actors/src", &["namespace"], &["ipam", "machine", "masterdata", "network", "switch"]),
    ("actors/src", &["switch"], &["ipam", "machine", "masterdata", "namespace", "network"]),
    ("actors/src", &["ipam"], &["machine", "namespace", "network", "switch"]),
    ("actors/src", &["network"], &["machine", "namespace", "switch"]),
    ("actors/src", &["machine"], &["namespace"]),
    ("actors/src", &["runtime"], NOUNS),
    (
        "actors/src",
        &["command", "runtime"],
        &["background", "check", "decide", "gateway", "loading", "mesh", "router", "service"],
    ),
    ("actors/src", &["command"], &["runtime"]),
    (
        "actors/src",
        &["federation"],
        &[
            "background",
            "check",
            "command",
            "decide",
            "gateway",
            "loading",
            "mesh",
            "router",
            "runtime",
            "service",
            "wire",
        ],
    ),
    ("actors/src", &["background"], &["gateway", "mesh", "service"]),
    ("actors/src", &["gateway", "mesh"], &["service"]),
    ("actors/src", &["store", "ids", "refusal", "time"], NOUNS),
    ("actors/src", &["store", "ids", "refusal", "time"], BELOW_NOUNS),
    ("actors/src", &["store", "ids", "refusal", "time"], &["command"]),
    ("simulations/src", DESCRIBE, WATCH),
    ("simulations/src", DESCRIBE, PLAY),
    ("simulations/src", DESCRIBE, TELL),
    ("simulations/src", WATCH, PLAY),
    ("simulations/src", WATCH, TELL),
    ("simulations/src", PLAY, TELL),
    ("simulations/src", APART, DESCRIBE),
    ("simulations/src", APART, WATCH),
    ("simulations/src", APART, PLAY),
    ("simulations/src", APART, TELL),
    // A report is made of what a run left.
    ("simulations/src", &["report", "shrink"], PLAY),
    // The same hardware stands before nodes that are no pretence.
    ("simulations/src", &["hardware"], WATCH),
    (
        "simulations/src",
        &["hardware"],
        &[
            "cluster",
            "entities",
            "fault",
            "link",
            "local_api",
            "node",
            "path",
            "plan",
            "remote_api",
            "scenario",
            "seed",
        ],
    ),
    ("simulations/src", &["link", "local_api", "node", "store"], &["cluster", "mesh", "path", "remote_api"]),
    (
        "simulations/src",
        &["cluster"],
        &["convergence", "final_checks", "injector", "run", "sampler", "workload"],
    ),
    ("simulations/src", &["convergence", "final_checks", "injector", "sampler", "workload"], &["run"]),
];

/// Modules of tests, or used only by tests.
const OF_TESTS: [&str; 3] = ["bench", "fixture", "tests"];

fn is_of_tests(module: &[String]) -> bool {
    module.iter().any(|name| OF_TESTS.contains(&name.as_str()))
}

/// `machine/allocate/rules.rs` is `machine::allocate::rules`.
fn module_of(file: &str) -> Vec<String> {
    let names = file.trim_end_matches(".rs").split('/').map(str::to_owned);
    names.filter(|name| !["lib", "main", "mod"].contains(&name.as_str())).collect()
}

fn add(arrows: &mut Arrows, file: &str, text: &str) {
    let module = module_of(file);
    let Some(from) = module.first().filter(|_| !is_of_tests(&module)) else { return };
    for path in named_in(&without_tests(text)) {
        let to = match path {
            ModulePath::Crate(to) => to,
            ModulePath::Super { levels, name } if levels == module.len() => name,
            ModulePath::Super { .. } => continue,
        };
        if to != *from {
            arrows.entry(from.clone()).or_default().entry(to).or_default().insert(file.to_owned());
        }
    }
}

fn arrows_of(sources: &Path) -> Arrows {
    let mut arrows = Arrows::new();
    let mut folders = vec![sources.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = path.strip_prefix(sources).unwrap().display().to_string();
                add(&mut arrows, &file, &fs::read_to_string(&path).unwrap());
            }
        }
    }
    // Types and functions of the crate's root are no modules.
    let is_module = |name: &str| sources.join(format!("{name}.rs")).is_file() || sources.join(name).is_dir();
    arrows.values_mut().for_each(|to| to.retain(|name, _| is_module(name)));
    arrows
}

fn reached(arrows: &Arrows, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from.to_owned()];
    while let Some(module) = next.pop() {
        for to in arrows.get(&module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.clone()) {
                next.push(to.clone());
            }
        }
    }
    reached
}

/// The modules that reach themselves, ascending.
fn in_rings(arrows: &Arrows) -> Vec<&str> {
    arrows.keys().filter(|module| reached(arrows, module).contains(*module)).map(String::as_str).collect()
}

#[test]
fn no_module_is_in_a_ring_but_those_that_are_listed() {
    for (sources, listed) in RINGS {
        let arrows = arrows_of(&root().join(sources));
        assert!(arrows.len() > 5, "the modules of {sources} were not found");
        assert_eq!(in_rings(&arrows), listed, "modules of {sources} that reach themselves");
    }
}

fn forbidden(arrows: &Arrows, from: &[&str], to: &[&str]) -> Vec<String> {
    let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
    let found = pairs.filter_map(|(from, to)| {
        let files: Vec<&str> = arrows.get(from)?.get(to)?.iter().map(String::as_str).collect();
        Some(format!("{from} -> {to}: {}", files.join(", ")))
    });
    found.collect()
}

#[test]
fn the_arrows_between_modules_point_down() {
    let mut of_crates = BTreeMap::new();
    for (sources, from, to) in FORBIDDEN {
        let arrows = of_crates.entry(sources).or_insert_with(|| arrows_of(&root().join(sources)));
        for module in from.iter().chain(*to) {
            let is_there =
                ["", ".rs"].iter().any(|end| root().join(format!("{sources}/{module}{end}")).exists());
            assert!(is_there, "{sources} has no module {module}: the table of arrows is out of date");
        }
        expect_none("forbidden arrows", &forbidden(arrows, from, to));
    }
}

/// A new module must be given a layer.
#[test]
fn every_module_of_the_simulator_is_in_one_layer() {
    let mut listed = [DESCRIBE, WATCH, PLAY, TELL, APART].concat();
    listed.sort_unstable();
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("simulations/src")).unwrap() {
        let path = entry.unwrap().path();
        let module = module_of(path.file_name().and_then(|name| name.to_str()).unwrap());
        if path.is_file() && !is_of_tests(&module) {
            found.extend(module);
        }
    }
    found.sort_unstable();
    assert_eq!(found, listed);
}

/// A planted violation of every form is found.
#[test]
fn every_form_of_a_path_is_an_arrow() {
    let forms = [
        "use crate::runtime::LocalPartition;",
        "pub use crate::runtime;",
        "use crate::{ids::MachineId, runtime::{LocalPartition, Env}};",
        "use super::super::runtime::LocalPartition;",
        "pub(crate) use super::super::{ids, runtime as machine_runtime};",
        "fn f(local: &crate::runtime::LocalPartition) {}",
        "macro_rules! m { () => { $crate::runtime::LocalPartition } }",
    ];
    for form in forms {
        let mut arrows = Arrows::new();
        add(&mut arrows, "machine/free.rs", form);
        assert_eq!(
            forbidden(&arrows, &["machine"], &["runtime"]),
            ["machine -> runtime: machine/free.rs"],
            "{form}"
        );
    }
    let others = [
        "// use crate::runtime::LocalPartition;",
        "/// [`crate::runtime`]",
        "use super::runtime::LocalPartition;",
        "#[cfg(test)]\nuse crate::runtime::LocalPartition;\n",
        "#[cfg(test)]\nmod tests {\n    use crate::runtime::LocalPartition;\n}\n",
    ];
    for other in others {
        let mut arrows = Arrows::new();
        add(&mut arrows, "machine/free.rs", other);
        assert!(arrows.is_empty(), "{other}: {arrows:?}");
    }
    let mut ring = Arrows::new();
    add(&mut ring, "a.rs", "use crate::b::B;");
    add(&mut ring, "b/inner.rs", "use crate::c::C;");
    assert!(in_rings(&ring).is_empty());
    add(&mut ring, "c.rs", "use crate::a::A;");
    assert_eq!(in_rings(&ring), ["a", "b", "c"]);
}
