//! A model that a container of the user's own has made: its ONNX file, loaded.

use std::sync::Arc;

use bytes::Bytes;
use podium_onnx::Signature;
use podium_onnxruntime::{LoadError, ModelError, OnnxModel, Runtime};
use podium_tabular::metric::Predictions;
use podium_tabular::schema::Schema;
use podium_tabular::table::Table;

use crate::fit::FittingError;

/// The file and what it is as a model.
#[derive(Debug, Clone)]
pub struct Foreign {
    bytes: Bytes,
    model: Arc<OnnxModel>,
}

/// Why it can't be loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForeignError {
    /// ONNX Runtime: the image's fault.
    #[error(transparent)]
    Runtime(#[from] LoadError),
    /// The model: its author's.
    #[error("{0}")]
    Model(#[from] ModelError),
}

impl Foreign {
    /// Loads a file for data of this schema; it computes on so many threads.
    ///
    /// # Errors
    /// See [`ForeignError`].
    pub fn load(bytes: Bytes, schema: &Schema, threads: u32) -> Result<Self, ForeignError> {
        let program = std::env::current_exe().unwrap_or_default();
        let runtime = Runtime::load(&Runtime::places(&program))?;
        let model = OnnxModel::load(&runtime, &bytes, schema, threads as usize)?;
        Ok(Self { bytes, model: Arc::new(model) })
    }

    /// The file.
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The columns that it takes.
    pub fn signature(&self) -> Signature {
        self.model.signature()
    }

    pub(super) fn predict(&self, table: &Table, rows: &[usize]) -> Result<Predictions, FittingError> {
        self.model.predict(table, rows).map_err(|error| FittingError::Foreign(error.to_string()))
    }
}

/// Models are their files.
impl PartialEq for Foreign {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
