//! What holds for every space and every history.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

use std::collections::BTreeSet;

use podium_search::{
    Algorithm, Ask, Outcome, Parameter, Point, Record, Settings, Space, State, Study, TpeOptions,
};
use proptest::prelude::*;

/// A parameter without a condition.
fn parameter(name: String) -> impl Strategy<Value = Parameter> {
    let (double, log, steps, int, log_int, words) =
        (name.clone(), name.clone(), name.clone(), name.clone(), name.clone(), name);
    prop_oneof![
        (-1e6..1e6, 1e-3..1e6).prop_map(move |(min, range): (f64, f64)| Parameter::double(
            &double,
            min,
            min + range
        )),
        (-9.0..3.0, 0.1..9.0).prop_map(move |(from, range): (f64, f64)| {
            Parameter::double(&log, 10_f64.powf(from), 10_f64.powf(from + range)).log()
        }),
        (-9_i32..9, 1_u32..9, 0_usize..3).prop_map(move |(min, count, digits)| {
            let unit = [1.0, 0.1, 0.25][digits];
            let min = f64::from(min) * unit;
            Parameter::double(&steps, min, min + f64::from(count) * unit).step(unit)
        }),
        (-20_i64..20, 1_i64..9).prop_map(move |(min, range)| Parameter::int(&int, min, min + range)),
        (1_i64..20, 1_i64..999)
            .prop_map(move |(min, range)| Parameter::int(&log_int, min, min + range).log()),
        (2_i64..6).prop_map(move |count| Parameter::categorical(&words, 0..count)),
    ]
}

/// Two to five parameters; some depend on a switch, some on what depends on it.
fn space() -> impl Strategy<Value = Space> {
    let parameters = (0..4).map(|index| parameter(format!("p{index}"))).collect::<Vec<_>>();
    (parameters, prop::collection::vec(0_u8..3, 4)).prop_map(|(parameters, places)| {
        let mut all = vec![
            Parameter::categorical("switch", ["on", "off"]),
            Parameter::int("level", 1, 3).when("switch", ["on"]),
        ];
        for (parameter, place) in parameters.into_iter().zip(places) {
            all.push(match place {
                0 => parameter,
                1 => parameter.when("switch", ["off"]),
                _ => parameter.when("level", [2, 3]),
            });
        }
        Space::new(all).unwrap()
    })
}

fn study(space: &Space, algorithm: Algorithm, seed: u64) -> Study {
    Study::new(space.clone(), Settings::minimize().algorithm(algorithm).seed(seed)).unwrap()
}

/// Some value of a point that depends on all of it.
fn value(point: &Point) -> f64 {
    let term = |(place, (_, value)): (usize, (&str, &podium_search::Value))| {
        value.as_f64().map_or(0.3, |number| (number + place as f64).sin())
    };
    point.iter().enumerate().map(term).sum()
}

/// What becomes of a trial, of all kinds.
fn outcome(number: i64, point: &Point) -> Outcome {
    match number % 7 {
        3 => Outcome::Failed,
        5 => Outcome::Pruned { step: number, value: value(point) },
        6 => Outcome::Complete(f64::NAN),
        _ => Outcome::Complete(value(point)),
    }
}

fn name_of(point: &Point) -> String {
    serde_json::to_string(point).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_suggested_point_reads_back_as_itself(space in space(), seed: u64) {
        let mut study = study(&space, Algorithm::Tpe(TpeOptions { startup: 4, candidates: 8 }), seed);
        for _ in 0..12 {
            let Ask::Trial(trial) = study.ask() else { break };
            let text = serde_json::to_string(&trial.point).unwrap();
            let read = space.read(&serde_json::from_str(&text).unwrap());
            prop_assert_eq!(read, Ok(trial.point.clone()));
            study.tell(trial.number, outcome(trial.number, &trial.point)).unwrap();
        }
    }

    #[test]
    fn no_point_comes_twice_and_a_finite_space_is_given_out_whole(space in space(), seed: u64) {
        let mut study = study(&space, Algorithm::Tpe(TpeOptions { startup: 4, candidates: 8 }), seed);
        let mut seen = BTreeSet::new();
        while seen.len() < 100 {
            let Ask::Trial(trial) = study.ask() else { break };
            prop_assert!(seen.insert(name_of(&trial.point)), "{} twice", name_of(&trial.point));
            if trial.number % 3 != 0 {
                study.tell(trial.number, outcome(trial.number, &trial.point)).unwrap();
            }
        }
        let all = space.count().unwrap_or(u128::MAX).min(100);
        prop_assert_eq!(seen.len() as u128, all);
    }

    #[test]
    fn neither_the_order_of_tells_nor_a_restart_changes_the_next_suggestion(
        space in space(),
        seed: u64,
        order in Just((0..20_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let algorithm = Algorithm::Tpe(TpeOptions { startup: 4, candidates: 8 });
        let mut told = study(&space, algorithm.clone(), seed);
        let mut shuffled = study(&space, algorithm.clone(), seed);
        let asked: Vec<_> = std::iter::from_fn(|| match told.ask() {
            Ask::Trial(trial) => { shuffled.ask(); Some(trial) }
            Ask::Wait | Ask::Exhausted => None,
        }).take(20).collect();
        // The last two stay pending.
        let done = asked.len().saturating_sub(2);
        for trial in &asked[..done] {
            told.tell(trial.number, outcome(trial.number, &trial.point)).unwrap();
        }
        for place in order.into_iter().filter(|place| *place < done) {
            shuffled.tell(asked[place].number, outcome(asked[place].number, &asked[place].point)).unwrap();
        }
        let mut restored = study(&space, algorithm, seed);
        let mut records: Vec<Record> = told.trials().map(Record::from).collect();
        records.reverse();
        restored.restore(records).unwrap();
        for _ in 0..3 {
            let next = told.ask();
            prop_assert_eq!(&next, &shuffled.ask());
            prop_assert_eq!(&next, &restored.ask());
        }
    }

    #[test]
    fn a_grid_gives_each_of_its_points_once(space in space(), seed: u64) {
        let counts = space.parameters().iter().filter(|parameter| {
            matches!(parameter.domain, podium_search::Domain::Double { step: None, .. })
        });
        let counts = counts.map(|parameter| (parameter.name.clone(), 2)).collect();
        let mut grid = study(&space, Algorithm::Grid(podium_search::GridOptions { counts }), seed);
        let mut seen = BTreeSet::new();
        while let Ask::Trial(trial) = grid.ask() {
            prop_assert!(seen.insert(name_of(&trial.point)));
            if seen.len() == 300 {
                return Ok(());
            }
        }
        prop_assert!(grid.trials().all(|trial| trial.state == State::Pending));
        if let Some(count) = space.count() {
            prop_assert_eq!(seen.len() as u128, count);
        }
    }
}
