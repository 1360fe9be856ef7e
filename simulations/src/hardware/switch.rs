//! A leaf switch and its agent (api-machines 4.10 and 8, steps 1, 2, 18 and 19): registers, applies its configuration,
//! reports its ports, and reports the installed systems it sees.

use super::chassis::{Chassis, Running};
use super::machine::Surroundings;
use super::plan::SwitchPlan;
use super::port::{ApiError, Notification, SwitchView};
use actors::ids::MachineId;
use actors::machine::EventKind;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

const REGISTER_RETRY: Duration = Duration::from_secs(30);
const RECONFIGURE_INTERVAL: Duration = Duration::from_secs(10);
const PHONE_HOME_INTERVAL: Duration = Duration::from_secs(60);

/// A switch and the configuration of its ports.
#[derive(Debug)]
pub struct Leaf {
    pub plan: SwitchPlan,
    vrfs: Mutex<BTreeMap<String, String>>,
    /// The installed device, and whether it has power.
    device: watch::Sender<Device>,
    /// By port.
    cables: BTreeMap<String, Arc<Chassis>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Device {
    number: u64,
    runs: bool,
}

impl Leaf {
    pub(super) fn new(plan: SwitchPlan, machines: &[Arc<Chassis>]) -> Self {
        let cables =
            machines.iter().map(|chassis| (chassis.plan.port.clone(), Arc::clone(chassis))).collect();
        Self {
            plan,
            vrfs: Mutex::default(),
            device: watch::Sender::new(Device { number: 0, runs: true }),
            cables,
        }
    }

    /// Breaks the switch: it is off, and its configuration is lost.
    pub fn break_down(&self) {
        self.vrfs.lock().clear();
        self.device.send_modify(|device| device.runs = false);
    }

    /// Replaces it with a new switch of the same kind.
    pub fn plug_in(&self) {
        self.break_down();
        self.device.send_modify(|device| *device = Device { number: device.number + 1, runs: true });
    }

    /// Whether machines receive its announcements (LLDP).
    pub(super) fn announces_itself(&self) -> bool {
        self.device.borrow().runs
    }

    /// The last configured VRF of a port; `None`: never configured, or no such port.
    pub fn vrf(&self, port: &str) -> Option<String> {
        self.vrfs.lock().get(port).cloned()
    }

    /// Runs for ever.
    pub(super) async fn run(self: Arc<Self>, around: Surroundings) -> Infallible {
        let mut device = self.device.subscribe();
        loop {
            // The sender is our own, and lives as long as we do.
            let own = device.wait_for(|device| device.runs).await.ok().map(|device| *device);
            tokio::select! {
                biased;
                _ = device.wait_for(|device| own != Some(*device)) => {}
                never = self.live(&around) => match never {},
            }
        }
    }

    async fn live(&self, around: &Surroundings) -> Infallible {
        while let Err(error) = around.api.switch_register(self.plan.registration.clone()).await {
            tracing::info!(switch = %self.plan.id, %error, "a switch registration failed; retrying");
            around.pace.pass(REGISTER_RETRY).await;
        }
        tokio::select! {
            biased;
            never = self.reconfigure(around) => never,
            never = self.phone_home(around) => never,
        }
    }

    async fn reconfigure(&self, around: &Surroundings) -> Infallible {
        loop {
            around.pace.pass(RECONFIGURE_INTERVAL).await;
            let started = Instant::now();
            let wanted = around.api.switch_get(&self.plan.id).await;
            let notification = self.apply(wanted, started.elapsed());
            if let Err(error) = around.api.switch_notify(&self.plan.id, notification).await {
                tracing::debug!(switch = %self.plan.id, %error, "a switch report failed");
            }
        }
    }

    fn apply(&self, wanted: Result<SwitchView, ApiError>, took: Duration) -> Notification {
        let sync_duration_ns = i64::try_from(took.as_nanos()).unwrap_or(i64::MAX);
        match wanted {
            Ok(SwitchView { vrfs }) => {
                let port_states =
                    vrfs.keys().map(|port| (port.clone(), self.link(port).to_owned())).collect();
                *self.vrfs.lock() = vrfs;
                Notification { sync_duration_ns, error: None, port_states }
            }
            Err(error) => Notification {
                sync_duration_ns,
                error: Some(error.to_string()),
                port_states: BTreeMap::new(),
            },
        }
    }

    /// A port has a link while the machine at the other end has power.
    fn link(&self, port: &str) -> &'static str {
        if self.cables.get(port).is_some_and(|chassis| chassis.is_powered()) { "UP" } else { "DOWN" }
    }

    async fn phone_home(&self, around: &Surroundings) -> Infallible {
        loop {
            around.pace.pass(PHONE_HOME_INTERVAL).await;
            // Empty messages are sent, too (api-machines 5.8).
            if let Err(error) = around.api.send_events(self.neighbours()).await {
                tracing::debug!(switch = %self.plan.id, %error, "phone homes were lost");
            }
        }
    }

    /// The installed systems at the other ends of the cables.
    fn neighbours(&self) -> BTreeMap<MachineId, (EventKind, String)> {
        let installed = self.cables.values().filter_map(|chassis| match chassis.running() {
            Running::System(since) => {
                let message = format!("provisioned since {since}");
                Some((chassis.plan.id.clone(), (EventKind::PhonedHome, message)))
            }
            _ => None,
        });
        installed.collect()
    }
}
