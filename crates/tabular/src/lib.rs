//! Everything between bytes and a design matrix, and between predictions and verdicts: a pure library.
//! No I/O, no clock, no network, and no random source but the seed.

pub mod check;
pub mod crossval;
pub mod digest;
pub mod metric;
pub mod prepare;
pub mod schema;
pub mod split;
mod stats;
pub mod table;
