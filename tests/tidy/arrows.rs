//! Dependencies between modules: which top-level module of a crate names which other, outside of tests.
//!
//! How to read a failure: a line `runtime -> machine: runtime/site.rs` means that the file, which belongs to `runtime`,
//! has a path into `machine`. Either the path or its target is in the wrong module: move the code, do not extend the
//! list. A ring is a set of modules each of which reaches all others. [`RINGS`] lists the remaining ones: remove a
//! module from the list once it is in no ring.

mod paths;

use super::{expect_none, root};
use paths::{Path as ModulePath, named_in, without_tests};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// For each module the modules that it names, and the files that do.
type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Modules that still reach each other, by crate.
const RINGS: [(&str, &[&str]); 3] = [
    ("src", &[]),
    (
        "actors/src",
        &["command", "decision", "ipam", "machine", "masterdata", "namespace", "network", "switch", "world"],
    ),
    (
        "simulations/src",
        &[
            "checkers",
            "cluster",
            "command_line",
            "convergence",
            "entities",
            "final_checks",
            "injector",
            "local_api",
            "mesh",
            "monitor",
            "mutants",
            "node",
            "path",
            "plan",
            "remote_api",
            "report",
            "run",
            "sampler",
            "scenario",
            "store",
            "workload",
        ],
    ),
];

const NOUNS: &[&str] = &["ipam", "machine", "masterdata", "namespace", "network", "switch"];

/// Modules above the nouns: no decisions, and no use by decisions.
const ABOVE_NOUNS: &[&str] =
    &["background", "decide", "gateway", "loading", "mesh", "router", "runtime", "service"];

/// No arrow from the second to any of the third.
const FORBIDDEN: &[(&str, &[&str], &[&str])] = &[
    ("src", &["api"], &["grpc", "node", "cli"]),
    ("src", &["grpc"], &["api", "node", "cli"]),
    ("src", &["door", "store", "clock", "version", "correlation"], &["api", "grpc", "node", "cli", "config"]),
    ("actors/src", NOUNS, ABOVE_NOUNS),
    ("actors/src", &["world", "decision", "command"], ABOVE_NOUNS),
    ("actors/src", &["runtime"], NOUNS),
    (
        "actors/src",
        &["runtime"],
        &["background", "decide", "gateway", "loading", "mesh", "router", "service"],
    ),
    ("actors/src", &["background"], &["gateway", "mesh", "service"]),
    ("actors/src", &["gateway", "mesh"], &["service"]),
    ("actors/src", &["store", "ids", "refusal", "time"], NOUNS),
    ("actors/src", &["store", "ids", "refusal", "time"], &["command", "decision", "world"]),
];

/// Modules of tests, or used only by tests.
const OF_TESTS: [&str; 5] = ["bench", "fixture", "stage", "testing", "tests"];

fn is_of_tests(module: &[String]) -> bool {
    module.iter().any(|name| OF_TESTS.contains(&name.as_str()) || name.ends_with("_tests"))
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
    for (sources, from, to) in FORBIDDEN {
        let arrows = arrows_of(&root().join(sources));
        for module in from.iter().chain(*to) {
            let is_there =
                ["", ".rs"].iter().any(|end| root().join(format!("{sources}/{module}{end}")).exists());
            assert!(is_there, "{sources} has no module {module}: the table of arrows is out of date");
        }
        expect_none("forbidden arrows", &forbidden(&arrows, from, to));
    }
}

/// A violation of every form is found.
#[test]
fn every_form_of_a_path_is_an_arrow() {
    let forms = [
        "use crate::runtime::Site;",
        "pub use crate::runtime;",
        "use crate::{ids::MachineId, runtime::{Site, Env}};",
        "use super::super::runtime::Site;",
        "pub(crate) use super::super::{ids, runtime as machine_runtime};",
        "fn f(site: &crate::runtime::Site) {}",
        "macro_rules! m { () => { $crate::runtime::Site } }",
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
        "// use crate::runtime::Site;",
        "/// [`crate::runtime`]",
        "use super::runtime::Site;",
        "#[cfg(test)]\nuse crate::runtime::Site;\n",
        "#[cfg(test)]\nmod tests {\n    use crate::runtime::Site;\n}\n",
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
