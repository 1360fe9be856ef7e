//! The provisioning events of a machine (api-machines 2.1).

use crate::ids::MachineId;
use crate::record::Record;
use crate::time::Timestamp;
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

/// The machine's state: the newest entry of its log (api-machines 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, VariantArray, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum ProvisioningState {
    Initial,
    #[strum(serialize = "pxe booting")]
    PxeBooting,
    Preparing,
    Registering,
    Waiting,
    Installing,
    #[strum(serialize = "booting new kernel")]
    BootingNewKernel,
    #[strum(serialize = "phoned home")]
    PhonedHome,
    #[strum(serialize = "planned reboot")]
    PlannedReboot,
    #[strum(serialize = "machine reclaim")]
    MachineReclaim,
    Crashing,
    /// Only in logs of old releases: `Alive` is no longer logged.
    Alive,
}

impl ProvisioningState {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The state of the container's log.
    pub fn of(container: &Events) -> Self {
        container.log.front().map_or(Self::Initial, |newest| Self::after(newest.event))
    }

    /// The state after a logged event.
    pub const fn after(kind: EventKind) -> Self {
        match kind {
            EventKind::Alive => Self::Alive,
            EventKind::Crashed => Self::Crashing,
            EventKind::PxeBooting => Self::PxeBooting,
            EventKind::PlannedReboot => Self::PlannedReboot,
            EventKind::Preparing => Self::Preparing,
            EventKind::Registering => Self::Registering,
            EventKind::Waiting => Self::Waiting,
            EventKind::Installing => Self::Installing,
            EventKind::BootingNewKernel => Self::BootingNewKernel,
            EventKind::PhonedHome => Self::PhonedHome,
            EventKind::MachineReclaim => Self::MachineReclaim,
        }
    }

    /// The name in texts about unexpected events (api-machines 2.5).
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}
