//! When what failed is tried again: bounded attempts, exponential delays with jitter from a seed. No sleeping
//! here.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How often and when a repeatable request is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, at least 1; default 4.
    pub attempts: u32,
    /// Delay before the second attempt, doubled before each later one; default 200 ms.
    pub base: Duration,
    /// Longest delay; default 5 s.
    pub max: Duration,
    /// Seed of the jitter: clients with different seeds do not come back at the same moment.
    pub seed: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 4, base: Duration::from_millis(200), max: Duration::from_secs(5), seed: 0 }
    }
}

impl RetryPolicy {
    /// One attempt, no more: for callers that come back by themselves.
    pub fn once() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// Delay after failed attempt number `failed` (from 1): between half and all of the doubled base, at most
    /// `max`.
    pub(crate) fn delay(&self, failed: u32, jitter: &Jitter) -> Duration {
        let doubled = self.base.saturating_mul(1 << failed.saturating_sub(1).min(20)).min(self.max);
        doubled.mul_f64(0.5 + 0.5 * jitter.next())
    }
}

/// Pseudo-random numbers in [0, 1), spread well enough for jitter (splitmix64, Steele et al. 2014), shared
/// without lock.
#[derive(Debug)]
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> f64 {
        let mut mixed = self.0.fetch_add(Self::STEP, Ordering::Relaxed).wrapping_add(Self::STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_keep_half_to_all_of_it() {
        let policy = RetryPolicy {
            attempts: 9,
            base: Duration::from_millis(100),
            max: Duration::from_secs(1),
            seed: 3,
        };
        let jitter = Jitter::new(policy.seed);
        for (failed, full) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (40, 1000)] {
            let delay = policy.delay(failed, &jitter).as_millis();
            assert!((full / 2..=full).contains(&delay), "{failed}: {delay}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_delays_and_another_seed_others() {
        let delays = |seed| {
            let jitter = Jitter::new(seed);
            (1..5).map(|failed| RetryPolicy::default().delay(failed, &jitter)).collect::<Vec<_>>()
        };
        assert_eq!(delays(7), delays(7));
        assert_ne!(delays(7), delays(8));
    }
}
