//! What must hold, a sentence each.

mod changes;
mod every_write;
mod failures;
mod invalid;
mod outage;
mod promotion;
mod real_port;
mod scale;
mod unchanged;
