use super::*;
use crate::index::cover::cover;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn best(blocks: &[IpNet], length: u8) -> Option<IpNet> {
    let fitting = blocks.iter().filter(|block| block.prefix_len() <= length);
    let best = fitting.rev().max_by_key(|block| block.prefix_len())?;
    Some(IpNet::new(best.network(), length).unwrap())
}

fn units(blocks: &[IpNet]) -> u128 {
    let width = |block: &IpNet| block::width(Family::of(block));
    let bits = blocks.iter().map(|block| width(block) - block.prefix_len());
    bits.filter(|bits| *bits >= 2).map(|bits| 1_u128 << (bits - 2)).sum()
}

fn check(buddy: &Buddy, taken: &[IpNet], rng: &mut ChaCha8Rng) {
    let blocks = cover(*buddy.prefix(), taken);
    assert_eq!(buddy.lowest(usize::MAX), blocks, "without {taken:?}");
    let some = rng.random_range(0..5);
    assert_eq!(buddy.lowest(some), blocks[..some.min(blocks.len())]);
    assert_eq!((buddy.blocks(), buddy.units()), (blocks.len(), units(&blocks)));
    let (own, width) = (buddy.prefix().prefix_len(), block::width(Family::of(buddy.prefix())));
    for length in [own, width].into_iter().chain((0..6).map(|_| rng.random_range(own..=width))) {
        assert_eq!(buddy.best_fit(length), best(&blocks, length), "/{length} without {taken:?}");
    }
}

/// A block of the prefix, of any length, near its low end so that blocks meet.
fn any(prefix: &IpNet, rng: &mut ChaCha8Rng) -> IpNet {
    let width = block::width(Family::of(prefix));
    let length = rng.random_range(prefix.prefix_len()..=width);
    let (first, last) = block::bounds(prefix);
    let near = last.min(first.saturating_add(1 << rng.random_range(0..u32::from(width))));
    let number = rng.random_range(first..=near);
    IpNet::new(block::address(Family::of(prefix), number).unwrap(), length).unwrap().trunc()
}

/// After every step the free blocks are the minimal cover of what was not taken: both families, every length of parent
/// and child from 0 on.
#[test]
fn free_blocks_are_the_minimal_cover_of_the_rest() {
    let v4 = (0..=32).map(|length| (IpNet::new([10, 77, 3, 129].into(), length).unwrap(), 120));
    let v6 = (0..=128).map(|length| (IpNet::new([0x2001; 8].into(), length).unwrap(), 30));
    for (seed, (prefix, steps)) in v4.chain(v6).enumerate() {
        let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
        let mut buddy = Buddy::new(&prefix);
        let prefix = prefix.trunc();
        let mut taken: Vec<IpNet> = Vec::new();
        for _ in 0..steps {
            let block = any(&prefix, &mut rng);
            match rng.random_range(0..8) {
                0..=2 => {
                    let length = block.prefix_len();
                    let expected = best(&cover(prefix, &taken), length);
                    assert_eq!(buddy.acquire(length), expected);
                    taken.extend(expected);
                }
                3 | 4 => {
                    let free = !taken.iter().any(|other| block::overlap(other, &block));
                    assert_eq!(buddy.take(&block), if free { Ok(()) } else { Err(Misfit::NotFree) });
                    taken.extend(free.then_some(block));
                }
                5 if !taken.contains(&block) && !cover(block, &taken).is_empty() => {
                    assert_eq!(buddy.release(&block), Err(Misfit::NotTaken));
                }
                _ if taken.is_empty() => {}
                _ => {
                    let block = taken.swap_remove(rng.random_range(0..taken.len()));
                    assert_eq!(buddy.release(&block), Ok(()));
                }
            }
            check(&buddy, &taken, &mut rng);
        }
        let mut rebuilt = Buddy::new(&prefix);
        taken.iter().for_each(|block| rebuilt.take(block).unwrap());
        assert_eq!(rebuilt.lowest(usize::MAX), buddy.lowest(usize::MAX), "what is rebuilt is what it was");
        taken.iter().for_each(|block| buddy.release(block).unwrap());
        assert_eq!(buddy.lowest(usize::MAX), [prefix], "all of it is one block again");
    }
}

/// A small block is not cut from a large one while a smaller one fits.
#[test]
fn best_fit_then_lowest() {
    let mut buddy = Buddy::new(&net("192.168.0.0/20"));
    assert_eq!(buddy.acquire(21), Some(net("192.168.0.0/21")));
    assert_eq!(buddy.acquire(22), Some(net("192.168.8.0/22")));
    buddy.release(&net("192.168.8.0/22")).unwrap();
    assert_eq!(buddy.acquire(28), Some(net("192.168.8.0/28")));
    assert_eq!(buddy.acquire(22), Some(net("192.168.12.0/22")));
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut buddy = Buddy::new(&net("10.0.0.9/24"));
    buddy.take(&net("10.0.0.64/26")).unwrap();
    let before = buddy.clone();
    for outside in ["10.0.1.0/26", "10.0.0.0/23", "2001:db8::/64"] {
        assert_eq!(buddy.take(&net(outside)), Err(Misfit::Outside), "{outside}");
        assert_eq!(buddy.release(&net(outside)), Err(Misfit::Outside), "{outside}");
    }
    for taken in ["10.0.0.64/26", "10.0.0.64/27", "10.0.0.127/32", "10.0.0.0/25", "10.0.0.0/24"] {
        assert_eq!(buddy.take(&net(taken)), Err(Misfit::NotFree), "{taken}");
    }
    for free in ["10.0.0.0/26", "10.0.0.128/27", "10.0.0.0/25", "10.0.0.0/24"] {
        assert_eq!(buddy.release(&net(free)), Err(Misfit::NotTaken), "{free}");
    }
    assert_eq!((buddy.acquire(23), buddy.acquire(24), buddy.acquire(33)), (None, None, None));
    assert_eq!(buddy, before);
}

#[test]
fn the_ends_of_the_number_space() {
    let mut buddy = Buddy::new(&net("::/0"));
    let last = net("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
    buddy.take(&last).unwrap();
    assert_eq!(buddy.blocks(), 128);
    buddy.release(&last).unwrap();
    buddy.take(&net("8000::/1")).unwrap();
    assert_eq!(buddy.lowest(9), [net("::/1")]);
    assert_eq!(buddy.acquire(1), Some(net("::/1")));
    assert_eq!((buddy.lowest(9), buddy.units()), (vec![], 0));
}
