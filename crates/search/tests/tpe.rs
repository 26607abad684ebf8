//! TPE against chance, on functions with known minima. Seeds are fixed: a run is the same on every day.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod functions;

use functions::{Function, named, noise};
use podium_search::{Algorithm, Ask, Outcome, Record, Settings, State, Study, TpeOptions};
use serde_json::{Map, json};

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

/// The suggestion for trial 34 of a study of Branin's function whose trials 0 to 29 are complete.
fn after(complete: &[Record], others: impl IntoIterator<Item = Record>, seed: u64) -> [f64; 2] {
    let settings = Settings::minimize().algorithm(Algorithm::Tpe(TpeOptions::default())).seed(seed);
    let mut study = Study::new((named("branin").space)(), settings).unwrap();
    study.restore(complete.iter().cloned().chain(others)).unwrap();
    let Ask::Trial(trial) = study.ask() else { panic!("not finite") };
    assert_eq!(trial.number, 34);
    ["x0", "x1"].map(|name| trial.point[name].as_f64().unwrap())
}

/// They run close by and not at the very point, which would be left out as tried, whatever the method thinks of it.
#[test]
fn trials_that_run_where_the_next_one_would_go_send_it_elsewhere() {
    let function = named("branin");
    for seed in 0..6 {
        let settings = Settings::minimize().algorithm(Algorithm::Random).seed(seed);
        let mut random = Study::new((function.space)(), settings).unwrap();
        for _ in 0..30 {
            let Ask::Trial(trial) = random.ask() else { panic!("not finite") };
            random.tell(trial.number, Outcome::Complete((function.value)(&trial.point))).unwrap();
        }
        let complete: Vec<Record> = random.trials().map(Record::from).collect();
        let running = |number, point| Record { number, point, state: State::Pending };
        // Of another space: they have their numbers, so that the next trial is the same one, and nothing rests on them.
        let alone = after(&complete, (30..34).map(|number| running(number, Map::new())), seed);
        let near = |number: i64| {
            let off = (number - 29) as f64 * 1e-4;
            let point = json!({"x0": (alone[0] + off).min(10.0), "x1": (alone[1] - off).max(0.0)});
            running(number, point.as_object().unwrap().clone())
        };
        let beside = after(&complete, (30..34).map(near), seed);
        let gap = (beside[0] - alone[0]).hypot(beside[1] - alone[1]);
        assert!(gap > 0.1, "seed {seed}: {beside:?} beside four at {alone:?}");
    }
}
