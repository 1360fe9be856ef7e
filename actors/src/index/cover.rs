//! The reference for tests of free blocks.

use ipnet::IpNet;

/// The minimal cover of a prefix without `taken`, computed from scratch: blocks are halved until they are free or
/// taken.
pub(crate) fn cover(prefix: IpNet, taken: &[IpNet]) -> Vec<IpNet> {
    if taken.iter().any(|block| block.contains(&prefix)) {
        return Vec::new();
    }
    let inside: Vec<IpNet> = taken.iter().filter(|block| prefix.contains(*block)).copied().collect();
    if inside.is_empty() {
        return vec![prefix];
    }
    let halves = prefix.subnets(prefix.prefix_len() + 1).unwrap();
    halves.flat_map(|half| cover(half, &inside)).collect()
}
