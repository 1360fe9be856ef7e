//! The free space of one prefix as aligned blocks, and the choice of a child's block.
//!
//! Free space is the prefix without its children, always as the fewest aligned blocks that cover it: a block joins its
//! other half as soon as that is free. A child is cut from the low end of the smallest block that fits, the lowest
//! among equals, so that large blocks stay whole as long as possible.

use crate::addressing::{Family, block};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// Why a block is not taken or released; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error("the block is not part of the prefix")]
    Outside,
    #[error("the block is not completely free")]
    NotFree,
    #[error("the block is already partly free")]
    NotTaken,
}

/// The free blocks of a prefix. A block of level n results from halving it n times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buddy {
    /// Masked.
    prefix: IpNet,
    /// The prefix itself is free, as the only block.
    whole: bool,
    /// Starts of the free blocks of level 1, 2, ..; as many levels as were ever needed.
    levels: Vec<BTreeSet<u128>>,
    /// Bit n - 1: level n has free blocks.
    present: u128,
    /// Free units of four addresses.
    units: u128,
}

impl Buddy {
    /// The whole prefix is free.
    pub fn new(prefix: &IpNet) -> Self {
        let mut buddy =
            Self { prefix: prefix.trunc(), whole: false, levels: Vec::new(), present: 0, units: 0 };
        buddy.put(block::bounds(prefix).0, 0);
        buddy
    }

    pub const fn prefix(&self) -> &IpNet {
        &self.prefix
    }

    /// The block of `length` that [`Buddy::acquire`] would return.
    pub fn best_fit(&self, length: u8) -> Option<IpNet> {
        let level = self.level(length)?;
        let (start, _) = self.smallest(level)?;
        self.block(start, level)
    }

    /// Takes the best fitting block of `length`.
    pub fn acquire(&mut self, length: u8) -> Option<IpNet> {
        let level = self.level(length)?;
        let (start, from) = self.smallest(level)?;
        self.cut(start, from, start, level);
        self.block(start, level)
    }

    /// Takes this block.
    pub fn take(&mut self, wanted: &IpNet) -> Result<(), Misfit> {
        let (start, level) = self.locate(wanted)?;
        let (around, from) = self.around(start, level).ok_or(Misfit::NotFree)?;
        self.cut(around, from, start, level);
        Ok(())
    }

    /// Whether this block could be taken.
    pub fn is_free(&self, wanted: &IpNet) -> bool {
        self.locate(wanted).is_ok_and(|(start, level)| self.around(start, level).is_some())
    }

    /// Releases a block or a part of one, and joins it with its neighbours.
    pub fn release(&mut self, taken: &IpNet) -> Result<(), Misfit> {
        let (start, level) = self.locate(taken)?;
        let (_, last) = block::bounds(taken);
        let partly = self.deeper(level).any(|blocks| blocks.range(start..=last).next().is_some());
        if partly || self.around(start, level).is_some() {
            return Err(Misfit::NotTaken);
        }
        let (mut start, mut level) = (start, level);
        while level > 0 {
            let half = self.size(level);
            let other = start ^ half;
            if !self.has(other, level) {
                break;
            }
            self.drop_block(other, level);
            start &= !half;
            level -= 1;
        }
        self.put(start, level);
        Ok(())
    }

    /// Number of free blocks.
    pub fn blocks(&self) -> usize {
        usize::from(self.whole) + self.levels.iter().map(BTreeSet::len).sum::<usize>()
    }

    /// The free blocks, ascending, at most `count`.
    pub fn lowest(&self, count: usize) -> Vec<IpNet> {
        let mut blocks: Vec<IpNet> = self.whole.then_some(self.prefix).into_iter().take(count).collect();
        for (level, starts) in (1..).zip(&self.levels) {
            blocks.extend(starts.iter().take(count).filter_map(|start| self.block(*start, level)));
        }
        blocks.sort_unstable();
        blocks.truncate(count);
        blocks
    }

    /// Whether the same space is free, regardless of the number of levels.
    pub fn is_alike(&self, other: &Self) -> bool {
        let used =
            |buddy: &Self| buddy.levels.iter().rposition(|starts| !starts.is_empty()).map_or(0, |at| at + 1);
        self.prefix == other.prefix
            && self.whole == other.whole
            && self.units == other.units
            && self.levels[..used(self)] == other.levels[..used(other)]
    }

    /// Number of free units of four addresses (/30, /126).
    pub const fn units(&self) -> u128 {
        self.units
    }

    /// The level of this length; `None` if the prefix has no such length.
    fn level(&self, length: u8) -> Option<u8> {
        if length > block::width(Family::of(&self.prefix)) {
            return None;
        }
        length.checked_sub(self.prefix.prefix_len())
    }

    fn locate(&self, block: &IpNet) -> Result<(u128, u8), Misfit> {
        if !self.prefix.contains(block) {
            return Err(Misfit::Outside);
        }
        let level = self.level(block.prefix_len()).ok_or(Misfit::Outside)?;
        Ok((block::bounds(block).0, level))
    }

    fn block(&self, start: u128, level: u8) -> Option<IpNet> {
        let address = block::address(Family::of(&self.prefix), start)?;
        IpNet::new(address, self.prefix.prefix_len() + level).ok()
    }

    fn host_bits(&self, level: u8) -> u8 {
        block::width(Family::of(&self.prefix)) - self.prefix.prefix_len() - level
    }

    /// Addresses of a block; 0 for the whole IPv6 space, which is never compared with a half.
    fn size(&self, level: u8) -> u128 {
        1_u128.checked_shl(self.host_bits(level).into()).unwrap_or(0)
    }

    /// The start and level of the lowest of the smallest free blocks that can hold a block of `level`.
    fn smallest(&self, level: u8) -> Option<(u128, u8)> {
        let holding = match level {
            0 => 0,
            _ => self.present & (u128::MAX >> (128 - u32::from(level))),
        };
        let found = u128::BITS - holding.leading_zeros();
        if found == 0 {
            return self.whole.then(|| (block::bounds(&self.prefix).0, 0));
        }
        let starts = self.levels.get(found as usize - 1)?;
        starts.first().zip(u8::try_from(found).ok()).map(|(start, level)| (*start, level))
    }

    /// The free block that contains this one: one look-up for each non-empty level above.
    fn around(&self, start: u128, level: u8) -> Option<(u128, u8)> {
        if self.whole {
            return Some((block::bounds(&self.prefix).0, 0));
        }
        (1..=level).rev().find_map(|level| {
            let aligned = start & !(self.size(level) - 1);
            self.has(aligned, level).then_some((aligned, level))
        })
    }

    /// The free blocks of the levels below this one.
    fn deeper(&self, level: u8) -> impl Iterator<Item = &BTreeSet<u128>> {
        self.levels.iter().skip(level.into()).filter(|starts| !starts.is_empty())
    }

    fn has(&self, start: u128, level: u8) -> bool {
        match level {
            0 => self.whole,
            _ => self.present & bit(level) != 0 && self.levels[usize::from(level) - 1].contains(&start),
        }
    }

    /// Takes `start` of `level` out of the free block around it; the rest of that stays free.
    fn cut(&mut self, around: u128, from: u8, start: u128, level: u8) {
        self.drop_block(around, from);
        for halved in from + 1..=level {
            let half = self.size(halved);
            let kept = start & !(half - 1);
            self.put(kept ^ half, halved);
        }
    }

    fn put(&mut self, start: u128, level: u8) {
        self.units += self.units_of(level);
        let Some(at) = usize::from(level).checked_sub(1) else {
            self.whole = true;
            return;
        };
        if self.levels.len() <= at {
            self.levels.resize_with(at + 1, BTreeSet::new);
        }
        self.levels[at].insert(start);
        self.present |= bit(level);
    }

    fn drop_block(&mut self, start: u128, level: u8) {
        self.units -= self.units_of(level);
        let Some(at) = usize::from(level).checked_sub(1) else {
            self.whole = false;
            return;
        };
        self.levels[at].remove(&start);
        if self.levels[at].is_empty() {
            self.present &= !bit(level);
        }
    }

    fn units_of(&self, level: u8) -> u128 {
        self.host_bits(level).checked_sub(2).map_or(0, |bits| 1 << bits)
    }
}

/// The bit of a level from 1 on.
const fn bit(level: u8) -> u128 {
    1 << (level - 1)
}

#[cfg(test)]
mod tests;
