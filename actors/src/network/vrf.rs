//! VRF numbers of networks: a number is a claim row, and a shared one lists all networks that hold it.

use crate::answer::Answer;
use crate::decision::Decision;
use crate::ids::NetworkId;
use crate::record::ipam::{Claim, ClaimOwner, NUMBER_MAX, Pool};
use crate::record::network::Network;
use crate::refusal::Refusal;
use crate::world::World;

/// Takes a given number; 0 asks for none (api-resources 2.4, checks 19 and 20).
pub(super) fn take(
    world: &World,
    number: u32,
    shared: bool,
    network: &NetworkId,
    decision: &mut Decision<Answer>,
) -> Result<(), Refusal> {
    if number == 0 {
        return Ok(());
    }
    if number > NUMBER_MAX {
        return Err(Refusal::unprocessable(format!(
            "could not acquire vrf: value '{number}' is outside of the allowed range '1 - {NUMBER_MAX}'"
        )));
    }
    let Some(read) = world.claims.get(&Claim::row_id(Pool::Vrf, number)) else {
        claim(number, network, decision);
        return Ok(());
    };
    if !shared {
        return Err(Refusal::conflict(
            "cannot acquire a unique vrf id twice except vrfShared is set to true: \
             Conflict integer is already acquired by another",
        ));
    }
    let mut next = Claim::clone(&read.value);
    next.owners.push(ClaimOwner::Network(network.clone()));
    decision.update(&read, next);
    Ok(())
}

/// Takes a number that is known to be free.
pub(super) fn claim(number: u32, network: &NetworkId, decision: &mut Decision<Answer>) {
    let owners = vec![ClaimOwner::Network(network.clone())];
    decision.create(Claim { pool: Pool::Vrf, number, owners });
}

/// Returns a network's number; a shared one is free when the last of its networks is gone.
pub(super) fn release(world: &World, network: &Network, decision: &mut Decision<Answer>) {
    let Some(read) = world.claims.get(&Claim::row_id(Pool::Vrf, network.vrf)) else { return };
    let own = ClaimOwner::Network(network.id.clone());
    let mut next = Claim::clone(&read.value);
    next.owners.retain(|owner| *owner != own);
    if next.owners.is_empty() {
        decision.delete(&read);
    } else if next.owners.len() < read.owners.len() {
        decision.update(&read, next);
    }
}
