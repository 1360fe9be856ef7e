//! The rates of random faults.

use serde::{Deserialize, Serialize};

/// Longest fault: thirty days.
const LASTS_S_MAX: u64 = 30 * 24 * 3600;

/// Maximal faults per hour.
const RATE_MAX: f64 = 3600.0;

/// Rates of random faults per hour, over all partitions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// Minimal and maximal duration of a fault.
    pub lasts_s: [u64; 2],
    pub crash: f64,
    pub crash_at_commit: f64,
    pub crash_at_turn: f64,
    pub restart: f64,
    pub pause: f64,
    pub take_over: f64,
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
    pub bmc_slow: f64,
    pub bmc_ignores_boot: f64,
    pub flapping: f64,
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
            take_over: 0.0,
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
            bmc_slow: 0.0,
            bmc_ignores_boot: 0.0,
            flapping: 0.0,
            unplug: 0.0,
            leaf_replaced: 0.0,
            cut_racks: 0.0,
        }
    }
}

impl Rates {
    pub(crate) fn named(&self) -> [(&'static str, f64); 28] {
        [
            ("crash", self.crash),
            ("crash_at_commit", self.crash_at_commit),
            ("crash_at_turn", self.crash_at_turn),
            ("restart", self.restart),
            ("pause", self.pause),
            ("take_over", self.take_over),
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
            ("bmc_slow", self.bmc_slow),
            ("bmc_ignores_boot", self.bmc_ignores_boot),
            ("flapping", self.flapping),
            ("unplug", self.unplug),
            ("leaf_replaced", self.leaf_replaced),
            ("cut_racks", self.cut_racks),
        ]
    }

    /// The kinds with a rate above zero.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.named().into_iter().filter(|(_, rate)| *rate > 0.0).map(|(kind, _)| kind)
    }

    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        let [least, most] = self.lasts_s;
        if least == 0 || least > most || most > LASTS_S_MAX {
            let reason = format!("{least} and {most} are not from 1 to {LASTS_S_MAX}, the least first");
            return Err(("lasts_s", reason));
        }
        let wrong = |rate: f64| !rate.is_finite() || !(0.0..=RATE_MAX).contains(&rate);
        match self.named().into_iter().find(|(_, rate)| wrong(*rate)) {
            Some((key, rate)) => Err((key, format!("{rate} is not from 0 to {RATE_MAX} per hour"))),
            None => Ok(()),
        }
    }
}
