//! The faults and their targets.

use serde::{Deserialize, Serialize};

/// A fault. Nodes and partitions are identified by the partition's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// The process dies, and is restarted at the end.
    Crash {
        node: String,
    },
    /// The process dies at its next commit, before or after it is durable; it is restarted at the end.
    CrashAtCommit {
        node: String,
        durable: bool,
    },
    /// The process dies at its n-th poll, at whatever await its tasks have reached; it starts again at the end.
    CrashAtTurn {
        node: String,
        turn: u64,
    },
    /// The process is stopped gracefully, and started at the end.
    Restart {
        node: String,
    },
    /// The process freezes, as on a frozen host.
    Pause {
        node: String,
    },
    /// The host freezes, and another one takes over at once; at the end the frozen one continues for a while.
    TakeOver {
        node: String,
    },
    /// One direction is cut.
    Cut {
        from: String,
        to: String,
    },
    /// Both directions are cut.
    Split {
        a: String,
        b: String,
    },
    /// A partition is cut off from all others.
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
    /// Commits get no response, and nothing was written.
    StoreForgets {
        node: String,
        share: f64,
    },
    /// Commits get no response, but were written.
    StoreSilent {
        node: String,
        share: f64,
    },
    StoreStall {
        node: String,
    },
    /// Every call takes this additional time.
    StoreSlow {
        node: String,
        by_ms: u64,
    },
    /// The disk is full: writes fail, reads work.
    StoreFull {
        node: String,
    },
    /// The node's clock is wrong.
    Clock {
        node: String,
        by_ms: i64,
    },
    /// The node's clock runs too fast or too slow, by this many millionths.
    Drift {
        node: String,
        ppm: i64,
    },
    /// The whole partition has no power: the process dies, and all machines are off.
    PowerCut {
        node: String,
    },
    /// A BMC neither acts nor reports.
    BmcDead {
        node: String,
        machine: usize,
    },
    /// A BMC acknowledges orders and does nothing.
    BmcLies {
        node: String,
        machine: usize,
    },
    /// Additional time that a BMC needs to carry out an order.
    BmcSlow {
        node: String,
        machine: usize,
        by_s: u64,
    },
    /// A BMC carries out power orders, but never changes the boot device, and acknowledges both.
    BmcIgnoresBoot {
        node: String,
        machine: usize,
    },
    /// A machine's power goes off and on, for this many seconds each; at the end it is on.
    Flapping {
        node: String,
        machine: usize,
        every_s: u64,
    },
    /// A machine loses its power, and gets it back at the end.
    Unplug {
        node: String,
        machine: usize,
    },
    /// The first leaf of a rack breaks; at the end a new one without configuration replaces it.
    LeafReplaced {
        node: String,
        rack: usize,
    },
    /// All racks of a partition are cut off from their node.
    CutRacks {
        node: String,
    },
}

impl What {
    /// The partitions that it affects.
    pub(crate) fn places(&self) -> Vec<&str> {
        self.named().into_iter().map(|(_, name)| name).collect()
    }

    /// The keys that name partitions.
    pub(crate) fn named(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Crash { node }
            | Self::CrashAtCommit { node, .. }
            | Self::CrashAtTurn { node, .. }
            | Self::Restart { node }
            | Self::Pause { node }
            | Self::TakeOver { node }
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
            | Self::BmcSlow { node, .. }
            | Self::BmcIgnoresBoot { node, .. }
            | Self::Flapping { node, .. }
            | Self::Unplug { node, .. }
            | Self::LeafReplaced { node, .. }
            | Self::CutRacks { node } => vec![("node", node)],
            Self::Cut { from, to } | Self::Slow { from, to, .. } | Self::Loss { from, to, .. } => {
                vec![("from", from), ("to", to)]
            }
            Self::Split { a, b } => vec![("a", a), ("b", b)],
        }
    }

    /// The kind's name in plans.
    pub fn kind(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned()
    }

    /// The partition that it affects first.
    pub fn place(&self) -> &str {
        self.named().first().map(|(_, name)| *name).unwrap_or_default()
    }
}
