//! From bytes to distinct rows with their digests: the beginning of each stage. Pure.

use bytes::Bytes;
use podium_contract::{Format, JobDocument, Pinned};
use podium_tabular::check::distinct_rows;
use podium_tabular::digest::{RowDigest, Sha256Hex, data_digest, row_digests};
use podium_tabular::schema::{DataSpec, Schema, SchemaError, TargetError};
use podium_tabular::split::Split;
use podium_tabular::table::{Table, read_csv, read_parquet};

use crate::failure::Failure;
use crate::specification;

/// A table and the rows of it that count.
#[derive(Debug)]
pub struct Loaded {
    /// As it was read.
    pub table: Table,
    /// Digest of each row.
    pub digests: Vec<RowDigest>,
    /// Positions of the distinct rows.
    pub rows: Vec<usize>,
    /// Digest of all rows.
    pub digest: Sha256Hex,
}

impl Loaded {
    /// Reads a table.
    ///
    /// # Errors
    /// `DataUnreadable` with the line or column at fault.
    pub fn read(bytes: Bytes, format: Format) -> Result<Self, Failure> {
        let table = match format {
            Format::Csv => read_csv(&bytes).map_err(|error| Failure::data("DataUnreadable", error))?,
            Format::Parquet => read_parquet(bytes).map_err(|error| Failure::data("DataUnreadable", error))?,
        };
        let digests = row_digests(&table);
        let rows = distinct_rows(&digests);
        let digest = data_digest(&table, &digests);
        Ok(Self { table, digests, rows, digest })
    }

    /// Copies that were left out.
    pub fn duplicates(&self) -> usize {
        self.table.rows() - self.rows.len()
    }
}

/// Data that are the pinned ones, with roles and split: what training and evaluation share.
#[derive(Debug)]
pub struct Pin {
    /// The data.
    pub loaded: Loaded,
    /// Roles of columns.
    pub schema: Schema,
    /// Training part, holdout, folds.
    pub split: Split,
}

impl Pin {
    /// Reads the data again and refuses others than the validate stage saw.
    ///
    /// # Errors
    /// `DataChanged` for other rows, and what reading, roles and split can refuse.
    pub fn read(bytes: Bytes, document: &JobDocument, pinned: &Pinned) -> Result<Self, Failure> {
        let loaded = Loaded::read(bytes, document.data.format)?;
        if loaded.digest.as_str() != pinned.data_digest {
            return Err(changed(&document.data.uri, loaded.digest.as_str(), &pinned.data_digest));
        }
        Self::of(loaded, document, &specification::pinned_data(&document.data, pinned.task))
    }

    /// Gives roles to columns and splits the rows.
    ///
    /// # Errors
    /// What roles and split can refuse.
    pub(super) fn of(loaded: Loaded, document: &JobDocument, spec: &DataSpec) -> Result<Self, Failure> {
        let schema = Schema::infer(&loaded.table, spec).map_err(refused_schema)?;
        let split = specification::split(&document.split)
            .split(&loaded.table, &loaded.digests, &loaded.rows, &schema)
            .map_err(|error| Failure::specification("SplitImpossible", error))?;
        Ok(Self { loaded, schema, split })
    }
}

fn changed(uri: &str, found: &str, pinned: &str) -> Failure {
    let message =
        format!("{uri} has changed since it was checked: its digest is {found}, pinned is {pinned}");
    Failure::data("DataChanged", message)
}

/// What is wrong with the roles is the specification's fault, but for a target that has one class or no values.
fn refused_schema(error: SchemaError) -> Failure {
    let reason = match &error {
        SchemaError::UnknownColumn { .. } => "UnknownColumn",
        SchemaError::TwoRoles { .. } => "ColumnInTwoRoles",
        SchemaError::WrongType { .. } => "WrongColumnType",
        SchemaError::Target(_) => "InvalidTarget",
        SchemaError::NoFeatures { .. } => "NoFeatures",
    };
    match error {
        SchemaError::Target(TargetError::PositiveLabel { .. }) => {
            Failure::specification("InvalidPositiveLabel", error)
        }
        SchemaError::Target(_) | SchemaError::NoFeatures { .. } => Failure::data(reason, error),
        _ => Failure::specification(reason, error),
    }
}
