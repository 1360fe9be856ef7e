//! The installer that a machine boots from the network (api-machines 8, steps 7 to 17 and 20): registers, wipes, waits
//! for an allocation, installs, reports. Every error is a crash, which the caller reports.

use super::chassis::Chassis;
use super::faults::Dice;
use super::machine::{Surroundings, say};
use super::port::{AllocationView, ApiError, Report};
use super::switch::Leaf;
use actors::machine::{BootInfo, EventKind};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// The neighbours at the cables are known by then, or become known in one of the next rounds (api-machines 8, step 9:
/// 30 s).
const LLDP_ROUND: Duration = Duration::from_secs(10);
const LLDP_ROUNDS: u32 = 3;

/// Each machine is connected to this many switches.
const LEAVES_HEARD_MIN: usize = 2;

const WIPE: Duration = Duration::from_secs(4);
const INSTALLATION: Duration = Duration::from_secs(20);

/// Pause before a failed wait stream is opened again (api-machines 5.5).
const WAIT_RETRY: Duration = Duration::from_secs(3);

/// Timeout of registration and report (api-machines 8, steps 10 and 16).
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A machine that waits for too long reboots, at a random time in this range (api-machines 8, step 13).
const AUTOREBOOT: [Duration; 2] = [Duration::from_secs(24 * 3600), Duration::from_secs(48 * 3600)];

/// How an installer ends without a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Starts the kernel on the disk.
    System,
    Reboot,
}

/// One run of the installer.
#[derive(Debug)]
pub(super) struct Installer<'a> {
    pub(super) chassis: &'a Chassis,
    pub(super) leaves: &'a [Arc<Leaf>],
    pub(super) around: &'a Surroundings,
    pub(super) dice: &'a mut Dice,
}

impl Installer<'_> {
    /// The error is the machine's crash message.
    pub(super) async fn run(&mut self) -> Result<Next, String> {
        let version = &self.chassis.plan.registration.metal_hammer_version;
        self.say(EventKind::Preparing, &format!("starting metal-hammer version:{version:?}")).await;
        self.dice.crash("preparing")?;
        self.around.api.super_user_password().await.map_err(|error| error.to_string())?;
        self.discover().await?;
        self.register().await?;
        self.dice.crash("registered")?;
        match self.allocation().await? {
            Some(allocation) if allocation.reinstall => self.reinstall(allocation).await,
            allocation => {
                self.wipe(allocation.as_ref()).await;
                self.dice.crash("wiped")?;
                if self.chassis.configures_bios() {
                    self.say(EventKind::PlannedReboot, "the BIOS has its settings").await;
                    return Ok(Next::Reboot);
                }
                if !self.wait().await {
                    return Ok(Next::Reboot);
                }
                let allocation =
                    self.allocation().await?.ok_or("ordered to install without an allocation")?;
                self.install(&allocation).await
            }
        }
    }

    async fn say(&self, event: EventKind, message: &str) {
        say(self.chassis, self.around, event, message.to_owned()).await;
    }

    /// Listens until enough switches have announced themselves.
    async fn discover(&self) -> Result<(), String> {
        let cables = &self.chassis.plan.registration.hardware.nics;
        let heard = || -> BTreeSet<&str> {
            let neighbours = cables.iter().flat_map(|nic| &nic.neighbors).map(|nic| nic.hostname.as_str());
            let announced = |name: &&str| {
                self.leaves.iter().any(|leaf| leaf.plan.id.as_str() == *name && leaf.announces_itself())
            };
            neighbours.filter(announced).collect()
        };
        for _ in 0..LLDP_ROUNDS {
            self.around.pace.pass(LLDP_ROUND).await;
            if heard().len() >= LEAVES_HEARD_MIN {
                return Ok(());
            }
        }
        Err(format!(
            "heard {} of {LEAVES_HEARD_MIN} switches in {:?}",
            heard().len(),
            LLDP_ROUND * LLDP_ROUNDS
        ))
    }

    async fn register(&self) -> Result<(), String> {
        self.say(EventKind::Registering, "start registering").await;
        bounded(self.around.api.register(self.chassis.plan.registration.clone())).await
    }

    async fn allocation(&self) -> Result<Option<AllocationView>, String> {
        let view = self.around.api.machine_get(&self.chassis.plan.id).await;
        view.map(|view| view.allocation).map_err(|error| error.to_string())
    }

    async fn wipe(&self, allocation: Option<&AllocationView>) {
        self.around.pace.pass(WIPE).await;
        self.chassis.wipe(allocation);
    }

    /// True once the machine is allocated; false when it has waited for too long.
    async fn wait(&mut self) -> bool {
        self.say(EventKind::Waiting, "waiting for allocation").await;
        let patience = self.dice.between(AUTOREBOOT[0], AUTOREBOOT[1]);
        let allocated = async {
            while let Err(error) = self.around.api.wait(&self.chassis.plan.id).await {
                tracing::debug!(machine = %self.chassis.plan.id, %error, "a wait stream failed; the machine opens it again");
                self.around.pace.pass(WAIT_RETRY).await;
            }
        };
        if tokio::time::timeout(self.around.pace.of(patience), allocated).await.is_ok() {
            return true;
        }
        let message = format!("autoreboot after {}h", patience.as_secs() / 3600);
        self.say(EventKind::PlannedReboot, &message).await;
        false
    }

    /// Step 20. While the old system is intact, a failure returns to it.
    async fn reinstall(&mut self, allocation: AllocationView) -> Result<Next, String> {
        let whole = self.dice.crash("preparing to install again");
        if whole.is_err() || allocation.image_url.is_none() {
            // An earlier run may have wiped it and crashed.
            return self.abort(self.chassis.disk().is_none()).await;
        }
        self.wipe(Some(&allocation)).await;
        if self.dice.crash("installing again").is_err() {
            return self.abort(true).await;
        }
        self.install(&allocation).await
    }

    async fn abort(&self, primary_disk_wiped: bool) -> Result<Next, String> {
        let answer = self.around.api.abort_reinstall(&self.chassis.plan.id, primary_disk_wiped).await;
        let old = answer.map_err(|error| error.to_string())?;
        Ok(if old.is_some() && self.chassis.disk().is_some() { Next::System } else { Next::Reboot })
    }

    /// Steps 15 to 17.
    async fn install(&mut self, allocation: &AllocationView) -> Result<Next, String> {
        self.say(EventKind::Installing, "start installation").await;
        if !allocation.has_layout {
            return Err("the allocation has no filesystem layout".to_owned());
        }
        let image = allocation.image_url.as_deref().ok_or("the allocation has no image")?;
        self.dice.crash("installing")?;
        self.around.pace.pass(INSTALLATION).await;
        self.chassis.install(allocation.uuid);
        self.dice.crash("about to report")?;
        bounded(self.around.api.report(self.report(image))).await?;
        self.chassis.reported();
        self.dice.crash("reported")?;
        self.say(EventKind::BootingNewKernel, "booting into distro kernel").await;
        Ok(Next::System)
    }

    fn report(&mut self, image: &str) -> Report {
        let disk = &self.chassis.plan.primary_disk;
        Report {
            machine: self.chassis.plan.id.clone(),
            console_password: self.dice.password(),
            boot_info: BootInfo {
                image_id: String::new(),
                primary_disk: disk.clone(),
                os_partition: format!("{disk}2"),
                initrd: "/boot/initrd.img".to_owned(),
                cmdline: format!("console=ttyS1 root={disk}2 image={image}"),
                kernel: "/boot/vmlinuz".to_owned(),
                bootloader_id: "metal".to_owned(),
            },
        }
    }
}

async fn bounded(call: impl Future<Output = Result<(), ApiError>>) -> Result<(), String> {
    match tokio::time::timeout(CALL_TIMEOUT, call).await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("no answer in 10 s".to_owned()),
    }
}
