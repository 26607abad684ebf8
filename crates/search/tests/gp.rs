//! What the Gaussian process promises, through the doors of a study.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod functions;

use podium_search::{
    Algorithm, Ask, Finished, GpOptions, Noise, Outcome, Parameter, Point, Record, Settings, Space, Study,
    Trial,
};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

fn gp() -> Algorithm {
    Algorithm::Gp(GpOptions::default())
}

fn study(space: Space, algorithm: Algorithm, seed: u64) -> Study {
    Study::new(space, Settings::minimize().algorithm(algorithm).seed(seed)).unwrap()
}

fn given(study: &mut Study) -> Trial {
    match study.ask() {
        Ask::Trial(trial) => trial,
        other => panic!("{other:?}"),
    }
}

fn number(point: &Point, name: &str) -> f64 {
    point[name].as_f64().unwrap()
}

fn plane() -> Space {
    Space::new(vec![Parameter::double("x", -5.0, 5.0), Parameter::double("y", -5.0, 5.0)]).unwrap()
}

fn bowl(point: &Point) -> f64 {
    (number(point, "x") - 1.5).powi(2) + 2.0 * (number(point, "y") + 2.0).powi(2)
}

fn mixed() -> Space {
    Space::new(vec![
        Parameter::double("x", -5.0, 5.0),
        Parameter::int("n", 1, 64).log(),
        Parameter::categorical("kind", ["a", "b", "c"]),
        Parameter::double("rate", 1e-4, 1.0).log().when("kind", ["b"]),
        Parameter::int("level", 0, 3).when("kind", ["b", "c"]),
    ])
    .unwrap()
}

/// 0 at x = 1, n = 8, kind b, rate 0.01, level 2.
fn mixed_value(point: &Point) -> f64 {
    let shared = 0.2 * (number(point, "x") - 1.0).powi(2) + 0.1 * (number(point, "n") / 8.0).ln().powi(2);
    let level = || 0.1 * (number(point, "level") - 2.0).powi(2);
    shared
        + match point["kind"].as_str() {
            Some("a") => 0.8,
            Some("b") => 0.3 * (number(point, "rate").log10() + 2.0).powi(2) + level(),
            _ => 0.5 + level(),
        }
}

fn run(study: &mut Study, count: usize, value: impl Fn(&Point) -> f64) -> Vec<Trial> {
    let mut trials = Vec::new();
    for _ in 0..count {
        let trial = given(study);
        study.tell(trial.number, Outcome::Complete(value(&trial.point))).unwrap();
        trials.push(trial);
    }
    trials
}

fn best(study: &Study) -> f64 {
    study.best().and_then(Trial::value).unwrap()
}

#[test]
fn a_bowl_is_found_to_four_digits_in_twenty_five_trials() {
    for seed in 0..5 {
        let mut study = study(plane(), gp(), seed);
        run(&mut study, 25, bowl);
        assert!(best(&study) < 1e-3, "seed {seed}: {}", best(&study));
    }
}

/// Both ends of `rate` are equally bad, so a study that saw these alone takes the right branch for a wrong one.
#[test]
fn the_right_branch_of_a_mixed_space_is_found_with_its_conditional_values_in_most_studies() {
    let is_found = |seed: &u64| {
        let mut study = study(mixed(), gp(), *seed);
        run(&mut study, 60, mixed_value);
        let point = &study.best().unwrap().point;
        (point["kind"].as_str(), number(point, "level")) == (Some("b"), 2.0) && best(&study) < 0.02
    };
    let found = (0..8).filter(is_found).count();
    assert!(found >= 6, "{found} of 8");
}

#[test]
fn a_maximised_metric_is_searched_like_its_negative() {
    let mut low = study(mixed(), gp(), 5);
    let mut high = Study::new(mixed(), Settings::maximize().algorithm(gp()).seed(5)).unwrap();
    for _ in 0..20 {
        let trial = given(&mut low);
        assert_eq!(given(&mut high), trial);
        low.tell(trial.number, Outcome::Complete(mixed_value(&trial.point))).unwrap();
        high.tell(trial.number, Outcome::Complete(-mixed_value(&trial.point))).unwrap();
    }
}

#[test]
fn a_restored_study_suggests_what_the_first_would_have_with_trials_pending_pruned_and_failed() {
    for noise in [Noise::None, Noise::Deviation(0.1), Noise::Learned] {
        let algorithm = Algorithm::Gp(GpOptions { noise, ..GpOptions::default() });
        let mut first = study(mixed(), algorithm.clone(), 3);
        run(&mut first, 18, mixed_value);
        let pending: Vec<i64> = (0..4).map(|_| given(&mut first).number).collect();
        first.tell(pending[1], Outcome::Pruned { step: 3, value: 2.0 }).unwrap();
        first.tell(pending[2], Outcome::Complete(f64::NAN)).unwrap();
        let mut records: Vec<Record> = first.trials().map(Record::from).collect();
        records.reverse();
        let mut second = study(mixed(), algorithm, 3);
        second.restore(records).unwrap();
        for _ in 0..3 {
            assert_eq!(first.ask(), second.ask(), "{noise:?}");
        }
    }
}

#[test]
fn results_that_come_in_another_order_change_nothing_once_all_are_in() {
    let of = |reversed: bool| {
        let mut study = study(mixed(), gp(), 4);
        run(&mut study, 12, mixed_value);
        let mut asked: Vec<Trial> = (0..8).map(|_| given(&mut study)).collect();
        if reversed {
            asked.reverse();
        }
        for trial in asked {
            study.tell(trial.number, Outcome::Complete(mixed_value(&trial.point))).unwrap();
        }
        run(&mut study, 4, mixed_value)
    };
    assert_eq!(of(false), of(true));
}

#[test]
fn sixty_trials_at_a_parallelism_of_8_are_the_sixty_points_of_a_space() {
    let space = Space::new(vec![
        Parameter::categorical("c", ["p", "q", "r"]),
        Parameter::int("n", 1, 5),
        Parameter::double("s", 0.0, 0.3).step(0.1),
    ]);
    let mut study = study(space.unwrap(), gp(), 6);
    let (mut seen, mut running): (Vec<Point>, Vec<Trial>) = (Vec::new(), Vec::new());
    while let Ask::Trial(trial) = study.ask() {
        assert!(!seen.contains(&trial.point), "{:?} twice", trial.point);
        seen.push(trial.point.clone());
        running.push(trial);
        if running.len() == 8 {
            let trial = running.remove(3);
            study.tell(trial.number, Outcome::Complete(number(&trial.point, "n"))).unwrap();
        }
    }
    assert_eq!((seen.len(), study.ask()), (60, Ask::Wait));
}

/// Of a function that is not known yet: where the optimum is known to four digits, a batch may well lie there.
#[test]
fn a_batch_is_spread_and_not_eight_times_the_same_guess() {
    let function = functions::named("hartmann6");
    for seed in 0..4 {
        let mut study = study((function.space)(), gp(), seed);
        run(&mut study, 12, function.value);
        let batch: Vec<Trial> = (0..8).map(|_| given(&mut study)).collect();
        for (i, a) in batch.iter().enumerate() {
            for b in &batch[..i] {
                let gap = |name: &str| number(&a.point, name) - number(&b.point, name);
                let square: f64 =
                    ["x0", "x1", "x2", "x3", "x4", "x5"].map(|name| gap(name).powi(2)).iter().sum();
                assert!(square.sqrt() > 0.02, "seed {seed}: {a:?} and {b:?}");
            }
        }
    }
}

/// Two fifths of the space fail, with the lowest values of the function among them.
#[test]
fn a_region_where_everything_fails_is_left_alone() {
    let function = functions::named("failing");
    for seed in 0..4 {
        let mut study = study((function.space)(), gp(), seed);
        let trials = run(&mut study, 50, function.value);
        let failed = trials.iter().filter(|trial| (function.value)(&trial.point).is_nan()).count();
        assert!(failed <= 12, "seed {seed}: {failed} of 50");
        let regret = best(&study) - function.minimum;
        assert!(regret < 0.1, "seed {seed}: {regret}");
    }
}

#[test]
fn a_pruned_trial_is_never_better_evidence_than_half_of_the_complete_ones() {
    let mut study = study(plane(), gp(), 9);
    run(&mut study, 15, bowl);
    let pruned = given(&mut study);
    // An early loss that looks like a record must not pull the search to it.
    study.tell(pruned.number, Outcome::Pruned { step: 1, value: -1e6 }).unwrap();
    run(&mut study, 12, bowl);
    assert!(best(&study) < 1e-2, "{}", best(&study));
}

#[test]
fn values_that_are_all_equal_huge_or_tiny_still_give_new_points() {
    for value in [|_: &Point| 3.0, |p: &Point| 1e300 * bowl(p), |p: &Point| 1e-300 * bowl(p)] {
        let mut study = study(plane(), gp(), 10);
        let trials = run(&mut study, 16, value);
        for (i, trial) in trials.iter().enumerate() {
            assert!(trials[..i].iter().all(|other| other.point != trial.point));
        }
    }
}

#[test]
fn when_everything_fails_points_stay_random_and_new() {
    let mut study = study(plane(), gp(), 11);
    let trials = run(&mut study, 20, |_| f64::NAN);
    assert!(trials.iter().enumerate().all(|(i, a)| trials[..i].iter().all(|b| a.point != b.point)));
}

#[test]
fn what_an_earlier_study_found_sends_the_first_suggestion_to_its_optimum() {
    for seed in 0..5 {
        let mut early = study(plane(), Algorithm::Random, seed);
        let known: Vec<Finished> = run(&mut early, 30, bowl)
            .iter()
            .map(|trial| Finished {
                point: trial.point.to_json(),
                outcome: Outcome::Complete(bowl(&trial.point)),
            })
            .collect();
        let mut warm = study(plane(), gp(), 100 + seed);
        assert_eq!(warm.warm_start(&known).taken, 30);
        let (first, cold) = (given(&mut warm), given(&mut study(plane(), gp(), 100 + seed)));
        assert_eq!(first.number, cold.number);
        assert_ne!(first.point, cold.point);
        // The optimum was not among what was taught: the model found it between the trials.
        let (found, taught) = (bowl(&first.point), best(&early));
        assert!(found < 0.1 && found < taught, "seed {seed}: {found} after {taught}");
    }
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    let refused = |options| {
        let settings = Settings::minimize().algorithm(Algorithm::Gp(options));
        Study::new(plane(), settings).unwrap_err().to_string()
    };
    let startup = GpOptions { startup: 1, ..GpOptions::default() };
    assert_eq!(refused(startup), "startup 1 must be at least 2");
    for deviation in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let options = GpOptions { noise: Noise::Deviation(deviation), ..GpOptions::default() };
        assert_eq!(refused(options), format!("noise deviation {deviation} must be a finite number above 0"));
    }
}

#[test]
fn options_are_written_as_plain_json() {
    let options = GpOptions { startup: 5, noise: Noise::Deviation(0.5) };
    let text = serde_json::to_string(&Algorithm::Gp(options.clone())).unwrap();
    assert_eq!(text, r#"{"GP":{"startup":5,"noise":{"Deviation":0.5}}}"#);
    assert_eq!(serde_json::from_str::<Algorithm>(&text).unwrap(), Algorithm::Gp(options));
}

/// Any space of a few parameters, the last of them conditional.
fn spaces() -> impl Strategy<Value = Space> {
    let parameter = prop_oneof![
        (-9.0..9.0, 0.1..9.0).prop_map(|(low, range)| Parameter::double("", low, low + range)),
        (1e-6..1.0, 1.5..1e4).prop_map(|(low, ratio)| Parameter::double("", low, low * ratio).log()),
        (-20_i64..20, 1_i64..300).prop_map(|(low, range)| Parameter::int("", low, low + range)),
        (1_i64..9, 1_i64..3000).prop_map(|(low, range)| Parameter::int("", low, low + range).log()),
        (2_usize..5).prop_map(|count| Parameter::categorical("", 0..count)),
        Just(Parameter::double("", 0.0, 1.0).step(0.1)),
    ];
    (proptest::collection::vec(parameter, 2..5), any::<bool>()).prop_map(|(mut parameters, conditional)| {
        for (index, parameter) in parameters.iter_mut().enumerate() {
            parameter.name = format!("p{index}");
        }
        if conditional {
            parameters.push(Parameter::categorical("gate", ["open", "shut"]));
            parameters[0] = parameters[0].clone().when("gate", ["open"]);
        }
        Space::new(parameters).unwrap()
    })
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(24))]

    #[test]
    fn in_any_space_points_belong_to_it_and_none_comes_twice(space in spaces(), seed in any::<u64>()) {
        let mut study = study(space.clone(), gp(), seed);
        let mut seen: Vec<Point> = Vec::new();
        for step in 0..16 {
            let Ask::Trial(trial) = study.ask() else { break };
            proptest::prop_assert_eq!(&space.read(&trial.point.to_json()).unwrap(), &trial.point);
            proptest::prop_assert!(!seen.contains(&trial.point), "{:?} twice", trial.point);
            let value = trial.point.iter().filter_map(|(_, value)| value.as_f64()).map(f64::abs).sum::<f64>();
            // Every third trial stays pending.
            if step % 3 > 0 {
                study.tell(trial.number, Outcome::Complete(value)).unwrap();
            }
            seen.push(trial.point);
        }
    }
}
