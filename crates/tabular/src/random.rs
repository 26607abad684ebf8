//! The only source of randomness: a generator keyed by seed, purpose and position, so that no result depends on order or threads.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// A generator of its own for each (seed, purpose, position).
pub(crate) fn generator(seed: u64, purpose: &str, position: u64) -> ChaCha8Rng {
    let mut hasher = Sha256::new();
    hasher.update(b"podium-random-1");
    hasher.update(seed.to_be_bytes());
    hasher.update(position.to_be_bytes());
    hasher.update(purpose);
    ChaCha8Rng::from_seed(hasher.finalize().into())
}
