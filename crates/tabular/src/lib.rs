//! Everything between bytes and a design matrix, and between predictions and verdicts: a pure library.
//! No I/O, no clock, no network, and no random source but the seed.

pub mod metric;
pub mod prepare;
pub mod schema;
pub mod split;
pub mod table;
