//! Prepared models as ONNX files, and the texts of the MLflow folder around one.
//!
//! A pure library: values in, bytes and texts out. No files, no network, no clock.
//!
//! The graph holds the whole model: raw columns in, preparation, learner, calibration and decision threshold inside,
//! labels and probabilities (or a prediction) out. It computes what the native model computes: features to the bit,
//! probabilities and values within the rounding of one 32-bit float.
#![forbid(unsafe_code)]

mod error;
mod export;
mod graph;
mod learner;
mod message;
pub mod mlmodel;
mod outcome;
mod preparation;
mod signature;

pub use error::ExportError;
pub use export::{Exported, Source, export};
pub use signature::{Column, ColumnType, Signature};
