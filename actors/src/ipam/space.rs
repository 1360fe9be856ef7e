//! The free space of a prefix, and which block of it a child gets.
//!
//! Pure: what is taken is an argument. Free space is the prefix minus its children, as a minimal cover by aligned
//! blocks in ascending order. A child is cut from the low end of the smallest block that still fits, the lowest among
//! equals, so that large blocks stay whole as long as possible.

use super::block;
use crate::network::Family;
use ipnet::IpNet;

/// Free blocks named in a refusal at most; the text travels in every answer.
const NAMED_MAX: usize = 64;

/// The free blocks of `prefix`, ascending. `taken` in any order; what lies outside of `prefix` is ignored.
pub fn free(prefix: &IpNet, taken: &[IpNet]) -> Vec<IpNet> {
    let family = Family::of(prefix);
    let (first, last) = block::bounds(prefix);
    let mut spans: Vec<(u128, u128)> =
        taken.iter().filter(|child| block::overlap(prefix, child)).map(block::bounds).collect();
    spans.sort_unstable();
    let mut blocks = Vec::new();
    let mut next = Some(first);
    for (child_first, child_last) in spans {
        if let Some(from) = next
            && from < child_first
        {
            cover(family, from, child_first - 1, &mut blocks);
        }
        next = next.and_then(|from| child_last.checked_add(1).map(|after| after.max(from)));
    }
    if let Some(from) = next
        && from <= last
    {
        cover(family, from, last, &mut blocks);
    }
    blocks
}

/// Appends the largest aligned blocks that together are exactly `first` to `last`.
fn cover(family: Family, first: u128, last: u128, blocks: &mut Vec<IpNet>) {
    let width = u32::from(block::width(family));
    let mut next = first;
    loop {
        let fits = match (last - next).checked_add(1) {
            Some(count) => count.ilog2(),
            None => u128::BITS,
        };
        let host_bits = next.trailing_zeros().min(width).min(fits);
        let length = u8::try_from(width - host_bits).unwrap_or(u8::MAX);
        if let Some(address) = block::address(family, next)
            && let Ok(found) = IpNet::new(address, length)
        {
            blocks.push(found);
        }
        let after = 1_u128.checked_shl(host_bits).and_then(|size| next.checked_add(size));
        match after {
            Some(after) if after <= last => next = after,
            _ => return,
        }
    }
}

/// The child of `length` that `parent` gives next, or why there is none.
pub fn best_fit(parent: &IpNet, taken: &[IpNet], length: u8) -> Result<IpNet, String> {
    let parent = parent.trunc();
    if length <= parent.prefix_len() {
        return Err(format!(
            "given length:{length} must be greater than prefix length:{}",
            parent.prefix_len()
        ));
    }
    let blocks = free(&parent, taken);
    let fitting = blocks.iter().filter(|block| block.prefix_len() <= length);
    // Ascending, so of equal lengths the first met is the lowest; `rev` because `max_by_key` keeps the last.
    let best = fitting.rev().max_by_key(|block| block.prefix_len());
    let child = best.and_then(|block| IpNet::new(block.network(), length).ok());
    child.ok_or_else(|| none_fits(&parent, length, &blocks))
}

fn none_fits(parent: &IpNet, length: u8, blocks: &[IpNet]) -> String {
    let text = format!("no prefix found in {parent} with length:{length}");
    let verb = match blocks.len() {
        0 => return text,
        1 => "is",
        _ => "are",
    };
    let mut named: Vec<String> = blocks.iter().take(NAMED_MAX).map(IpNet::to_string).collect();
    if blocks.len() > NAMED_MAX {
        named.push(format!("{} more", blocks.len() - NAMED_MAX));
    }
    format!("{text}, but {} {verb} available", named.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::collections::BTreeSet;

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    fn take(parent: &str, taken: &mut Vec<IpNet>, length: u8) -> String {
        let child = best_fit(&net(parent), taken, length).unwrap();
        taken.push(child);
        child.to_string()
    }

    /// A small block is not cut from a large one while a smaller one fits.
    #[test]
    fn best_fit_then_lowest() {
        let mut taken = Vec::new();
        let parent = "192.168.0.0/20";
        assert_eq!(take(parent, &mut taken, 21), "192.168.0.0/21");
        assert_eq!(take(parent, &mut taken, 22), "192.168.8.0/22");
        taken.pop();
        assert_eq!(take(parent, &mut taken, 28), "192.168.8.0/28");
        assert_eq!(take(parent, &mut taken, 22), "192.168.12.0/22");
    }

    #[test]
    fn refusals_name_what_is_left() {
        let refused = |parent: &str, taken: &[&str], length| {
            let taken: Vec<IpNet> = taken.iter().copied().map(net).collect();
            best_fit(&net(parent), &taken, length).unwrap_err()
        };
        assert_eq!(
            refused("192.168.0.0/20", &[], 20),
            "given length:20 must be greater than prefix length:20"
        );
        assert_eq!(
            refused("192.168.0.0/20", &["192.168.0.0/21", "192.168.8.0/21"], 21),
            "no prefix found in 192.168.0.0/20 with length:21"
        );
        assert_eq!(
            refused("192.168.0.0/20", &["192.168.0.0/21", "192.168.8.0/22"], 21),
            "no prefix found in 192.168.0.0/20 with length:21, but 192.168.12.0/22 is available"
        );
        assert_eq!(
            refused("192.168.0.9/20", &["192.168.0.0/22", "192.168.8.0/22"], 21),
            "no prefix found in 192.168.0.0/20 with length:21, but 192.168.4.0/22,192.168.12.0/22 are available"
        );
        assert_eq!(
            refused("10.0.0.0/31", &[], 33),
            "no prefix found in 10.0.0.0/31 with length:33, but 10.0.0.0/31 is available"
        );
    }

    #[test]
    fn the_ends_of_the_number_space() {
        assert_eq!(free(&net("::/0"), &[]), [net("::/0")]);
        assert_eq!(free(&net("0.0.0.0/0"), &[net("0.0.0.0/1")]), [net("128.0.0.0/1")]);
        assert_eq!(free(&net("::/0"), &[net("8000::/1")]), [net("::/1")]);
        assert_eq!(free(&net("::/0"), &[net("::/0")]), []);
        let last = net("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
        assert_eq!(free(&net("::/0"), &[last]).len(), 128);
    }

    /// The maximal aligned blocks of free addresses, found by trying every block.
    fn naive_free(base: u32, taken: &BTreeSet<u32>) -> Vec<IpNet> {
        let whole = |first: u32, size: u32| (first..first + size).all(|address| !taken.contains(&address));
        let mut found = Vec::new();
        for host_bits in 0..=6_u32 {
            let size = 1 << host_bits;
            for first in (base..base + 64).step_by(size as usize) {
                let above = first & !(2 * size - 1);
                if whole(first, size) && (host_bits == 6 || !whole(above, 2 * size)) {
                    let length = u8::try_from(32 - host_bits).unwrap();
                    found.push(IpNet::new(std::net::Ipv4Addr::from(first).into(), length).unwrap());
                }
            }
        }
        found.sort_unstable_by_key(|block| block::number(block.network()));
        found
    }

    #[test]
    fn blocks_equal_a_naive_model() {
        let parent = net("10.1.2.64/26");
        let base = u32::try_from(block::bounds(&parent).0).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut taken: Vec<IpNet> = Vec::new();
        for _ in 0..3000 {
            let addresses: BTreeSet<u32> = taken
                .iter()
                .map(block::bounds)
                .flat_map(|(first, last)| u32::try_from(first).unwrap()..=u32::try_from(last).unwrap())
                .collect();
            let blocks = naive_free(base, &addresses);
            assert_eq!(free(&parent, &taken), blocks);
            if !taken.is_empty() && rng.random_bool(0.4) {
                taken.swap_remove(rng.random_range(0..taken.len()));
                continue;
            }
            let length = rng.random_range(27..=32_u8);
            let fitting = blocks.iter().filter(|block| block.prefix_len() <= length);
            let best = fitting.min_by_key(|block| (32 - block.prefix_len(), block::number(block.network())));
            let given = best_fit(&parent, &taken, length).ok();
            assert_eq!(given, best.map(|block| IpNet::new(block.network(), length).unwrap()));
            taken.extend(given);
        }
    }
}
