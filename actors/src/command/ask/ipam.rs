//! Commands about addresses with their answers. Ids are texts as the caller wrote them.

use crate::command::ask::{Ask, Corrected};
use crate::ids::NetworkId;
use crate::ipam::command::{AddressAllocate, AddressCommand as Command, AddressUpdate, AddressesAllocate};
use crate::record::ipam::Address;
use std::net::IpAddr;
use uuid::Uuid;

/// api-resources 3.2
pub fn allocate(request: AddressAllocate) -> Ask<Box<Address>> {
    Ask::new(Command::Allocate(Box::new(request)))
}

/// Several at once, all or none: ordered by family, then in the order of allocation.
pub fn allocate_many(request: AddressesAllocate) -> Ask<Vec<Address>> {
    Ask::new(Command::AllocateMany(Box::new(request)))
}

/// api-resources 3.4
pub fn update(update: AddressUpdate) -> Ask<Box<Address>> {
    Ask::new(Command::Update(Box::new(update)))
}

/// api-resources 3.5
pub fn free(id: String) -> Ask<Box<Address>> {
    Ask::new(Command::Free(id))
}

/// Like [`free`], but only for one allocation, not for a later one of the same address.
pub fn release(id: String, allocation: Uuid) -> Ask<Box<Address>> {
    Ask::new(Command::Release { id, allocation })
}

/// Ends a quarantine early.
pub fn end_quarantine(id: String) -> Ask<()> {
    Ask::new(Command::EndQuarantine(id))
}

/// Ends those of a network's quarantines at these addresses that have expired.
pub fn end_due_quarantines(network: NetworkId, addresses: Vec<IpAddr>) -> Ask<()> {
    Ask::new(Command::EndDueQuarantines { network, addresses })
}

/// Releases those of these addresses of a network that can have no owner, see [`crate::ipam::orphans`].
pub fn mend(network: NetworkId, addresses: Vec<IpAddr>) -> Ask<Corrected> {
    Ask::new(Command::Mend { network, addresses })
}
