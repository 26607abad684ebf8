//! Copies of whole rows: dropped before the split, or they would lie on both sides.

use std::collections::HashSet;

use crate::digest::RowDigest;

/// Positions of the first of each set of equal rows, in table order. The number of copies is the difference in length.
#[must_use]
pub fn distinct_rows(digests: &[RowDigest]) -> Vec<usize> {
    let mut seen = HashSet::with_capacity(digests.len());
    (0..digests.len()).filter(|&row| seen.insert(digests[row])).collect()
}
