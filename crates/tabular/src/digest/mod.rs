//! Identity of data: a SHA-256 for each row, for the multiset of rows, and for what an evaluation was made on.
//! Independent of the order of rows and columns and of the file format.

#[cfg(test)]
mod tests;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::metric::Average;
use crate::table::{Cell, Column, Table, number_text};

/// Format of the bytes hashed below; another format is another digest.
const FORMAT: &[u8] = b"podium-rows-1";

/// SHA-256 as lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(hasher: Sha256) -> Self {
        Self(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
    }
}

impl std::fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Content of one row: equal for equal rows, whatever the order of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowDigest([u8; 32]);

impl RowDigest {
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// All 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 8 bytes as a number: how a row is named in lists of rows that a model was fitted on.
    #[must_use]
    pub fn short(&self) -> u64 {
        let mut head = [0; 8];
        head.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(head)
    }
}

/// The digest of every row, in table order.
#[must_use]
pub fn row_digests(table: &Table) -> Vec<RowDigest> {
    let columns = by_name(table);
    (0..table.rows())
        .into_par_iter()
        .map_init(Vec::new, |bytes, row| {
            bytes.clear();
            bytes.extend_from_slice(FORMAT);
            for (_, column) in &columns {
                push_cell(bytes, column.cell(row));
            }
            RowDigest(Sha256::digest(bytes).into())
        })
        .collect()
}

/// Digest of the data: column names and the multiset of rows.
#[must_use]
pub fn data_digest(table: &Table, rows: &[RowDigest]) -> Sha256Hex {
    let mut sorted = rows.to_vec();
    sorted.par_sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update(FORMAT);
    hash_names(&mut hasher, table);
    hasher.update((sorted.len() as u64).to_be_bytes());
    sorted.iter().for_each(|row| hasher.update(row.0));
    Sha256Hex::of(hasher)
}

/// Names the set of columns, 64 bits: rows of tables with other columns have unrelated digests.
#[must_use]
pub fn columns_digest(table: &Table) -> u64 {
    let mut hasher = Sha256::new();
    hash_names(&mut hasher, table);
    RowDigest(hasher.finalize().into()).short()
}

/// Digest of an evaluation: only models scored under an equal one may be compared.
#[must_use]
pub fn evaluation_digest(
    data: &Sha256Hex,
    target: &str,
    positive: Option<&str>,
    average: Option<Average>,
    holdout: impl IntoIterator<Item = RowDigest>,
) -> Sha256Hex {
    let mut holdout: Vec<RowDigest> = holdout.into_iter().collect();
    holdout.sort_unstable();
    let average = match average {
        None => "",
        Some(Average::Binary) => "Binary",
        Some(Average::Macro) => "Macro",
        Some(Average::Weighted) => "Weighted",
    };
    let mut hasher = Sha256::new();
    hasher.update(b"podium-evaluation-1");
    for text in [data.as_str(), target, positive.unwrap_or_default(), average] {
        hash_text(&mut hasher, text);
    }
    hasher.update([u8::from(positive.is_some())]);
    holdout.iter().for_each(|row| hasher.update(row.0));
    Sha256Hex::of(hasher)
}

/// Digest of one cell, by which groups are told apart.
pub(crate) fn cell_digest(cell: Cell<'_>) -> RowDigest {
    let mut bytes = b"podium-cell-1".to_vec();
    push_cell(&mut bytes, cell);
    RowDigest(Sha256::digest(&bytes).into())
}

fn by_name(table: &Table) -> Vec<(&str, &Column)> {
    let mut columns: Vec<_> = table.iter().collect();
    columns.sort_unstable_by_key(|(name, _)| *name);
    columns
}

fn hash_names(hasher: &mut Sha256, table: &Table) {
    by_name(table).iter().for_each(|(name, _)| hash_text(hasher, name));
}

fn hash_text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_be_bytes());
    hasher.update(text);
}

/// A text that is exactly how a number is written counts as that number: the digest of a row must not change when its column becomes
/// text because another row was added, nor between a text column in Parquet and the same column in CSV.
fn push_cell(bytes: &mut Vec<u8>, cell: Cell<'_>) {
    match cell {
        Cell::Missing => bytes.push(0),
        Cell::Number(x) => push_number(bytes, x),
        Cell::Text(text) => match canonical_number(text) {
            Some(x) => push_number(bytes, x),
            None => {
                bytes.push(2);
                bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
        },
        Cell::Timestamp(ns) => {
            bytes.push(3);
            bytes.extend_from_slice(&ns.to_be_bytes());
        }
    }
}

/// Negative zero equals zero.
fn push_number(bytes: &mut Vec<u8>, x: f64) {
    bytes.push(1);
    bytes.extend_from_slice(&(x + 0.0).to_be_bytes());
}

fn canonical_number(text: &str) -> Option<f64> {
    if !text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    crate::table::parse_number(text).filter(|x| number_text(*x) == text)
}
