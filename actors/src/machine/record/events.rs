//! The provisioning events of a machine (api-machines 2.1).

use crate::ids::MachineId;
use crate::time::Timestamp;
use crate::world::{Record, World};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Its own row with the machine's id; outlives the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    pub machine: MachineId,
    /// Newest first, at most [`Events::LOG_MAX`]. Shared, since most events are heartbeats, which are not logged.
    pub log: Arc<VecDeque<Event>>,
    /// Time of the last accepted event, including events that are not logged.
    #[serde(default)]
    pub last_event_time: Option<Timestamp>,
    /// The last unexpected or `Crashed` event; overwritten, never removed.
    #[serde(default)]
    pub last_error_event: Option<Event>,
    pub crash_loop: bool,
    pub failed_machine_reclaim: bool,
    pub liveliness: Liveliness,
}

impl Events {
    /// Maximum of log entries.
    pub const LOG_MAX: usize = 100;

    /// A container without events, as registration creates it.
    pub fn new(machine: MachineId) -> Self {
        Self {
            machine,
            log: Arc::default(),
            last_event_time: None,
            last_error_event: None,
            crash_loop: false,
            failed_machine_reclaim: false,
            liveliness: Liveliness::Alive,
        }
    }
}

impl Record for Events {
    fn id(&self) -> String {
        self.machine.0.clone()
    }

    fn reindex(world: &World, old: Option<&Self>, new: Option<&Self>) {
        world.census_change(|census| census.events_change(world, old, new));
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The node's clock; the sender's is ignored.
    pub time: Timestamp,
    pub event: EventKind,
    pub message: String,
}

/// The exact texts are the wire's.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    VariantArray,
    IntoStaticStr,
    EnumString,
)]
#[strum(const_into_str, serialize_all = "title_case")]
pub enum EventKind {
    Alive,
    Crashed,
    #[serde(rename = "PXE Booting")]
    #[strum(serialize = "PXE Booting")]
    PxeBooting,
    #[serde(rename = "Planned Reboot")]
    PlannedReboot,
    Preparing,
    Registering,
    Waiting,
    Installing,
    #[serde(rename = "Booting New Kernel")]
    BootingNewKernel,
    #[serde(rename = "Phoned Home")]
    PhonedHome,
    #[serde(rename = "Machine Reclaim")]
    MachineReclaim,
}

impl EventKind {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// The kind with exactly this text.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Whether the machine keeps sending events (api-machines 2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Liveliness {
    Alive,
    Dead,
    Unknown,
}

impl Liveliness {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "Alive",
            Self::Dead => "Dead",
            Self::Unknown => "Unknown",
        }
    }
}
