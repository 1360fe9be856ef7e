//! What goes wrong and when: drawn in advance from the seed, so that a run can be repeated with some of it left out.

use crate::scenario::Scenario;
use crate::seed::Seed;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Faults of one run at most.
const FAULTS_MAX: usize = 10_000;

/// A crash at a turn comes in a power of two of turns, this one at most: a plant at work has as many in a few seconds, and
/// one that starts has a dozen.
const TURNS_MAX: u32 = 8;

const HOUR_MS: f64 = 3_600_000.0;

/// One thing that goes wrong for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// From the beginning of the run.
    pub at_ms: u64,
    pub for_ms: u64,
    #[serde(flatten)]
    pub what: What,
}

/// What goes wrong. Nodes and plants go by the name of their partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// The process dies, and is started again at the end.
    Crash {
        node: String,
    },
    /// The process dies at its next commit, before or after it is durable; started again at the end.
    CrashAtCommit {
        node: String,
        durable: bool,
    },
    /// The process dies at the so-manieth time that it gets to work, wherever its tasks wait then; started again at the
    /// end.
    CrashAtTurn {
        node: String,
        turn: u64,
    },
    /// The process is stopped in order, and started at the end.
    Restart {
        node: String,
    },
    /// The process does nothing, as in a long collection or on a frozen host.
    Pause {
        node: String,
    },
    /// One direction is dead.
    Cut {
        from: String,
        to: String,
    },
    /// Both directions are.
    Split {
        a: String,
        b: String,
    },
    /// A plant is cut off from all others.
    Isolate {
        node: String,
    },
    Slow {
        from: String,
        to: String,
        by_ms: u64,
    },
    Loss {
        from: String,
        to: String,
        share: f64,
    },
    StoreBusy {
        node: String,
        share: f64,
    },
    /// Answers are lost, and nothing was written.
    StoreForgets {
        node: String,
        share: f64,
    },
    /// Answers are lost, and everything was written.
    StoreSilent {
        node: String,
        share: f64,
    },
    StoreStall {
        node: String,
    },
    /// Every call takes so much longer.
    StoreSlow {
        node: String,
        by_ms: u64,
    },
    /// The disk is full: nothing can be written, all can be read.
    StoreFull {
        node: String,
    },
    /// The node's clock is wrong.
    Clock {
        node: String,
        by_ms: i64,
    },
    /// The node's clock runs too fast or too slow, by so many millionths.
    Drift {
        node: String,
        ppm: i64,
    },
    /// The whole plant is without power: the process dies, and all machines go dark.
    PowerCut {
        node: String,
    },
    /// A BMC neither does anything nor says anything.
    BmcDead {
        node: String,
        machine: usize,
    },
    /// A BMC says that it did what it was told, and does nothing.
    BmcLies {
        node: String,
        machine: usize,
    },
    /// Somebody pulls a machine's power cord, and plugs it in again at the end.
    Unplug {
        node: String,
        machine: usize,
    },
    /// The first leaf of a rack breaks; at the end a new one is in its place, which knows nothing.
    LeafReplaced {
        node: String,
        rack: usize,
    },
    /// All racks of a plant are cut off from their node.
    CutRacks {
        node: String,
    },
}

/// A fault that every run has, once or again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "toml::Table", into = "toml::Table")]
pub struct Planned {
    pub fault: Fault,
    /// Between two beginnings.
    pub every_ms: u64,
    pub times: u64,
}

impl Planned {
    fn faults(&self) -> impl Iterator<Item = Fault> {
        (0..self.times).map(|count| {
            let at_ms = self.fault.at_ms.saturating_add(self.every_ms.saturating_mul(count));
            Fault { at_ms, ..self.fault.clone() }
        })
    }
}

impl TryFrom<toml::Table> for Planned {
    type Error = String;

    /// Refuses keys that the kind of fault does not have, which serde cannot do where fields are flattened.
    fn try_from(mut table: toml::Table) -> Result<Self, String> {
        let mut number = |key: &str, default: u64| match table.remove(key) {
            None => Ok(default),
            Some(value) => {
                let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
                number.ok_or_else(|| format!("{key}: {value} is no number from 0 on"))
            }
        };
        let (every_ms, times) = (number("every_ms", 0)?, number("times", 1)?);
        let keys: Vec<String> = table.keys().cloned().collect();
        let fault: Fault = table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        let known = toml::Table::try_from(&fault).map_err(|error| error.to_string())?;
        match keys.iter().find(|key| !known.contains_key(*key)) {
            Some(key) => Err(format!("unknown field `{key}` of a {}", fault.what.kind())),
            None => Ok(Self { fault, every_ms, times }),
        }
    }
}

impl From<Planned> for toml::Table {
    fn from(planned: Planned) -> Self {
        let mut table = Self::try_from(&planned.fault).expect("a fault is a table");
        let number = |number: u64| toml::Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        table.insert("every_ms".to_owned(), number(planned.every_ms));
        table.insert("times".to_owned(), number(planned.times));
        table
    }
}

/// How often chance lets things go wrong: times per hour, over all plants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// A fault lasts so long, at least and at most.
    pub lasts_s: [u64; 2],
    pub crash: f64,
    pub crash_at_commit: f64,
    pub crash_at_turn: f64,
    pub restart: f64,
    pub pause: f64,
    pub cut: f64,
    pub split: f64,
    pub isolate: f64,
    pub slow: f64,
    pub loss: f64,
    pub store_busy: f64,
    pub store_forgets: f64,
    pub store_silent: f64,
    pub store_stall: f64,
    pub store_slow: f64,
    pub store_full: f64,
    pub clock: f64,
    pub drift: f64,
    pub power_cut: f64,
    pub bmc_dead: f64,
    pub bmc_lies: f64,
    pub unplug: f64,
    pub leaf_replaced: f64,
    pub cut_racks: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            lasts_s: [5, 60],
            crash: 0.0,
            crash_at_commit: 0.0,
            crash_at_turn: 0.0,
            restart: 0.0,
            pause: 0.0,
            cut: 0.0,
            split: 0.0,
            isolate: 0.0,
            slow: 0.0,
            loss: 0.0,
            store_busy: 0.0,
            store_forgets: 0.0,
            store_silent: 0.0,
            store_stall: 0.0,
            store_slow: 0.0,
            store_full: 0.0,
            clock: 0.0,
            drift: 0.0,
            power_cut: 0.0,
            bmc_dead: 0.0,
            bmc_lies: 0.0,
            unplug: 0.0,
            leaf_replaced: 0.0,
            cut_racks: 0.0,
        }
    }
}

impl Rates {
    fn named(&self) -> [(&'static str, f64); 24] {
        [
            ("crash", self.crash),
            ("crash_at_commit", self.crash_at_commit),
            ("crash_at_turn", self.crash_at_turn),
            ("restart", self.restart),
            ("pause", self.pause),
            ("cut", self.cut),
            ("split", self.split),
            ("isolate", self.isolate),
            ("slow", self.slow),
            ("loss", self.loss),
            ("store_busy", self.store_busy),
            ("store_forgets", self.store_forgets),
            ("store_silent", self.store_silent),
            ("store_stall", self.store_stall),
            ("store_slow", self.store_slow),
            ("store_full", self.store_full),
            ("clock", self.clock),
            ("drift", self.drift),
            ("power_cut", self.power_cut),
            ("bmc_dead", self.bmc_dead),
            ("bmc_lies", self.bmc_lies),
            ("unplug", self.unplug),
            ("leaf_replaced", self.leaf_replaced),
            ("cut_racks", self.cut_racks),
        ]
    }

    /// The kinds that chance draws at all.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.named().into_iter().filter(|(_, rate)| *rate > 0.0).map(|(kind, _)| kind)
    }

    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.lasts_s[0] > self.lasts_s[1] {
            return Err(("lasts_s", "the least is more than the most".to_owned()));
        }
        let wrong = |rate: f64| !rate.is_finite() || !(0.0..=3600.0).contains(&rate);
        match self.named().into_iter().find(|(_, rate)| wrong(*rate)) {
            Some((key, rate)) => Err((key, format!("{rate} is not from 0 to 3600 per hour"))),
            None => Ok(()),
        }
    }
}

impl Fault {
    pub fn begins(&self) -> Duration {
        Duration::from_millis(self.at_ms)
    }

    pub fn ends(&self) -> Duration {
        Duration::from_millis(self.at_ms.saturating_add(self.for_ms))
    }

    /// The key that does not fit the scenario, and why.
    pub(crate) fn check(&self, scenario: &Scenario) -> Result<(), (&'static str, String)> {
        let known = |name: &str| scenario.partitions.iter().any(|partition| partition.name == name);
        self.what.named().into_iter().try_for_each(|(key, name)| {
            if known(name) { Ok(()) } else { Err((key, format!("there is no partition {name}"))) }
        })
    }
}

impl What {
    /// The partitions that feel it.
    pub(crate) fn places(&self) -> Vec<&str> {
        self.named().into_iter().map(|(_, name)| name).collect()
    }

    /// The keys that name partitions.
    fn named(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Crash { node }
            | Self::CrashAtCommit { node, .. }
            | Self::CrashAtTurn { node, .. }
            | Self::Restart { node }
            | Self::Pause { node }
            | Self::Isolate { node }
            | Self::StoreBusy { node, .. }
            | Self::StoreForgets { node, .. }
            | Self::StoreSilent { node, .. }
            | Self::StoreStall { node }
            | Self::StoreSlow { node, .. }
            | Self::StoreFull { node }
            | Self::Clock { node, .. }
            | Self::Drift { node, .. }
            | Self::PowerCut { node }
            | Self::BmcDead { node, .. }
            | Self::BmcLies { node, .. }
            | Self::Unplug { node, .. }
            | Self::LeafReplaced { node, .. }
            | Self::CutRacks { node } => vec![("node", node)],
            Self::Cut { from, to } | Self::Slow { from, to, .. } | Self::Loss { from, to, .. } => {
                vec![("from", from), ("to", to)]
            }
            Self::Split { a, b } => vec![("a", a), ("b", b)],
        }
    }

    /// The word of the plan.
    pub fn kind(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned()
    }

    /// The partition that feels it first.
    pub fn place(&self) -> &str {
        self.named().first().map(|(_, name)| *name).unwrap_or_default()
    }
}

/// All faults of a run, by time: those that are planned and those that chance draws. None lasts longer than the safety
/// phase.
pub fn draw(scenario: &Scenario, seed: Seed) -> Vec<Fault> {
    let duration_ms = scenario.duration_s * 1000;
    let mut faults: Vec<Fault> = scenario.planned.iter().flat_map(Planned::faults).take(FAULTS_MAX).collect();
    faults.retain(|fault| fault.at_ms < duration_ms);
    for fault in &mut faults {
        fault.for_ms = fault.for_ms.min(duration_ms - fault.at_ms);
    }
    for (kind, rate) in scenario.faults.named() {
        let mut rng = seed.stream(&format!("faults {kind}"));
        let mut at_ms = 0;
        while rate > 0.0 && faults.len() < FAULTS_MAX {
            let gap: f64 = -f64::ln(1.0 - rng.random::<f64>()) * HOUR_MS / rate;
            at_ms += Duration::from_secs_f64((gap / 1000.0).min(1e9)).as_millis();
            let Ok(at_ms) = u64::try_from(at_ms) else { break };
            if at_ms >= duration_ms {
                break;
            }
            let [least, most] = scenario.faults.lasts_s;
            let for_ms = rng.random_range(least * 1000..=most * 1000).min(duration_ms - at_ms);
            faults.extend(what(kind, scenario, &mut rng).map(|what| Fault { at_ms, for_ms, what }));
        }
    }
    faults.sort_by_key(|fault| fault.at_ms);
    faults
}

/// `None`: there is nothing of the sort in this scenario.
fn what(kind: &str, scenario: &Scenario, rng: &mut impl Rng) -> Option<What> {
    let count = scenario.partitions.len();
    let here = rng.random_range(0..count);
    let there = (here + rng.random_range(1..count.max(2))) % count;
    let share = f64::from(rng.random_range(5..=60_u32)) / 100.0;
    let by_ms = rng.random_range(100..=3_000_u64);
    let skew_ms = rng.random_range(-600_000..=600_000_i64);
    let durable = rng.random_bool(0.5);
    let machines =
        usize::try_from(scenario.partitions[here].racks * scenario.partitions[here].machines).ok()?;
    let machine = rng.random_range(0..machines.max(1));
    let rack = machine / usize::try_from(scenario.partitions[here].machines.max(1)).ok()?;
    let node = scenario.partitions[here].name.clone();
    let other = scenario.partitions[there].name.clone();
    if matches!(kind, "cut" | "split" | "isolate" | "slow" | "loss") && count < 2 {
        return None;
    }
    Some(match kind {
        "crash" => What::Crash { node },
        "crash_at_commit" => What::CrashAtCommit { node, durable },
        "crash_at_turn" => What::CrashAtTurn { node, turn: 1 << rng.random_range(0..=TURNS_MAX) },
        "restart" => What::Restart { node },
        "pause" => What::Pause { node },
        "cut" => What::Cut { from: node, to: other },
        "split" => What::Split { a: node, b: other },
        "isolate" => What::Isolate { node },
        "slow" => What::Slow { from: node, to: other, by_ms },
        "loss" => What::Loss { from: node, to: other, share },
        "store_busy" => What::StoreBusy { node, share },
        "store_forgets" => What::StoreForgets { node, share },
        "store_silent" => What::StoreSilent { node, share },
        "store_stall" => What::StoreStall { node },
        "store_slow" => What::StoreSlow { node, by_ms },
        "store_full" => What::StoreFull { node },
        "clock" => What::Clock { node, by_ms: skew_ms },
        "drift" => What::Drift { node, ppm: skew_ms / 1000 },
        "power_cut" => What::PowerCut { node },
        "bmc_dead" => What::BmcDead { node, machine },
        "bmc_lies" => What::BmcLies { node, machine },
        "unplug" => What::Unplug { node, machine },
        "leaf_replaced" => What::LeafReplaced { node, rack },
        _ => What::CutRacks { node },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(faults: &str) -> Scenario {
        let text = format!(
            "name = \"t\"\ndescription = \"d\"\nduration_s = 36000\nconverge_s = 60\n\
             [[partitions]]\nname = \"a\"\nracks = 1\nmachines = 2\n\
             [[partitions]]\nname = \"b\"\nracks = 1\nmachines = 2\n[faults]\n{faults}"
        );
        Scenario::parse(&text).unwrap()
    }

    #[test]
    fn faults_come_as_often_as_asked_and_the_same_for_a_seed() {
        let crashes = draw(&scenario("crash = 6.0"), Seed(1));
        assert!((30..90).contains(&crashes.len()), "{}", crashes.len());
        assert_eq!(crashes, draw(&scenario("crash = 6.0"), Seed(1)));
        let both = draw(&scenario("crash = 6.0\nsplit = 2.0"), Seed(1));
        let again: Vec<_> =
            both.iter().filter(|fault| matches!(fault.what, What::Crash { .. })).cloned().collect();
        assert_eq!(again, crashes, "another kind of fault shifts none");
        assert!(both.is_sorted_by_key(|fault| fault.at_ms));
    }

    #[test]
    fn planned_faults_repeat_and_end_with_the_run() {
        let text = "[[planned]]\nat_ms = 35_000_000\nfor_ms = 700_000\nkind = \"cut\"\nfrom = \"a\"\nto = \"b\"\n\
                    every_ms = 400_000\ntimes = 9\n";
        let drawn = draw(&scenario(text), Seed(1));
        let at: Vec<(u64, u64)> = drawn.iter().map(|fault| (fault.at_ms, fault.for_ms)).collect();
        assert_eq!(at, [(35_000_000, 700_000), (35_400_000, 600_000), (35_800_000, 200_000)]);
        let again: Scenario = serde_json::from_value(serde_json::to_value(scenario(text)).unwrap()).unwrap();
        assert_eq!(again, scenario(text));
    }

    #[test]
    fn a_plan_is_written_and_read_again() {
        let drawn = draw(&scenario("cut = 5.0\nclock = 5.0\nstore_silent = 5.0"), Seed(3));
        let text = serde_json::to_string(&drawn).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Fault>>(&text).unwrap(), drawn);
    }
}
