//! Whole promotions against an in-memory MLflow and record, with a fault at every write.

mod actions;
mod deletion;
mod faults;
mod outage;
mod promotion;
mod race;
mod refusals;
mod world;

use world::World;
