//! The BMCs of a rack and their agent (api-machines 6.1, 6.4 and 8, step 3): reports the BMCs' state and carries out
//! orders.
//!
//! Orders are delivered at least once. Orders that were carried out but not acknowledged are remembered and not
//! repeated.

use super::chassis::{BmcHealth, Chassis};
use super::machine::Surroundings;
use super::plan;
use super::port::Order;
use actors::ids::{MachineId, PartitionId};
use actors::machine::PowerMetric;
use actors::machine::command::{FruReport, IpmiReport};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use uuid::Uuid;

const REPORT_INTERVAL: Duration = Duration::from_secs(5 * 60);
const REPORT_RETRY: Duration = Duration::from_secs(30);

/// The shortest time in which a BMC carries out an order.
const REACTION: Duration = Duration::from_millis(500);

/// Timeout of one request for orders.
const ORDERS_WAIT: Duration = Duration::from_secs(30);

/// Pause between requests while orders are pending: they would be answered at once.
const ORDERS_PAUSE: Duration = Duration::from_secs(1);

/// The shortest interval between two requests for orders, at any speed of simulated time.
const ORDERS_PAUSE_MIN: Duration = Duration::from_millis(50);

/// The agent of the BMCs of one rack.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) partition: PartitionId,
    pub(super) cases: BTreeMap<MachineId, Arc<Chassis>>,
    pub(super) around: Surroundings,
    pub(super) slow: Duration,
}

/// A machine's orders, carried out as far as possible.
struct Round {
    machine: MachineId,
    carried_out: Vec<Uuid>,
    acknowledged: bool,
}

impl Agent {
    /// Runs for ever.
    pub(super) async fn run(self) -> Infallible {
        tokio::select! {
            biased;
            never = self.report() => never,
            never = self.carry_out() => never,
        }
    }

    async fn report(&self) -> Infallible {
        loop {
            let reports =
                self.cases.iter().map(|(machine, chassis)| (machine.clone(), describe(chassis))).collect();
            let pause = match self.around.api.ipmi_report(&self.partition, reports).await {
                Ok(()) => REPORT_INTERVAL,
                Err(error) => {
                    tracing::info!(partition = %self.partition, %error, "a BMC report failed; retrying");
                    REPORT_RETRY
                }
            };
            self.around.pace.pass(pause).await;
        }
    }

    async fn carry_out(&self) -> Infallible {
        let mut rounds: JoinSet<Round> = JoinSet::new();
        let mut busy: BTreeSet<MachineId> = BTreeSet::new();
        let mut unacknowledged: BTreeSet<Uuid> = BTreeSet::new();
        loop {
            while let Some(ended) = rounds.try_join_next() {
                let Ok(round) = ended else { continue };
                busy.remove(&round.machine);
                for order in round.carried_out {
                    if round.acknowledged {
                        unacknowledged.remove(&order);
                    } else {
                        unacknowledged.insert(order);
                    }
                }
            }
            let mut begun = false;
            match self.around.api.bmc_orders(&self.partition, ORDERS_WAIT).await {
                Ok(orders) => {
                    for (machine, orders) in by_machine(orders) {
                        let Some(chassis) = self.cases.get(&machine) else { continue };
                        if busy.insert(machine.clone()) {
                            begun = true;
                            let done = unacknowledged.clone();
                            rounds.spawn(round(
                                Arc::clone(chassis),
                                orders,
                                done,
                                self.around.clone(),
                                self.slow,
                            ));
                        }
                    }
                }
                Err(error) => tracing::debug!(partition = %self.partition, %error, "no orders for the BMCs"),
            }
            if !begun {
                tokio::time::sleep(self.around.pace.of(ORDERS_PAUSE).max(ORDERS_PAUSE_MIN)).await;
            }
        }
    }
}

fn by_machine(orders: Vec<Order>) -> BTreeMap<MachineId, Vec<Order>> {
    let mut sorted: BTreeMap<MachineId, Vec<Order>> = BTreeMap::new();
    for order in orders {
        sorted.entry(order.machine.clone()).or_default().push(order);
    }
    sorted
}

async fn round(
    chassis: Arc<Chassis>,
    orders: Vec<Order>,
    done: BTreeSet<Uuid>,
    around: Surroundings,
    slow: Duration,
) -> Round {
    let machine = chassis.plan.id.clone();
    let mut carried_out = Vec::new();
    for order in orders {
        if !done.contains(&order.id) {
            around.pace.pass(REACTION + slow + chassis.bmc_slower()).await;
            tracing::debug!(%machine, action = ?order.action, "the BMC carries out an order");
            match chassis.bmc() {
                BmcHealth::Well | BmcHealth::IgnoresBoot => chassis.obey(order.action),
                BmcHealth::Lies => {}
                BmcHealth::Dead => break,
            }
        }
        carried_out.push(order.id);
    }
    if carried_out.is_empty() {
        return Round { machine, carried_out, acknowledged: false };
    }
    let answer = around.api.bmc_orders_done(&machine, &carried_out).await;
    Round { machine, carried_out, acknowledged: answer.is_ok() }
}

/// A BMC's report about its machine.
fn describe(chassis: &Chassis) -> IpmiReport {
    let registered = chassis.plan.registration.ipmi.as_ref();
    let fru = registered.map(|ipmi| ipmi.fru.clone()).unwrap_or_default();
    let (powered, watts) = if chassis.is_powered() { ("ON", 180.0) } else { ("OFF", 8.0) };
    IpmiReport {
        bmcip: chassis.plan.bmc_host.clone(),
        fru: Some(FruReport {
            board_mfg: Some(fru.board_mfg),
            board_part_number: Some(fru.board_part_number),
            product_manufacturer: Some(fru.product_manufacturer),
            product_part_number: Some(fru.product_part_number),
            product_serial: Some(fru.product_serial),
            ..FruReport::default()
        }),
        biosversion: chassis.plan.registration.bios.version.clone(),
        bmcversion: registered.map(|ipmi| ipmi.bmc_version.clone()).unwrap_or_default(),
        powerstate: powered.to_owned(),
        indicatorledstate: if chassis.is_led_on() { "LED-ON" } else { "LED-OFF" }.to_owned(),
        powermetric: Some(PowerMetric {
            average_consumed_watts: watts,
            interval_in_min: 5.0,
            max_consumed_watts: watts,
            min_consumed_watts: watts,
        }),
        powersupplies: vec![plan::supply(), plan::supply()],
    }
}
