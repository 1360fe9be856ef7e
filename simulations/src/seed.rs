//! The seed of all randomness of a run. Each consumer has a stream under its own name, so that a new one does not
//! change the others.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The seed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The generator with this name.
    pub fn stream(self, name: &str) -> ChaCha8Rng {
        let mut state = self.0 ^ fold(FNV_OFFSET, name.as_bytes());
        let mut seed = [0; 32];
        for part in seed.chunks_exact_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            part.copy_from_slice(&mix(state).to_le_bytes());
        }
        ChaCha8Rng::from_seed(seed)
    }

    /// A seed for a consumer with its own generator.
    pub fn number(self, name: &str) -> u64 {
        mix(self.0 ^ fold(FNV_OFFSET, name.as_bytes()))
    }
}

pub(crate) const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// Adds bytes to an FNV-1a digest.
pub(crate) fn fold(digest: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(digest, |digest, byte| (digest ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// A digest of a text; not for secrets.
pub(crate) fn digest(text: &str) -> u64 {
    fold(FNV_OFFSET, text.as_bytes())
}

/// The finalizer of SplitMix64: close numbers get distant results.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn streams_depend_on_seed_and_name_only() {
        let draw = |seed, name| Seed(seed).stream(name).next_u64();
        assert_eq!(draw(1, "links"), draw(1, "links"));
        assert_ne!(draw(1, "links"), draw(1, "faults"));
        assert_ne!(draw(1, "links"), draw(2, "links"));
        assert_ne!(Seed(1).number("a"), Seed(2).number("a"));
    }
}
