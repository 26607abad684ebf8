//! Hyperparameter search by ask and tell.
//!
//! A pure library: no files, no network, no clock, no threads, no randomness but the seed. What a study suggests is a function
//! of its space, its seed and its trials by number, so it can be thrown away and rebuilt at any time.
#![forbid(unsafe_code)]

mod algorithm;
mod auto;
mod numeric;
mod permutation;
mod point;
mod rng;
mod sampler;
mod space;
mod study;
mod trial;
mod value;

pub mod importance;
pub mod stop;

pub use algorithm::{Algorithm, AlgorithmError, Choice, GridOptions, TpeOptions};
pub use point::Point;
pub use sampler::{CmaEsError, CmaEsOptions, GpOptions, Noise, TooManyParameters};
pub use space::{Condition, Domain, InvalidSpace, Parameter, PointError, Reason, Scale, Space, Violation};
pub use study::{Ask, Finished, Record, RestoreError, Restored, Settings, Study, TellError, Told, WarmStart};
pub use trial::{Goal, Outcome, State, Trial};
pub use value::Value;
