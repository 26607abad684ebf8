//! TPE against chance, on functions with known minima. Seeds are fixed: a run is the same on every day.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod functions;

use functions::{Function, named, noise};
use podium_search::{Algorithm, Ask, Outcome, Settings, Study, TpeOptions};

const SEEDS: u64 = 11;

/// Regret after 60 trials in batches; each batch is asked before it is told.
fn regret(function: &Function, algorithm: Algorithm, batch: usize, seed: u64) -> f64 {
    let settings = Settings::minimize().algorithm(algorithm).seed(seed);
    let mut study = Study::new((function.space)(), settings).unwrap();
    for _ in 0..60 / batch {
        let asked: Vec<Ask> = (0..batch).map(|_| study.ask()).collect();
        for ask in asked {
            let Ask::Trial(trial) = ask else { panic!("{ask:?}") };
            let value = (function.value)(&trial.point) + function.noise * noise(seed, trial.number);
            study.tell(trial.number, Outcome::Complete(value)).unwrap();
        }
    }
    (function.value)(&study.best().unwrap().point) - function.minimum
}

fn median(function: &Function, algorithm: &Algorithm, batch: usize) -> f64 {
    let mut regrets: Vec<f64> =
        (0..SEEDS).map(|seed| regret(function, algorithm.clone(), batch, seed)).collect();
    regrets.sort_by(f64::total_cmp);
    regrets[regrets.len() / 2]
}

#[test]
fn tpe_leaves_at_most_two_thirds_of_the_regret_of_chance_one_at_a_time_and_in_batches() {
    let tpe = Algorithm::Tpe(TpeOptions::default());
    for name in ["branin", "hartmann6", "ackley5", "mixed", "conditional", "integer", "deep", "failing"] {
        let function = named(name);
        let chance = median(function, &Algorithm::Random, 1);
        for batch in [1, 6] {
            let found = median(function, &tpe, batch);
            assert!(found < chance * 2.0 / 3.0, "{name} in batches of {batch}: {found} against {chance}");
        }
    }
}

#[test]
fn a_category_that_was_tried_often_in_vain_makes_room_for_others() {
    let function = named("stretched");
    for seed in 0..8 {
        let settings = Settings::minimize().algorithm(Algorithm::Tpe(TpeOptions::default())).seed(seed);
        let mut study = Study::new((function.space)(), settings).unwrap();
        let mut late = std::collections::BTreeSet::new();
        for number in 0..100 {
            let Ask::Trial(trial) = study.ask() else { panic!("not finite") };
            if number >= 40 {
                late.insert(trial.point["category"].as_str().unwrap().to_owned());
            }
            study.tell(trial.number, Outcome::Complete((function.value)(&trial.point))).unwrap();
        }
        assert!(late.len() > 2, "seed {seed}: after 40 trials only {late:?}");
    }
}

#[test]
fn trials_that_run_keep_a_batch_apart() {
    let function = named("branin");
    let mut study =
        Study::new((function.space)(), Settings::minimize().algorithm(Algorithm::Tpe(TpeOptions::default())))
            .unwrap();
    let mut points = Vec::new();
    for number in 0..38 {
        let Ask::Trial(trial) = study.ask() else { panic!("not finite") };
        if number < 30 {
            study.tell(trial.number, Outcome::Complete((function.value)(&trial.point))).unwrap();
        } else {
            points.push([trial.point["x0"].as_f64().unwrap(), trial.point["x1"].as_f64().unwrap()]);
        }
    }
    let distance = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    for (place, point) in points.iter().enumerate() {
        assert!(points[..place].iter().all(|other| distance(point, other) > 1e-3), "{points:?}");
    }
}
