//! What the operator tells a trainer pod and what comes back: serde types only, no logic that needs a clock or a client.
//!
//! The operator writes one [`JobDocument`] as an annotation of the pod template; the pod reads it through the downward
//! API at [`DOCUMENT_PATH`]. What the pod found comes back as a [`StageResult`] in a tag of the MLflow run that the
//! document names. Both sides refuse a document of another [`CONTRACT_VERSION`].
#![forbid(unsafe_code)]

mod data;
mod document;
mod env;
mod evidence;
mod exit;
mod handed;
mod names;
mod real;
mod result;
mod search;
mod stage;
mod suggested;
mod trial;

pub use data::*;
pub use document::*;
pub use env::*;
pub use evidence::*;
pub use exit::*;
pub use handed::*;
pub use names::*;
pub use real::*;
pub use result::*;
pub use search::*;
pub use stage::*;
pub use suggested::*;
pub use trial::*;

/// Version of the documents in this crate. A trainer refuses every other one with exit code 2.
pub const CONTRACT_VERSION: u32 = 1;
