//! CMA-ES and Sobol points in a study.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

use podium_search::{Algorithm, Ask, CmaEsOptions, Outcome, Parameter, Point, Settings, Space, Study, Trial};

fn cma() -> Algorithm {
    Algorithm::CmaEs(CmaEsOptions::default())
}

fn study(parameters: Vec<Parameter>, algorithm: Algorithm, seed: u64) -> Study {
    Study::new(Space::new(parameters).unwrap(), Settings::minimize().seed(seed).algorithm(algorithm)).unwrap()
}

fn next(study: &mut Study) -> Trial {
    match study.ask() {
        Ask::Trial(trial) => trial,
        other => panic!("{other:?}"),
    }
}

fn bowl(point: &Point) -> f64 {
    point.iter().filter_map(|(_, value)| value.as_f64()).map(|x| (x - 3.0).powi(2)).sum()
}

#[test]
fn sixty_points_are_each_tried_once_eight_at_a_time() {
    for algorithm in [cma(), Algorithm::Sobol] {
        let mut study = study(vec![Parameter::int("a", 1, 6), Parameter::int("b", 1, 10)], algorithm, 5);
        let mut points: Vec<Point> = Vec::new();
        let mut running: Vec<Trial> = Vec::new();
        while points.len() < 60 {
            let trial = next(&mut study);
            assert!(!points.contains(&trial.point), "{:?} again", trial.point);
            points.push(trial.point.clone());
            running.push(trial);
            if running.len() == 8 {
                let trial = running.remove(points.len() % 8);
                study.tell(trial.number, Outcome::Complete(bowl(&trial.point))).unwrap();
            }
        }
        assert_eq!(study.ask(), Ask::Wait);
        for trial in running {
            study.tell(trial.number, Outcome::Complete(bowl(&trial.point))).unwrap();
        }
        assert_eq!(study.ask(), Ask::Exhausted);
    }
}

#[test]
fn the_order_of_tells_changes_no_suggestion() {
    let parameters = || vec![Parameter::double("x", 0.0, 5.0), Parameter::int("n", 1, 100).log()];
    let (mut first, mut second) = (study(parameters(), cma(), 3), study(parameters(), cma(), 3));
    for _ in 0..12 {
        let batch: Vec<Trial> = (0..8).map(|_| next(&mut first)).collect();
        let same: Vec<Trial> = (0..8).map(|_| next(&mut second)).collect();
        assert_eq!(batch, same);
        let outcome = |trial: &Trial| match trial.number % 7 {
            3 => Outcome::Failed,
            5 => Outcome::Pruned { step: trial.number % 4, value: bowl(&trial.point) },
            _ => Outcome::Complete(bowl(&trial.point)),
        };
        for (early, late) in batch.iter().zip(batch.iter().rev()) {
            first.tell(early.number, outcome(early)).unwrap();
            second.tell(late.number, outcome(late)).unwrap();
        }
    }
}

#[test]
fn a_doubly_clamped_corner_is_no_reason_to_draw_at_random() {
    let mut study = study(vec![Parameter::double("x", 3.0, 9.0), Parameter::double("y", 3.0, 9.0)], cma(), 1);
    for _ in 0..150 {
        let trial = next(&mut study);
        study.tell(trial.number, Outcome::Complete(bowl(&trial.point))).unwrap();
    }
    let late: Vec<f64> = study.trials().skip(75).take(40).map(|trial| bowl(&trial.point)).collect();
    assert!(late.iter().filter(|value| **value > 4.0).count() < 4, "{late:?}");
}

#[test]
fn what_a_method_cannot_search_is_refused_when_the_study_is_made() {
    let space = Space::new(vec![Parameter::categorical("kind", ["a", "b"])]).unwrap();
    let error = Study::new(space, Settings::minimize().algorithm(cma())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "CMA-ES takes numbers only, and parameter \"kind\" is categorical: take TPE or GP, or fix it"
    );
}

#[test]
fn names_of_the_methods_are_those_of_the_papers() {
    let read = |json: serde_json::Value| serde_json::from_value::<Algorithm>(json).unwrap();
    assert_eq!(read(serde_json::json!("Sobol")), Algorithm::Sobol);
    let options = CmaEsOptions { population: Some(20) };
    assert_eq!(read(serde_json::json!({"CMA-ES": {"population": 20}})), Algorithm::CmaEs(options));
}
