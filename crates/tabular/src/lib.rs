//! Everything between bytes and a design matrix, and between predictions and verdicts: a pure library.
//! No I/O, no clock, no network, and no random source but the seed.

pub mod calibrate;
pub mod check;
pub mod compare;
pub mod crossval;
pub mod digest;
pub mod importance;
pub mod metric;
pub mod prepare;
mod random;
pub mod schema;
pub mod split;
mod stats;
pub mod table;
#[cfg(test)]
mod testdata;
