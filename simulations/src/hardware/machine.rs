//! The programs of a powered machine, boot after boot: firmware, network boot, installer, installed system
//! (api-machines 8, steps 4 to 22). Its BMC can interrupt it at any point.

use super::chassis::{Chassis, Running};
use super::faults::Dice;
use super::installer::{Installer, Next};
use super::pace::Pace;
use super::port::{ApiError, MetalApi};
use super::switch::Leaf;
use actors::machine::EventKind;
use actors::runtime::Clock;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

const POWER_ON_SELF_TEST: Duration = Duration::from_secs(8);
const SYSTEM_BOOT: Duration = Duration::from_secs(12);
const INSTALLER_BOOT: Duration = Duration::from_secs(6);

/// Pause before a network boot is retried.
const NETWORK_BOOT_RETRY: Duration = Duration::from_secs(5);

/// Number of requests of a network boot.
const DHCP_REQUESTS: u32 = 2;

/// Pause of a crashed installer before it reboots (api-machines 8, step 22).
const CRASH_PAUSE: Duration = Duration::from_secs(5);

/// Interval of an installer's alive events (api-machines 8, step 7).
const ALIVE_INTERVAL: Duration = Duration::from_secs(60);

/// Tries of an installer to send an event, and their interval: enough for a restart of the control plane, which takes
/// real time.
const EVENT_TRIES: u32 = 5;
const EVENT_RETRY: Duration = Duration::from_secs(1);

/// Shared by all hardware of a rack.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) api: Arc<dyn MetalApi>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) pace: Pace,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("pace", &self.pace).finish_non_exhaustive()
    }
}

/// The inside of a machine.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) chassis: Arc<Chassis>,
    /// The switches at its cables.
    pub(super) leaves: [Arc<Leaf>; 2],
    pub(super) around: Surroundings,
    pub(super) dice: Dice,
}

impl Machine {
    /// Runs for ever. Powers up slightly later than its neighbours.
    pub(super) async fn run(mut self) -> Infallible {
        let stagger = self.dice.between(Duration::ZERO, Duration::from_secs(5));
        self.around.pace.pass(stagger).await;
        self.recall().await;
        let mut disturbed = self.chassis.disturbances();
        loop {
            disturbed.borrow_and_update();
            let chassis = Arc::clone(&self.chassis);
            let boot =
                async { if chassis.is_powered() { self.boot().await } else { std::future::pending().await } };
            tokio::select! {
                biased;
                changed = disturbed.changed() => {
                    debug_assert!(changed.is_ok(), "the case lives as long as the machine");
                }
                () = boot => {}
            }
        }
    }

    /// Simulated disks are empty after a restart of this process, unlike real ones. So the installations that the
    /// control plane knows are restored before the machine is switched on.
    async fn recall(&self) {
        loop {
            match self.around.api.machine_get(&self.chassis.plan.id).await {
                Ok(view) => {
                    if let Some(allocation) = view.allocation.filter(|held| held.boot_info.is_some()) {
                        self.chassis.recall(&allocation);
                    }
                    return;
                }
                Err(ApiError::Missing(_)) => return,
                Err(ApiError::Failed(error)) => {
                    tracing::debug!(machine = %self.chassis.plan.id, error, "the machine stays off until the control plane answers");
                    self.around.pace.pass(NETWORK_BOOT_RETRY).await;
                }
            }
        }
    }

    /// From power on until the machine reboots by itself.
    async fn boot(&mut self) {
        self.chassis.runs(Running::Firmware);
        self.around.pace.pass(POWER_ON_SELF_TEST).await;
        if self.chassis.enters_bios() {
            self.chassis.runs(Running::BiosSetup);
            return std::future::pending().await;
        }
        if self.chassis.finds_system() {
            self.run_system().await;
        } else {
            self.boot_from_network().await;
        }
    }

    /// Steps 18 and 19: the system announces itself to the switches, and sends nothing else.
    async fn run_system(&self) {
        self.around.pace.pass(SYSTEM_BOOT).await;
        self.chassis.runs(Running::System(self.around.clock.now()));
        std::future::pending().await
    }

    /// Steps 4 to 17.
    async fn boot_from_network(&mut self) {
        self.dhcp_and_boot().await;
        self.chassis.runs(Running::Installer);
        self.around.pace.pass(INSTALLER_BOOT).await;
        let Self { chassis, leaves, around, dice } = self;
        let (chassis, around) = (&*chassis, &*around);
        let mut installer = Installer { chassis, leaves, around, dice };
        let installed = {
            let work = async { installer.run().await };
            tokio::select! {
                biased;
                next = work => next,
                never = stay_alive(chassis, around) => match never {},
            }
        };
        match installed {
            Ok(Next::System) => self.run_system().await,
            Ok(Next::Reboot) => {}
            Err(crash) => {
                say(&self.chassis, &self.around, EventKind::Crashed, crash).await;
                self.around.pace.pass(CRASH_PAUSE).await;
            }
        }
    }

    async fn dhcp_and_boot(&self) {
        let plan = &self.chassis.plan;
        let mac = plan.registration.hardware.nics.get(1).map(|nic| nic.mac.as_str()).unwrap_or_default();
        loop {
            match self.ask_network(mac).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::debug!(machine = %plan.id, %error, "a network boot failed; retrying");
                    self.around.pace.pass(NETWORK_BOOT_RETRY).await;
                }
            }
        }
    }

    async fn ask_network(&self, mac: &str) -> Result<(), ApiError> {
        let plan = &self.chassis.plan;
        for _ in 0..DHCP_REQUESTS {
            self.around.api.dhcp(&plan.id).await?;
        }
        self.around.api.boot(mac, &plan.partition).await.map(drop)
    }
}

async fn stay_alive(chassis: &Chassis, around: &Surroundings) -> Infallible {
    loop {
        around.pace.pass(ALIVE_INTERVAL).await;
        let message = format!("still alive at: {}", around.clock.now());
        say(chassis, around, EventKind::Alive, message).await;
    }
}

/// Sends one event, with retries unless it is a heartbeat; the control plane must tolerate lost and duplicate events.
pub(super) async fn say(chassis: &Chassis, around: &Surroundings, event: EventKind, message: String) {
    let tries = if event == EventKind::Alive { 1 } else { EVENT_TRIES };
    for left in (0..tries).rev() {
        let events = BTreeMap::from([(chassis.plan.id.clone(), (event, message.clone()))]);
        match around.api.send_events(events).await {
            Ok(_) => return,
            Err(error) if left == 0 => {
                tracing::warn!(machine = %chassis.plan.id, event = event.as_str(), %error, "an event could not be delivered");
            }
            Err(_) => tokio::time::sleep(EVENT_RETRY).await,
        }
    }
}
