//! Commands about networks with their answers.

use crate::command::ask::Ask;
use crate::ids::NetworkId;
use crate::network::command::{NetworkAllocate, NetworkCommand as Command, NetworkCreate, NetworkUpdate};
use crate::record::network::{Network, PoolPolicy};

/// api-resources 2.4
pub fn create(request: NetworkCreate) -> Ask<Box<Network>> {
    Ask::new(Command::Create(Box::new(request)))
}

/// api-resources 2.5
pub fn update(update: NetworkUpdate, force: bool) -> Ask<Box<Network>> {
    Ask::new(Command::Update { update: Box::new(update), force })
}

/// api-resources 2.6
pub fn allocate(request: NetworkAllocate) -> Ask<Box<Network>> {
    Ask::new(Command::Allocate(Box::new(request)))
}

/// api-resources 2.7
pub fn free(id: NetworkId) -> Ask<Box<Network>> {
    Ask::new(Command::Free(id))
}

/// api-resources 2.7
pub fn delete(id: NetworkId) -> Ask<Box<Network>> {
    Ask::new(Command::Delete(id))
}

/// Sets the allocation policy of its addresses.
pub fn set_pool(id: NetworkId, pool: PoolPolicy) -> Ask<Box<Network>> {
    Ask::new(Command::SetPool { id, pool })
}
