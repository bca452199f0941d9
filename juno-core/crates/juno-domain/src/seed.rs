use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// The start of every random number in a computation: same data and seed, same answer on every platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);

impl Seed {
    /// The generator this seed starts (xoshiro256++).
    #[must_use]
    pub fn rng(self) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.0)
    }

    /// An independent seed for part `index` of a computation, so that parts may run in any order.
    #[must_use]
    pub fn part(self, index: u64) -> Self {
        // The finaliser of SplitMix64 (Steele, Lea, Flood 2014) decorrelates neighbouring indices.
        let mut z = self.0 ^ index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self(z ^ (z >> 31))
    }
}

impl Default for Seed {
    /// 42.
    fn default() -> Self {
        Self(42)
    }
}
