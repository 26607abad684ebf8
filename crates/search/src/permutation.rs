//! A random order of many things, without a list of them.

use crate::rng::{Random, mix};

/// Rounds of the network: four make a pseudo-random permutation (Luby and Rackoff 1988), two more cost nothing here.
const ROUNDS: usize = 6;

/// A permutation of `0 .. count` for a count up to 2^127: a Feistel network on the next even number of bits, walked until it
/// lands below the count.
#[derive(Debug, Clone)]
pub(crate) struct Permutation {
    count: u128,
    /// Bits of one half, 1 to 64.
    half: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    pub(crate) fn new(count: u128, random: &mut Random) -> Self {
        let bits = 128 - count.saturating_sub(1).leading_zeros();
        Self { count, half: bits.div_ceil(2).max(1), keys: std::array::from_fn(|_| random.bits()) }
    }

    /// Where a place below the count goes. Needs fewer than 4 rounds through the network on average.
    pub(crate) fn at(&self, place: u128) -> u128 {
        let mut place = self.encipher(place);
        while place >= self.count {
            place = self.encipher(place);
        }
        place
    }

    #[expect(clippy::cast_possible_truncation, reason = "halves have at most 64 bits")]
    fn encipher(&self, block: u128) -> u128 {
        let mask = u64::MAX >> (64 - self.half);
        let (mut left, mut right) = ((block >> self.half) as u64 & mask, block as u64 & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        (u128::from(left) << self.half) | u128::from(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_taken_once_whatever_the_count() {
        for count in [1, 2, 3, 5, 60, 256, 257, 1_000] {
            let order = Permutation::new(count, &mut Random::new(1, 0, "test"));
            let mut places: Vec<u128> = (0..count).map(|place| order.at(place)).collect();
            places.sort_unstable();
            assert_eq!(places, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn another_seed_gives_another_order_and_the_start_is_spread_over_all() {
        let order = |seed| Permutation::new(1 << 120, &mut Random::new(seed, 0, "test"));
        let (first, second) = (order(1), order(2));
        assert!((0..100).all(|place| first.at(place) != second.at(place)));
        let low = (0..1_000).filter(|place| first.at(*place) < 1 << 119).count();
        assert!((430..570).contains(&low), "{low}");
    }
}
