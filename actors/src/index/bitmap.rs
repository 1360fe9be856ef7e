//! A set of numbers below a bound as bits, with two levels above that mark full words.
//!
//! A bit of a higher level is set when the whole word below it is: the lowest number that is missing is found with one
//! look per level, however full the set. For sets up to [`SIZE_MAX`], which are small enough to be laid out whole.

/// Numbers of a set at most; it then takes 130 KiB.
pub(super) const SIZE_MAX: u32 = 1 << 20;

const LEVELS: usize = 3;

/// Words of the lowest level that are counted together.
const COUNTED: usize = 64;

/// Which of the numbers from 0 to `size - 1` are in the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    size: u32,
    /// Bits beyond `size` are set, so that no search stops there.
    levels: [Vec<u64>; LEVELS],
    /// The number of members in each group of [`COUNTED`] words.
    counts: Vec<u32>,
    len: u32,
}

impl Bitmap {
    /// Empty; `size` is clamped to 1 to [`SIZE_MAX`].
    pub fn new(size: u32) -> Self {
        let size = size.clamp(1, SIZE_MAX);
        let mut bits = size;
        let levels = [(); LEVELS].map(|()| {
            let level = level(bits);
            bits = bits.div_ceil(u64::BITS);
            level
        });
        let counts = vec![0; levels[0].len().div_ceil(COUNTED)];
        Self { size, levels, counts, len: 0 }
    }

    pub const fn size(&self) -> u32 {
        self.size
    }

    /// Number of members.
    pub const fn len(&self) -> u32 {
        self.len
    }

    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn contains(&self, number: u32) -> bool {
        number < self.size && self.word(0, number) & bit(number) != 0
    }

    /// False without a change if it was a member or is out of range.
    pub fn insert(&mut self, number: u32) -> bool {
        if number >= self.size || self.contains(number) {
            return false;
        }
        self.recount(number, |count| count + 1);
        let mut at = number;
        for level in &mut self.levels {
            let Some(word) = level.get_mut(index(at)) else { break };
            *word |= bit(at);
            if *word != u64::MAX {
                break;
            }
            at /= u64::BITS;
        }
        true
    }

    /// False without a change if it was not a member.
    pub fn remove(&mut self, number: u32) -> bool {
        if !self.contains(number) {
            return false;
        }
        self.recount(number, |count| count - 1);
        let mut at = number;
        for level in &mut self.levels {
            let Some(word) = level.get_mut(index(at)) else { break };
            let was_full = *word == u64::MAX;
            *word &= !bit(at);
            if !was_full {
                break;
            }
            at /= u64::BITS;
        }
        true
    }

    /// The lowest number from `first` to `last` that is not in the set.
    pub fn first_gap(&self, first: u32, last: u32) -> Option<u32> {
        self.first_unset(0, first).filter(|gap| *gap <= last)
    }

    /// The lowest number from `first` to `last` that is in the set.
    pub fn first_within(&self, first: u32, last: u32) -> Option<u32> {
        let last = last.min(self.size - 1);
        if first > last {
            return None;
        }
        let mut word = index(first);
        let mut bits = self.word(0, first) & (u64::MAX << (first % u64::BITS));
        while bits == 0 {
            word += 1;
            while word.is_multiple_of(COUNTED) && *self.counts.get(word / COUNTED)? == 0 {
                word += COUNTED;
            }
            bits = *self.levels[0].get(word)?;
        }
        number(word, bits.trailing_zeros()).filter(|found| *found <= last)
    }

    /// Number of members from `first` to `last`. The whole set has a counter; a part needs its words, or one look per
    /// group of counted words.
    pub fn count(&self, first: u32, last: u32) -> u32 {
        let last = last.min(self.size - 1);
        if first > last {
            return 0;
        }
        if first == 0 && last == self.size - 1 {
            return self.len;
        }
        let (low, high) = (index(first), index(last));
        let mut sum = 0;
        let mut word = low;
        while word <= high {
            if word.is_multiple_of(COUNTED) && word > low && word + COUNTED <= high {
                sum += self.counts[word / COUNTED];
                word += COUNTED;
                continue;
            }
            let mut bits = self.levels[0][word];
            if word == low {
                bits &= u64::MAX << (first % u64::BITS);
            }
            if word == high {
                bits &= u64::MAX >> (u64::BITS - 1 - last % u64::BITS);
            }
            sum += bits.count_ones();
            word += 1;
        }
        sum
    }

    /// The lowest unset bit from `from` on in a level, found through the levels above.
    fn first_unset(&self, level: usize, from: u32) -> Option<u32> {
        let words = &self.levels[level];
        let start = index(from);
        let open = !words.get(start)? & (u64::MAX << (from % u64::BITS));
        if open != 0 {
            return number(start, open.trailing_zeros());
        }
        let next = if level + 1 < LEVELS {
            index_of_word(self.first_unset(level + 1, from / u64::BITS + 1)?)
        } else {
            start + 1 + words[start + 1..].iter().position(|word| *word != u64::MAX)?
        };
        number(next, words.get(next)?.trailing_ones())
    }

    fn word(&self, level: usize, at: u32) -> u64 {
        self.levels[level].get(index(at)).copied().unwrap_or(u64::MAX)
    }

    fn recount(&mut self, number: u32, change: impl Fn(u32) -> u32) {
        self.len = change(self.len);
        if let Some(count) = self.counts.get_mut(index(number) / COUNTED) {
            *count = change(*count);
        }
    }
}

/// Words for this many bits, with those beyond set.
fn level(bits: u32) -> Vec<u64> {
    let mut words = vec![0; bits.div_ceil(u64::BITS) as usize];
    let used = bits % u64::BITS;
    if used != 0
        && let Some(last) = words.last_mut()
    {
        *last = u64::MAX << used;
    }
    words
}

const fn bit(number: u32) -> u64 {
    1 << (number % u64::BITS)
}

const fn index(number: u32) -> usize {
    (number / u64::BITS) as usize
}

const fn index_of_word(word: u32) -> usize {
    word as usize
}

fn number(word: usize, bit: u32) -> Option<u32> {
    u32::try_from(word).ok().map(|word| word * u64::BITS + bit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::collections::BTreeSet;

    /// Every query has the answer of a plain set, for sizes around the bounds of levels and counts.
    #[test]
    fn bits_equal_a_plain_set() {
        let sizes = [1, 2, 4, 63, 64, 65, 4096, 4097, 4099, 70_000];
        for (seed, size) in sizes.into_iter().enumerate() {
            let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
            let mut bits = Bitmap::new(size);
            let mut plain = BTreeSet::new();
            // Mostly full, half full and mostly empty in turn; the numbers are close together, so that words fill up.
            let window = size.min(300);
            for step in 0..6000 {
                let number = (step / 1500 * size / 4 + rng.random_range(0..window)) % size;
                if rng.random_bool([0.95, 0.05, 0.5, 0.9][step as usize / 1500]) {
                    assert_eq!(bits.insert(number), plain.insert(number));
                } else {
                    assert_eq!(bits.remove(number), plain.remove(&number));
                }
                let (a, b) = (rng.random_range(0..size), rng.random_range(0..size + 5));
                assert_eq!(bits.contains(b), plain.contains(&b));
                assert_eq!(bits.first_gap(a, b), (a..=b.min(size - 1)).find(|n| !plain.contains(n)));
                let within = || (a <= b).then(|| plain.range(a..=b)).into_iter().flatten().copied();
                assert_eq!(bits.first_within(a, b), within().next(), "{a}..={b} of {size}");
                assert_eq!(bits.count(a, b) as usize, within().count(), "{a}..={b} of {size}");
                assert_eq!(bits.len() as usize, plain.len());
            }
            let mut rebuilt = Bitmap::new(size);
            plain.iter().for_each(|number| assert!(rebuilt.insert(*number)));
            assert_eq!(rebuilt, bits, "seed {seed}: what is rebuilt is what it was");
        }
    }

    #[test]
    fn the_only_gap_of_the_largest_set_is_found() {
        let mut bits = Bitmap::new(SIZE_MAX);
        (0..SIZE_MAX).for_each(|number| assert!(bits.insert(number)));
        assert_eq!(bits.first_gap(0, SIZE_MAX), None);
        for gap in [0, 63, 64, 4095, 4096, 262_143, 262_144, SIZE_MAX - 1] {
            assert!(bits.remove(gap));
            assert_eq!(bits.first_gap(0, u32::MAX), Some(gap));
            assert_eq!(bits.first_gap(gap + 1, u32::MAX), None);
            assert!(bits.insert(gap));
        }
        assert!(!bits.insert(SIZE_MAX), "beyond the bound");
    }
}
