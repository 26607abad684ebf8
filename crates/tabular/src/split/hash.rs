//! The keyed hash that decides where a row goes: SHA-256 of purpose, seed, content and occurrence.
//! A cryptographic hash, so that no seed favours a pattern in the data.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::digest::RowDigest;

/// What a hash is drawn for; different purposes are independent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Holdout,
    Fold,
    Order,
}

/// Uniform in 0..2^64.
pub(super) fn keyed(purpose: Purpose, seed: u64, content: RowDigest, occurrence: u64) -> u64 {
    let purpose: u8 = match purpose {
        Purpose::Holdout => 0,
        Purpose::Fold => 1,
        Purpose::Order => 2,
    };
    let mut hasher = Sha256::new();
    hasher.update(b"podium-split-1");
    hasher.update([purpose]);
    hasher.update(seed.to_be_bytes());
    hasher.update(content.bytes());
    hasher.update(occurrence.to_be_bytes());
    RowDigest::from_bytes(hasher.finalize().into()).short()
}

/// True for a share of `fraction` of all hashes: the threshold does not depend on how many rows there are.
pub(super) fn below(hash: u64, fraction: f64) -> bool {
    // 2^64 as f64 is exact; a fraction below 1 keeps the product below 2^64.
    (hash as f64) < fraction * 18_446_744_073_709_551_616.0
}

/// One of `folds` equal parts.
pub(super) fn part(hash: u64, folds: usize) -> usize {
    ((u128::from(hash) * folds as u128) >> 64) as usize
}

/// For each of the rows the number of equal rows before it, so that copies are told apart.
pub(super) fn occurrences(contents: &[RowDigest]) -> Vec<u64> {
    let mut seen: HashMap<RowDigest, u64> = HashMap::with_capacity(contents.len());
    contents
        .iter()
        .map(|content| {
            let count = seen.entry(*content).or_insert(0);
            *count += 1;
            *count - 1
        })
        .collect()
}
