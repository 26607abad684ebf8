//! What must hold, a sentence each.

mod changes;
mod every_write;
mod failures;
mod invalid;
mod outage;
mod scale;
mod unchanged;
