//! What must hold, a sentence each.

mod changes;
mod containers;
mod cost;
mod deleted;
mod deletion_policy;
mod every_write;
mod failures;
mod gpus;
mod invalid;
mod late_workers;
mod lossy_line;
mod metrics;
mod moved_champion;
mod outage;
mod promotion;
mod real_port;
mod scale;
mod start;
mod strangers;
mod sweeping;
mod sweeps;
mod takeover;
mod taught;
mod tls;
mod tuned;
mod unchanged;
