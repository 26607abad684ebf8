//! Seeded random numbers: a generator of its own for each use, so that no stream has a position to lose at a restart.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Random numbers of one use. Equal seed, number and purpose give equal numbers on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    /// The generator of a trial for one purpose, such as the name of a method.
    pub(crate) fn new(seed: u64, number: i64, purpose: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&number.to_le_bytes());
        key[16..24].copy_from_slice(&fnv1a(purpose).to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact in a double")]
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform among 0..count (Lemire 2019, without the rejection: the bias is below count / 2^64).
    ///
    /// 0 for a count of 0.
    #[expect(clippy::cast_possible_truncation, reason = "the high half of a product is below count")]
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.bits()) * count as u128) >> 64) as usize
    }

    /// Standard normal (Box and Muller 1958; one of the pair is thrown away so that each draw stands alone).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }

    /// An index drawn in proportion to its weight. Weights are finite, not negative and not all 0.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return index;
            }
        }
        // Rounding can leave a rest: it belongs to the last index with a weight.
        weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0)
    }
}

/// Spreads bits over all 64: the finaliser of `SplitMix64` (Steele, Lea, Flood 2014).
pub(crate) fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// FNV-1a with 64 bits: keeps purposes apart, nothing more.
fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_give_equal_numbers_and_any_other_key_gives_others() {
        let draw = |seed, number, purpose| Random::new(seed, number, purpose).bits();
        assert_eq!(draw(1, 2, "tpe"), draw(1, 2, "tpe"));
        for other in [draw(2, 2, "tpe"), draw(1, -2, "tpe"), draw(1, 2, "gp")] {
            assert_ne!(draw(1, 2, "tpe"), other);
        }
    }

    #[test]
    fn normal_numbers_have_mean_0_variance_1_and_light_tails() {
        let mut random = Random::new(7, 0, "test");
        let draws: Vec<f64> = (0..100_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / 1e5;
        let beyond = draws.iter().filter(|draw| draw.abs() > 1.959_964).count();
        assert!(mean.abs() < 0.012, "{mean}");
        assert!((variance - 1.0).abs() < 0.018, "{variance}");
        assert!((4_700..5_300).contains(&beyond), "{beyond}");
    }

    #[test]
    fn weights_decide_how_often_an_index_comes_and_a_weight_of_0_never_does() {
        let mut random = Random::new(7, 1, "test");
        let mut counts = [0_u32; 3];
        for _ in 0..40_000 {
            counts[random.weighted(&[1.0, 0.0, 3.0])] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((9_600..10_400).contains(&counts[0]), "{counts:?}");
    }

    #[test]
    fn below_reaches_every_number_below_the_count_and_no_other() {
        let mut random = Random::new(7, 2, "test");
        let mut seen = [false; 5];
        for _ in 0..200 {
            seen[random.below(5)] = true;
        }
        assert_eq!(seen, [true; 5]);
    }
}
