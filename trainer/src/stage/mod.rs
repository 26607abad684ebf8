//! What each stage does: thin glue over pure functions. Stages return a parcel; they never talk to MLflow.

mod dataset;
mod evaluate;
mod judge;
mod learner;
mod load;
mod measure;
mod search;
mod train;
mod validate;

pub use evaluate::{Contenders, Side, evaluate};
pub use judge::{Made, hand_over, judge};
pub use load::{Loaded, Pin};
pub use search::Trials;
pub use train::train;
pub use validate::validate;
