//! Predictions of a model that others made, as an ONNX file, for the rows of a table. ONNX Runtime computes; it is loaded when
//! the first model is, and only then. Nothing here reads files but the library itself.
#![forbid(unsafe_code)]

mod error;
mod feed;
mod inputs;
mod model;
mod outputs;
mod runtime;

pub use error::{LoadError, ModelError};
pub use model::OnnxModel;
pub use runtime::Runtime;
