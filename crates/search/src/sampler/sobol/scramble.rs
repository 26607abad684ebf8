//! Nested uniform scrambling.

use super::directions::BITS;
use crate::rng::Random;

/// A random permutation of [0, 1) that keeps all equidistribution: each bit is turned or not by the bits above it
/// (Owen 1995). The coins are hashes of a key, so nothing is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scramble(u64);

impl Scramble {
    /// The scramble of one dimension of a study.
    pub(super) fn new(seed: u64, dimension: i64) -> Self {
        Self(Random::new(seed, dimension, "sobol").bits())
    }

    /// The place in (0, 1) of these bits: the middle of their interval.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact in a double")]
    pub(super) fn place(self, bits: u64) -> f64 {
        let turned = (0..BITS).fold(0, |turned, level| {
            // A 1 in front of the bits above tells the same bits at different levels apart.
            let above = 1 << level | bits >> (BITS - level);
            turned << 1 | mix(above ^ self.0) >> 63
        });
        ((bits ^ turned) as f64 + 0.5) / (1_u64 << BITS) as f64
    }
}

/// A 64-bit hash (Steele, Lea, Flood 2014, the finaliser of SplitMix64).
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}
