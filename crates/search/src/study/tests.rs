use serde_json::json;

use super::*;
use crate::{Algorithm, CmaEsOptions, GpOptions, GridOptions, Outcome, Parameter, TpeOptions, Value};

fn mixed() -> Space {
    Space::new(vec![
        Parameter::double("x", -5.0, 5.0),
        Parameter::int("n", 1, 64).log(),
        Parameter::categorical("kind", ["a", "b", "c"]),
        Parameter::double("rate", 1e-4, 1.0).log().when("kind", ["b"]),
    ])
    .unwrap()
}

fn sixty() -> Space {
    Space::new(vec![
        Parameter::categorical("c", ["p", "q", "r"]),
        Parameter::int("n", 1, 5),
        Parameter::double("s", 0.0, 0.3).step(0.1),
    ])
    .unwrap()
}

fn tpe() -> Algorithm {
    Algorithm::Tpe(TpeOptions::default())
}

fn gp() -> Algorithm {
    Algorithm::Gp(GpOptions::default())
}

/// Every method that takes conditions and categories.
fn methods() -> [Algorithm; 4] {
    [Algorithm::Random, Algorithm::Sobol, tpe(), gp()]
}

fn numbers() -> Space {
    Space::new(vec![Parameter::double("x", -5.0, 5.0), Parameter::int("n", 1, 64).log()]).unwrap()
}

fn study(space: Space, algorithm: Algorithm, seed: u64) -> Study {
    Study::new(space, Settings::minimize().algorithm(algorithm).seed(seed)).unwrap()
}

fn given(ask: Ask) -> Trial {
    match ask {
        Ask::Trial(trial) => trial,
        other => panic!("{other:?}"),
    }
}

fn value(point: &Point) -> f64 {
    let number = |name| point.get(name).and_then(Value::as_f64);
    (number("x").unwrap_or(0.0) - 1.0).powi(2)
        + number("n").unwrap_or(0.0) / 9.0
        + number("rate").unwrap_or(0.5)
}

/// Runs trials one at a time.
fn run(study: &mut Study, count: usize) -> Vec<Trial> {
    let mut trials = Vec::new();
    for _ in 0..count {
        let trial = given(study.ask());
        study.tell(trial.number, Outcome::Complete(value(&trial.point))).unwrap();
        trials.push(trial);
    }
    trials
}

fn map(value: serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn equal_seeds_give_equal_studies_and_another_seed_gives_another() {
    let cma = (numbers(), Algorithm::CmaEs(CmaEsOptions::default()));
    for (space, algorithm) in methods().map(|algorithm| (mixed(), algorithm)).into_iter().chain([cma]) {
        let trials = |seed| run(&mut study(space.clone(), algorithm.clone(), seed), 30);
        assert_eq!(trials(1), trials(1));
        assert_ne!(trials(1), trials(2));
    }
}

#[test]
fn a_restored_study_suggests_what_the_first_would_have_whatever_the_order_of_its_records() {
    let cma = (numbers(), Algorithm::CmaEs(CmaEsOptions::default()));
    for (space, algorithm) in methods().map(|algorithm| (mixed(), algorithm)).into_iter().chain([cma]) {
        let mut first = study(space.clone(), algorithm.clone(), 3);
        run(&mut first, 30);
        let pending: Vec<i64> = (0..4).map(|_| given(first.ask()).number).collect();
        first.tell(pending[1], Outcome::Pruned { step: 3, value: 2.0 }).unwrap();
        first.tell(pending[2], Outcome::Complete(f64::NAN)).unwrap();
        let text = serde_json::to_string(&first.trials().collect::<Vec<_>>()).unwrap();
        let mut records: Vec<Record> = serde_json::from_str(&text).unwrap();
        records.reverse();
        let mut second = study(space, algorithm, 3);
        assert_eq!(second.restore(records).unwrap(), Restored { kept: 34, ignored: vec![] });
        for _ in 0..5 {
            assert_eq!(first.ask(), second.ask());
        }
    }
}

#[test]
fn results_that_come_in_another_order_change_nothing_once_all_are_in() {
    let of = |space: &Space, algorithm: &Algorithm, reversed: bool| {
        let mut study = study(space.clone(), algorithm.clone(), 4);
        run(&mut study, 20);
        let mut asked: Vec<Trial> = (0..8).map(|_| given(study.ask())).collect();
        if reversed {
            asked.reverse();
        }
        for trial in asked {
            study.tell(trial.number, Outcome::Complete(value(&trial.point))).unwrap();
        }
        run(&mut study, 6)
    };
    let cma = (numbers(), Algorithm::CmaEs(CmaEsOptions::default()));
    for (space, algorithm) in methods().map(|algorithm| (mixed(), algorithm)).into_iter().chain([cma]) {
        assert_eq!(of(&space, &algorithm, false), of(&space, &algorithm, true));
    }
}

#[test]
fn a_maximised_metric_is_searched_like_its_negative() {
    let mut low = study(mixed(), tpe(), 5);
    let mut high = Study::new(mixed(), Settings::maximize().algorithm(tpe()).seed(5)).unwrap();
    for _ in 0..30 {
        let trial = given(low.ask());
        assert_eq!(given(high.ask()), trial);
        low.tell(trial.number, Outcome::Complete(value(&trial.point))).unwrap();
        high.tell(trial.number, Outcome::Complete(-value(&trial.point))).unwrap();
    }
    assert_eq!(low.best().unwrap().number, high.best().unwrap().number);
}

#[test]
fn sixty_trials_at_a_parallelism_of_8_are_the_sixty_points_of_a_space() {
    for algorithm in methods().into_iter().chain([Algorithm::Grid(GridOptions::default())]) {
        let mut study = study(sixty(), algorithm, 6);
        let mut seen: Vec<Point> = Vec::new();
        let mut running: Vec<Trial> = Vec::new();
        while let Ask::Trial(trial) = study.ask() {
            assert!(!seen.contains(&trial.point), "{:?} twice", trial.point);
            seen.push(trial.point.clone());
            running.push(trial);
            if running.len() == 8 {
                let trial = running.remove(3);
                study.tell(trial.number, Outcome::Complete(value(&trial.point))).unwrap();
            }
        }
        assert_eq!(seen.len(), 60);
        assert_eq!(study.ask(), Ask::Wait);
        for trial in running {
            study.tell(trial.number, Outcome::Failed).unwrap();
        }
        assert_eq!(study.ask(), Ask::Exhausted);
    }
}

#[test]
fn the_first_result_of_a_trial_stands_and_the_same_one_may_come_again() {
    let mut study = study(mixed(), Algorithm::Random, 7);
    let number = given(study.ask()).number;
    assert_eq!(study.tell(number, Outcome::Complete(1.0)), Ok(Told::Accepted));
    assert_eq!(study.tell(number, Outcome::Complete(1.0)), Ok(Told::Repeated));
    let refused = study.tell(number, Outcome::Complete(f64::NAN)).unwrap_err();
    assert_eq!(refused.to_string(), "trial 0 ended as Complete(1.0) and can't end as Failed too");
    assert_eq!(study.tell(9, Outcome::Failed).unwrap_err().to_string(), "there is no trial 9 in this study");
}

#[test]
fn neither_nan_nor_infinity_nor_a_pruned_trial_is_ever_the_best() {
    let mut study = Study::new(mixed(), Settings::maximize()).unwrap();
    let outcomes = [
        Outcome::Complete(f64::INFINITY),
        Outcome::Complete(1.0),
        Outcome::Pruned { step: 9, value: 7.0 },
        Outcome::Complete(2.0),
        Outcome::Complete(2.0),
        Outcome::Complete(f64::NAN),
    ];
    for outcome in outcomes {
        let number = given(study.ask()).number;
        study.tell(number, outcome).unwrap();
    }
    assert_eq!(study.best().map(|trial| (trial.number, trial.value())), Some((3, Some(2.0))));
    assert_eq!(study.trial(0).map(|trial| trial.state), Some(State::Finished(Outcome::Failed)));
}

#[test]
fn queued_points_run_first_in_order_and_are_skipped_when_queued_again_after_a_restart() {
    let points = [map(json!({"c": "q", "n": 3, "s": 0.1})), map(json!({"c": "p", "n": 1, "s": 0.0}))];
    let mut first = study(sixty(), tpe(), 8);
    first.enqueue(&points).unwrap();
    assert_eq!(given(first.ask()).point.to_json(), points[0]);
    let records: Vec<Record> = first.trials().map(Record::from).collect();
    let mut second = study(sixty(), tpe(), 8);
    second.restore(records).unwrap();
    second.enqueue(&points).unwrap();
    assert_eq!(given(second.ask()).point.to_json(), points[1]);
    let error = second.enqueue(&[points[0].clone(), map(json!({"c": "z", "n": 1, "s": 0.0}))]).unwrap_err();
    assert_eq!(error.to_string(), "queued point 1: parameter \"c\": \"z\" is not one of \"p\", \"q\", \"r\"");
}

#[test]
fn earlier_studies_teach_but_are_neither_repeated_nor_the_best() {
    let mut early = study(mixed(), Algorithm::Random, 9);
    run(&mut early, 30);
    let known: Vec<Finished> = early
        .trials()
        .map(|trial| Finished {
            point: trial.point.to_json(),
            outcome: Outcome::Complete(value(&trial.point)),
        })
        .chain([Finished { point: map(json!({"x": 99.0})), outcome: Outcome::Complete(0.0) }])
        .collect();
    let mut warm = study(mixed(), tpe(), 9);
    let start = warm.warm_start(&known);
    assert_eq!((start.taken, start.dropped.len(), start.dropped[0].0), (30, 1, 30));
    assert_eq!(warm.trials().map(|trial| trial.number).collect::<Vec<_>>(), (-30..0).collect::<Vec<_>>());
    assert!(warm.best().is_none());
    // The model is used at once: a cold study would start at random with the same numbers.
    let trial = given(warm.ask());
    assert_eq!(trial.number, 0);
    assert_ne!(trial.point, given(study(mixed(), tpe(), 9).ask()).point);
}

#[test]
fn a_point_of_an_earlier_study_can_be_queued_but_is_not_suggested() {
    let mut study = study(sixty(), Algorithm::Random, 10);
    let point = map(json!({"c": "q", "n": 3, "s": 0.1}));
    study.warm_start(&[Finished { point: point.clone(), outcome: Outcome::Complete(0.0) }]);
    study.enqueue(std::slice::from_ref(&point)).unwrap();
    assert_eq!(given(study.ask()).point.to_json(), point);
    let rest = std::iter::from_fn(|| match study.ask() {
        Ask::Trial(trial) => Some(trial),
        Ask::Wait | Ask::Exhausted => None,
    });
    assert_eq!(rest.filter(|trial| trial.point.to_json() != point).count(), 59);
}

#[test]
fn after_a_change_of_the_space_trials_that_fit_count_and_the_others_keep_their_numbers() {
    let mut wide = study(mixed(), tpe(), 11);
    run(&mut wide, 12);
    let open = given(wide.ask()).number;
    let narrow = Space::new(vec![
        Parameter::double("x", 0.0, 5.0),
        Parameter::int("n", 1, 64).log(),
        Parameter::categorical("kind", ["a", "b", "c"]),
        Parameter::double("rate", 1e-4, 1.0).log().when("kind", ["b"]),
    ])
    .unwrap();
    let mut moved = study(narrow, tpe(), 11);
    let restored = moved.restore(wide.trials().map(Record::from)).unwrap();
    let outside = |trial: &&Trial| trial.point["x"].as_f64() < Some(0.0);
    let expected: Vec<i64> = wide.trials().filter(outside).map(|trial| trial.number).collect();
    assert_eq!(restored.ignored.iter().map(|(number, _)| *number).collect::<Vec<_>>(), expected);
    assert_eq!(restored.kept + expected.len(), 13);
    assert!(!expected.is_empty() && restored.kept > 0);
    assert_eq!(given(moved.ask()).number, open + 1);
    let told = moved.tell(open, Outcome::Complete(1.0)).unwrap();
    assert_eq!(told, if expected.contains(&open) { Told::Outside } else { Told::Accepted });
    assert_eq!(moved.tell(open, Outcome::Complete(1.0)), Ok(Told::Repeated));
}

#[test]
fn a_number_that_is_there_twice_is_refused_and_nothing_is_taken() {
    let mut first = study(sixty(), tpe(), 12);
    run(&mut first, 3);
    let mut records: Vec<Record> = first.trials().map(Record::from).collect();
    records.push(records[1].clone());
    let mut second = study(sixty(), tpe(), 12);
    assert_eq!(second.restore(records), Err(RestoreError::Repeated { number: 1 }));
    assert_eq!(second.trials().count(), 0);
}

#[test]
fn a_grid_of_a_million_million_points_starts_at_once_and_repeats_none() {
    let space = Space::new((0..12).map(|n| Parameter::int(format!("p{n}"), 1, 10)).collect()).unwrap();
    let mut grid = study(space, Algorithm::Grid(GridOptions::default()), 13);
    let trials = run(&mut grid, 300);
    for trial in &trials {
        assert_eq!(trials.iter().filter(|other| other.point == trial.point).count(), 1);
    }
    // Cut short, it is still spread over all: the first parameter takes all its values.
    assert!((1..=10).all(|n| trials.iter().any(|trial| trial.point["p0"] == Value::Int(n))));
}

#[test]
fn a_grid_is_even_on_the_scale_and_goes_on_where_it_was_after_a_restart() {
    let space = || {
        Space::new(vec![Parameter::double("rate", 1e-3, 1e1).log(), Parameter::int("n", 1, 100).log()])
            .unwrap()
    };
    let options = GridOptions { counts: [("rate".to_owned(), 5), ("n".to_owned(), 3)].into() };
    let mut whole = study(space(), Algorithm::Grid(options.clone()), 14);
    let trials = run(&mut whole, 15);
    assert_eq!(whole.ask(), Ask::Exhausted);
    let mut rates: Vec<f64> = trials.iter().filter_map(|trial| trial.point["rate"].as_f64()).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    assert!(
        rates.iter().zip([1e-3, 1e-2, 1e-1, 1.0, 1e1]).all(|(rate, even)| (rate / even - 1.0).abs() < 1e-12)
    );
    assert!([1, 10, 100].iter().all(|n| trials.iter().any(|trial| trial.point["n"] == Value::Int(*n))));
    let mut rest = study(space(), Algorithm::Grid(options), 14);
    rest.restore(trials[..7].iter().map(Record::from)).unwrap();
    assert_eq!(given(rest.ask()), trials[7]);
}

#[test]
fn a_grid_without_an_end_and_counts_for_nothing_are_refused_with_the_parameter() {
    let refused =
        |algorithm| Study::new(mixed(), Settings::minimize().algorithm(algorithm)).unwrap_err().to_string();
    let grid = |counts: &[(&str, u32)]| {
        let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        refused(Algorithm::Grid(GridOptions { counts }))
    };
    assert_eq!(grid(&[]), "a grid needs a step or a count for parameter \"x\", a double");
    assert_eq!(grid(&[("x", 1)]), "the grid's count 1 for parameter \"x\" must be at least 2");
    assert_eq!(
        grid(&[("kind", 3)]),
        "the grid has a count for \"kind\", which is no double or int parameter without a step"
    );
    let tpe = Algorithm::Tpe(TpeOptions { startup: 0, candidates: 24 });
    assert_eq!(refused(tpe), "startup 0 must be at least 2");
}

#[test]
fn a_study_in_which_everything_fails_goes_on_with_new_points() {
    let mut study = study(sixty(), tpe(), 15);
    for _ in 0..60 {
        let number = given(study.ask()).number;
        study.tell(number, Outcome::Complete(f64::NAN)).unwrap();
    }
    assert_eq!((study.ask(), study.best()), (Ask::Exhausted, None));
}

#[test]
fn the_reason_of_auto_is_told_and_a_named_method_is_taken_as_it_is() {
    let auto = Study::new(numbers(), Settings::minimize().budget(100, 8)).unwrap();
    assert_eq!(auto.choice().algorithm, gp());
    assert!(auto.choice().reason.starts_with("GP, because"));
    let long = Study::new(numbers(), Settings::minimize().budget(1_000, 8)).unwrap();
    assert_eq!(long.choice().algorithm, tpe());
    assert_eq!(study(numbers(), tpe(), 1).choice().reason, "named in the settings");
}

#[test]
fn a_study_knows_which_parameter_matters() {
    let mut study = study(numbers(), Algorithm::Sobol, 16);
    assert!(study.importance().is_err());
    for _ in 0..40 {
        let trial = given(study.ask());
        study.tell(trial.number, Outcome::Complete(trial.point["x"].as_f64().unwrap())).unwrap();
    }
    let importance = study.importance().unwrap();
    assert!(importance.shares[0].share > 0.9, "{importance:?}");
}

#[test]
fn numbers_that_are_missing_below_the_last_one_are_given_out_first_and_random_draws_their_points_again() {
    let mut first = study(mixed(), Algorithm::Random, 15);
    let trials = run(&mut first, 12);
    let kept = trials.iter().filter(|trial| ![4, 7].contains(&trial.number));
    let mut second = study(mixed(), Algorithm::Random, 15);
    second.restore(kept.map(Record::from)).unwrap();
    let asked: Vec<Trial> = (0..3).map(|_| given(second.ask())).collect();
    assert_eq!(asked.iter().map(|trial| trial.number).collect::<Vec<_>>(), [4, 7, 12]);
    assert_eq!([&asked[0].point, &asked[1].point], [&trials[4].point, &trials[7].point]);
}
