//! What it is worth to say that an objective is noisy. Seeds are fixed: a run is the same on every day.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod functions;

use functions::{Function, named, noise};
use podium_search::{Algorithm, Ask, GpOptions, Noise, Outcome, Settings, Study};

const SEEDS: u64 = 4;
const TRIALS: i64 = 50;
/// Of the last so many trials the regret counts. The best one as it was seen would be no measure: it had luck.
const LATE: i64 = 10;

/// Where a study of the Gaussian process ends: the mean regret of its last trials, without the noise that it saw.
fn regret(function: &Function, known: Noise, seed: u64) -> f64 {
    let algorithm = Algorithm::Gp(GpOptions { noise: known, ..GpOptions::default() });
    let settings = Settings::minimize().algorithm(algorithm).seed(seed);
    let mut study = Study::new((function.space)(), settings).unwrap();
    let mut late = 0.0;
    for _ in 0..TRIALS {
        let Ask::Trial(trial) = study.ask() else { panic!("not finite") };
        let clean = (function.value)(&trial.point);
        let seen = clean + function.noise * noise(seed, trial.number);
        study.tell(trial.number, Outcome::Complete(seen)).unwrap();
        if trial.number >= TRIALS - LATE {
            late += clean - function.minimum;
        }
    }
    late / LATE as f64
}

#[test]
fn a_process_that_knows_of_the_noise_or_learns_it_ends_with_half_the_regret_of_one_that_takes_it_for_the_function()
 {
    let function = named("noisy");
    let mean = |known| (0..SEEDS).map(|seed| regret(function, known, seed)).sum::<f64>() / SEEDS as f64;
    let unaware = mean(Noise::None);
    for known in [Noise::Deviation(function.noise), Noise::Learned] {
        let found = mean(known);
        assert!(found < unaware / 2.0, "{known:?}: {found} against {unaware}");
    }
}
