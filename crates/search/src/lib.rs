//! Hyperparameter search by ask and tell.
//!
//! A pure library: no files, no network, no clock, no threads, no randomness but the seed. What a [`Study`] suggests is a
//! function of its space, its settings and its trials by number, so it can be thrown away and rebuilt at any time, and results
//! may come in any order.
//!
//! ```
//! use podium_search::{Ask, Outcome, Parameter, Settings, Space, Study};
//!
//! let space = Space::new(vec![
//!     Parameter::double("learning_rate", 1e-4, 0.3).log(),
//!     Parameter::int("num_leaves", 8, 256).log(),
//!     Parameter::categorical("booster", ["gbdt", "dart"]),
//!     Parameter::double("drop_rate", 0.0, 0.5).when("booster", ["dart"]),
//! ])?;
//! let mut study = Study::new(space, Settings::maximize().seed(42).budget(20, 2))?;
//! while study.trials().count() < 20 {
//!     // Two workers: both trials are asked before one is told, and the study keeps them apart.
//!     let asked = [study.ask(), study.ask()];
//!     for ask in asked {
//!         let Ask::Trial(trial) = ask else { continue };
//!         let rate = trial.point["learning_rate"].as_f64().unwrap_or_default();
//!         let drop = trial.point.get("drop_rate").and_then(|value| value.as_f64()).unwrap_or(0.3);
//!         study.tell(trial.number, Outcome::Complete(1.0 - (rate.log10() + 2.0).abs() / 4.0 - drop))?;
//!     }
//! }
//! println!("{} gave {:?}, by {}", study.best().map_or_else(String::new, |best| format!("{:?}", best.point)),
//!     study.best().and_then(|best| best.value()), study.choice().reason);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Methods
//!
//! | [`Algorithm`] | for | by |
//! |---|---|---|
//! | `Auto` | everything; says what it took and why, see [`Study::choice`] | |
//! | `GP` | few, dear trials: up to some 300, 16 at a time, 20 parameters; integers, categories and conditions too | Gaussian process, log expected improvement (Ament et al. 2023) |
//! | `TPE` | more of any of these: many trials, many at a time, many parameters or categories | multivariate Parzen estimator (Bergstra et al. 2011; Falkner et al. 2018) |
//! | `CMA-ES` | numbers alone, from about 100 trials a parameter on | active CMA-ES with margin (Hansen 2016; Hamano et al. 2022) |
//! | `Sobol` | an even look at the whole space | scrambled Sobol points (Owen 1997; Joe and Kuo 2008) |
//! | `Grid` | every combination once, in a random order; never stored | |
//! | `Random` | a baseline | |
//!
//! One that is asked for by name, with options of its own:
//!
//! ```
//! use podium_search::{Algorithm, Ask, CmaEsOptions, GpOptions, GridOptions, Noise, Outcome, Parameter, Settings, Space, Study};
//!
//! let noisy = GpOptions { noise: Noise::Learned, ..GpOptions::default() };
//! let counts = [("x".to_owned(), 4), ("y".to_owned(), 3)].into();
//! for algorithm in [
//!     Algorithm::Gp(noisy),
//!     Algorithm::CmaEs(CmaEsOptions::default()),
//!     Algorithm::Sobol,
//!     Algorithm::Grid(GridOptions { counts }),
//! ] {
//!     let space = Space::new(vec![Parameter::double("x", 0.0, 1.0), Parameter::double("y", 0.0, 1.0)])?;
//!     let mut study = Study::new(space, Settings::minimize().algorithm(algorithm))?;
//!     for _ in 0..12 {
//!         let Ask::Trial(trial) = study.ask() else { break };
//!         let distance = trial.point["x"].as_f64().map_or(1.0, |x| (x - 0.3).abs());
//!         study.tell(trial.number, Outcome::Complete(distance))?;
//!     }
//!     assert_eq!(study.trials().count(), 12);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is known beforehand, of one's own and of earlier studies:
//!
//! ```
//! use podium_search::{Ask, Finished, Outcome, Parameter, Settings, Space, Study};
//! use serde_json::{Map, json};
//!
//! let space = Space::new(vec![Parameter::double("x", 0.0, 1.0)])?;
//! let mut study = Study::new(space, Settings::minimize())?;
//! let point = |x: f64| Map::from_iter([("x".to_owned(), json!(x))]);
//! let earlier = [Finished { point: point(0.4), outcome: Outcome::Complete(0.1) }];
//! assert_eq!(study.warm_start(&earlier).taken, 1);
//! // Points of one's own are tried first, and count as all others do.
//! study.enqueue(&[point(0.25)])?;
//! let Ask::Trial(first) = study.ask() else { panic!("there are points left") };
//! assert_eq!((first.number, first.point["x"].as_f64()), (0, Some(0.25)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What holds for all of them
//!
//! - **No point twice** while an untried one is left; a finite space ends with [`Ask::Exhausted`].
//! - **Running trials count**: a batch is spread, whether it is asked at once or one by one.
//! - **Failures teach**: a failed trial, or one whose objective is NaN or infinite, is evidence against its region.
//! - **Earlier studies teach** by [`Study::warm_start`]; points of one's own run first by [`Study::enqueue`].
//! - **Restarts change nothing**: [`Study::restore`] from the [`Record`]s of the trials gives the next suggestion to the bit, on
//!   the same build and target.
//!
//! Two programs show the whole: `examples/workers.rs` (workers, a crash, a report) and `examples/stopping.rs` (early stopping).
//! Early stopping is in [`stop`], the importance of parameters in [`importance`].
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
pub use study::{
    Ask, EnqueueError, Finished, Record, RestoreError, Restored, Settings, Study, TellError, Told, WarmStart,
};
pub use trial::{Goal, Outcome, State, Trial};
pub use value::Value;

/// The example of the README is run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
