//! Room `domain`: validated types, names, quantities, spec identity: parse, don't validate. No client, no clock.

mod container;
pub mod names;
pub mod pipeline;
pub mod quantity;
pub mod sweep;
pub mod version;
pub mod violation;
