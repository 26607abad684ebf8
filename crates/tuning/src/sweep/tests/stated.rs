//! Points that a sweep is to try before all suggestions.

use super::*;

const TRIALS: u64 = 6;

fn point(x: f64, n: i64) -> Map<String, Value> {
    Map::from_iter([("x".to_owned(), Value::from(x)), ("n".to_owned(), Value::from(n))])
}

fn points() -> [Map<String, Value>; 3] {
    [point(0.75, 7), point(0.25, 100), point(0.5, 1)]
}

/// Two trials at a time; the second point is stated twice.
fn stated() -> Sweep {
    let [first, second, third] = points();
    let mut plan = plan(Limits::trials(TRIALS, 2));
    plan.first = vec![first, second.clone(), second, third];
    Sweep::new(plan).unwrap()
}

/// So many things happen: a trial starts, or where none can, the one with the lowest number ends. The first one fails.
fn happen(sweep: &mut Sweep, things: usize) {
    for _ in 0..things {
        match next(sweep) {
            Action::Start(_) => {}
            Action::Wait => {
                let number = sweep.running().next().unwrap();
                let end = if number == 0 { broken() } else { End::Complete(number as f64) };
                sweep.tell(number, end).unwrap();
            }
            Action::End(_) => return,
        }
    }
}

fn tried(sweep: &Sweep) -> Vec<Map<String, Value>> {
    sweep.trials().map(|trial| trial.point.to_json()).collect()
}

#[test]
fn stated_points_come_first_in_their_order_and_each_once() {
    let mut sweep = stated();
    happen(&mut sweep, usize::MAX);
    let all = tried(&sweep);
    assert_eq!((&all[..3], all.len() as u64), (&points()[..], TRIALS));
    assert!(points().iter().all(|point| !all[3..].contains(point)), "{all:?}");
}

#[test]
fn a_sweep_rebuilt_at_any_moment_tries_the_stated_points_that_are_left_and_none_again() {
    let mut whole = stated();
    happen(&mut whole, usize::MAX);
    // Each trial starts and ends.
    for things in 0..=2 * TRIALS as usize {
        let mut broken_off = stated();
        happen(&mut broken_off, things);
        let mut rebuilt = stated();
        rebuilt.restore(records(&broken_off, &[])).unwrap();
        happen(&mut rebuilt, usize::MAX);
        assert_eq!(tried(&rebuilt), tried(&whole), "rebuilt after {things} things");
        assert_eq!(rebuilt.counts(), whole.counts(), "rebuilt after {things} things");
    }
}

#[test]
fn a_stated_point_of_another_space_is_refused_with_its_place() {
    let mut plan = plan(Limits::trials(TRIALS, 2));
    plan.first = vec![point(0.5, 1), point(0.5, 101)];
    assert_eq!(
        Sweep::new(plan).unwrap_err().to_string(),
        "queued point 1: parameter \"n\": 101 is not a whole number from 1 to 100"
    );
}
