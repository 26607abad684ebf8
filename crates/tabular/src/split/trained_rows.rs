//! The rows that a model was fitted on, as sorted 64-bit hashes: part of the model, so that two models are compared only on rows
//! that neither has seen. The hashes know no seed: another seed in another run names the same rows.

use crate::digest::{RowDigest, cell_digest, columns_digest};
use crate::schema::Schema;
use crate::table::Table;

const MAGIC: &[u8] = b"PODROWS1";

/// Rows, and groups where a group column is set, that a model was fitted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainedRows {
    columns: u64,
    rows: Vec<u64>,
    groups: Vec<u64>,
}

/// Why bytes are no list of rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainedRowsError {
    /// Not such a file, or of another version.
    #[error("not a list of trained rows (its first bytes are not {:?})", "PODROWS1")]
    Magic,
    /// Cut short, or bytes after the end.
    #[error("the list of trained rows is damaged at byte {at}")]
    Damaged {
        /// Position.
        at: usize,
    },
}

impl TrainedRows {
    /// The rows at these positions; with a group column also their groups, of which no other row may be compared on.
    #[must_use]
    pub fn of(table: &Table, digests: &[RowDigest], rows: &[usize], schema: &Schema) -> Self {
        let group = schema.group.as_ref().and_then(|name| table.column(name));
        let groups = group.map(|column| rows.iter().map(|&r| cell_digest(column.cell(r)).short()).collect());
        Self {
            columns: columns_digest(table),
            rows: ascending(rows.iter().map(|&r| digests[r].short()).collect()),
            groups: ascending(groups.unwrap_or_default()),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// True when a row of this digest was fitted on.
    #[must_use]
    pub fn contains(&self, row: RowDigest) -> bool {
        self.rows.binary_search(&row.short()).is_ok()
    }

    /// True when the list was made of a table with these columns; otherwise its hashes say nothing about the table's rows.
    #[must_use]
    pub fn same_columns(&self, table: &Table) -> bool {
        self.columns == columns_digest(table)
    }

    /// The rows among these that neither were fitted on nor share a group with one that was.
    #[must_use]
    pub fn unseen(
        &self,
        table: &Table,
        digests: &[RowDigest],
        rows: &[usize],
        schema: &Schema,
    ) -> Vec<usize> {
        let group = schema.group.as_ref().and_then(|name| table.column(name));
        let seen_group = |row: usize| {
            group.is_some_and(|c| self.groups.binary_search(&cell_digest(c.cell(row)).short()).is_ok())
        };
        rows.iter().copied().filter(|&row| !self.contains(digests[row]) && !seen_group(row)).collect()
    }

    /// Compact bytes: a header, then the differences of the sorted hashes as variable-length integers (LEB128).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.columns.to_be_bytes());
        for list in [&self.rows, &self.groups] {
            push_varint(&mut out, list.len() as u64);
            let mut last = 0;
            for &hash in list {
                push_varint(&mut out, hash - last);
                last = hash;
            }
        }
        out
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// Other bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TrainedRowsError> {
        let body = bytes.strip_prefix(MAGIC).ok_or(TrainedRowsError::Magic)?;
        let mut reader = Reader { bytes, at: MAGIC.len() };
        let damaged = TrainedRowsError::Damaged { at: MAGIC.len() };
        let columns = u64::from_be_bytes(*body.first_chunk::<8>().ok_or(damaged)?);
        reader.at += 8;
        let rows = reader.list()?;
        let groups = reader.list()?;
        if reader.at == bytes.len() { Ok(Self { columns, rows, groups }) } else { Err(reader.damaged()) }
    }
}

fn ascending(mut hashes: Vec<u64>) -> Vec<u64> {
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn damaged(&self) -> TrainedRowsError {
        TrainedRowsError::Damaged { at: self.at }
    }

    fn varint(&mut self) -> Result<u64, TrainedRowsError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at).ok_or_else(|| self.damaged())?;
            self.at += 1;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(self.damaged());
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.damaged())
    }

    /// Every hash takes a byte at least, which bounds what a damaged length can ask for.
    fn list(&mut self) -> Result<Vec<u64>, TrainedRowsError> {
        let length = usize::try_from(self.varint()?).map_err(|_| self.damaged())?;
        if length > self.bytes.len() - self.at {
            return Err(self.damaged());
        }
        let mut last = 0u64;
        (0..length)
            .map(|_| {
                last = last.checked_add(self.varint()?).ok_or_else(|| self.damaged())?;
                Ok(last)
            })
            .collect()
    }
}
