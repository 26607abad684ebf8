//! The way of results into MLflow, and the look at what is there already. Nothing here knows how results come about.
//!
//! Order of a delivery: artifacts, parameters, metrics, reading back what gates will read, the result tag, the end of the run.
//! Whoever sees the result tag may rely on all that comes before it.

mod delivery;
mod login;
mod marker;
mod parcel;
mod patience;
mod progress;
mod session;
mod termination;

pub use marker::{Kept, Marker};
pub use parcel::{DatasetNote, Parcel, RESULT_LIMIT, Record, result_text};
pub use patience::Patience;
pub use progress::Progress;
pub(crate) use session::now_ms;
pub use session::{Found, Session};
pub use termination::write as write_termination;
