//! The final checks of a run, after convergence and without pending writes: every pool allocates as long as it has free
//! addresses (ipam 5.4, L1), the lowest allowed one (I10), and allocates a released address again after its quarantine
//! (L4).

use crate::cluster::{Cluster, PlayedPartition, admin};
use actors::addressing::{Family, block};
use actors::answer::Answer;
use actors::command::Body;
use actors::ipam::{AddressAllocate, AddressCommand};
use actors::network::Network;
use actors::world::World;
use std::net::IpAddr;
use std::time::Duration;

/// Longest time until a background task ends an expired quarantine.
const NOTICED: Duration = Duration::from_secs(120);

/// Asks every pool of every partition.
pub async fn pools_give(cluster: &Cluster) {
    for played in cluster.partitions.values() {
        if let Err((checker, what)) = pools_of_one_give(cluster, played).await {
            cluster.monitor.object(checker, format!("{}: {what}", played.node.partition));
            return;
        }
    }
}

/// A checker, and what it objects to.
type Verdict<T> = Result<T, (&'static str, String)>;

async fn pools_of_one_give(cluster: &Cluster, played: &PlayedPartition) -> Verdict<()> {
    let pools: Vec<Network> = look(played, |world| {
        let pools = world.networks.filter(|network| !network.private_super);
        pools.iter().map(|network| (***network).clone()).collect()
    })
    .await?;
    let rest = Duration::from_secs(cluster.scenario.workload.quarantine_s.into());
    for pool in &pools {
        let Some(lowest) = look(played, |world| lowest(world, pool)).await? else { continue };
        for _ in 0..2 {
            let given = ask(played, AddressCommand::Allocate(Box::new(request(pool)))).await?;
            let Answer::Address(given) = given else {
                return Err(("answers-fit", format!("a pool answered {given:?}")));
            };
            if given.address != lowest {
                let what = format!("{} gave {} although {lowest} was free", pool.id, given.address);
                return Err(("lowest-first", what));
            }
            ask(played, AddressCommand::Free(lowest.to_string())).await?;
            if !rest.is_zero() {
                tokio::time::sleep(rest + NOTICED).await;
            }
        }
    }
    Ok(())
}

/// A linear search: the reference for a pool's indexes.
fn lowest(world: &World, pool: &Network) -> Option<IpAddr> {
    let mut ranges = pool.prefixes.iter().filter_map(|prefix| Some((prefix, block::usable(prefix)?)));
    ranges.find_map(|(prefix, (first, last))| {
        let family = Family::of(prefix);
        let mut all = (first..=last).filter_map(|number| block::address(family, number));
        all.find(|ip| {
            let id = ip.to_string();
            !world.addresses.contains(&id) && !world.quarantined.contains(&id)
        })
    })
}

fn request(pool: &Network) -> AddressAllocate {
    AddressAllocate {
        networkid: pool.id.to_string(),
        projectid: crate::entities::PROJECT.to_owned(),
        name: "the last one".to_owned(),
        ..AddressAllocate::default()
    }
}

async fn look<T>(played: &PlayedPartition, read: impl FnOnce(&World) -> T) -> Verdict<T> {
    let inside = played.node.look().await.ok_or(("converges", "the node is gone".to_owned()))?;
    Ok(read(inside.gateway.local().world()))
}

async fn ask(played: &PlayedPartition, command: AddressCommand) -> Verdict<Answer> {
    let what = format!("{command:?}");
    let body = Body::Address(command);
    let answer =
        played.node.call(async move |inside| inside.gateway.execute_any(&admin(), None, body).await).await;
    let objection = |error: String| ("pools-give", format!("{error}, although all is well: {what}"));
    let answered = answer.map_err(|_| objection("the node is gone".to_owned()))?;
    answered.map_err(|error| objection(error.to_string()))
}
