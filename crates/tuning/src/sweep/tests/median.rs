//! A sweep whose trials are judged by the median of the complete ones.

use podium_search::stop::Median;

use super::*;

/// As a manifest has it that says no more than `Median`: from step 4 on, by 3 complete trials.
const START_STEP: i64 = 4;
const MIN_TRIALS: usize = 3;

/// Three trials that run to their end: the means of their losses up to step 4 are 0.25, 0.5 and 0.75.
const COMPLETE: [[f64; 4]; 3] = [[0.375, 0.25, 0.25, 0.125], [0.75, 0.5, 0.5, 0.25], [1.0, 0.75, 0.75, 0.5]];
/// Its best loss up to step 4, 0.625, is behind 0.5; its last one is not its best.
const BEHIND: [f64; 4] = [0.875, 0.75, 0.625, 0.6875];
/// Its best loss is ahead of 0.5.
const AHEAD: [f64; 4] = [0.875, 0.75, 0.4375, 0.6875];

fn judged(goal: Goal) -> Sweep {
    let mut plan = plan(Limits::trials(50, 8));
    plan.settings.goal = goal;
    plan.stopping.rule = Some(Rule::Median(Median::new(START_STEP, MIN_TRIALS).unwrap()));
    Sweep::new(plan).unwrap()
}

/// A loss, or what an accuracy would be beside it.
fn own(goal: Goal, loss: f64) -> f64 {
    match goal {
        Goal::Minimize => loss,
        Goal::Maximize => 1.0 - loss,
    }
}

/// What a trial is told at each of the steps from `first` on.
fn told(sweep: &mut Sweep, number: i64, first: i64, losses: &[f64]) -> Vec<Reported> {
    let goal = sweep.goal();
    (first..).zip(losses).map(|(step, loss)| sweep.report(number, step, own(goal, *loss)).unwrap()).collect()
}

fn complete(sweep: &mut Sweep, number: i64) {
    let last = own(sweep.goal(), COMPLETE[usize::try_from(number).unwrap()][3]);
    sweep.tell(number, End::Complete(last)).unwrap();
}

/// Five trials run; the first three have reported all their steps, and none of them has ended.
fn running(goal: Goal) -> Sweep {
    let mut sweep = judged(goal);
    for _ in 0..5 {
        start(&mut sweep);
    }
    for (number, losses) in (0..).zip(&COMPLETE) {
        assert_eq!(told(&mut sweep, number, 1, losses), [Reported::Continue; 4]);
    }
    sweep
}

fn stop(goal: Goal) -> Reported {
    let (value, bound) = (own(goal, 0.625), own(goal, 0.5));
    Reported::Stop(Cut::Behind { step: 4, value, bound, among: 3 })
}

#[test]
fn a_trial_behind_the_median_of_three_complete_ones_is_stopped_at_step_4_and_one_ahead_goes_on() {
    for goal in [Goal::Minimize, Goal::Maximize] {
        let mut sweep = running(goal);
        (0..3).for_each(|number| complete(&mut sweep, number));
        let go = Reported::Continue;
        assert_eq!(told(&mut sweep, 3, 1, &BEHIND), [go, go, go, stop(goal)], "{goal:?}");
        assert_eq!(told(&mut sweep, 4, 1, &AHEAD), [go; 4], "{goal:?}");
        sweep.tell(3, End::Stopped).unwrap();
        let outcome = Outcome::Pruned { step: 4, value: own(goal, BEHIND[3]) };
        assert_eq!(sweep.study().trial(3).unwrap().state, State::Finished(outcome));
        assert_eq!(sweep.counts(), Counts { pending: 1, complete: 3, stopped: 1, failed: 0 });
    }
}

#[test]
fn trials_that_run_or_failed_are_not_among_the_three() {
    let go = Reported::Continue;
    let mut sweep = running(Goal::Minimize);
    (0..2).for_each(|number| complete(&mut sweep, number));
    assert_eq!(told(&mut sweep, 3, 1, &BEHIND), [go; 4], "trial 2 runs");
    sweep.tell(2, broken()).unwrap();
    assert_eq!(sweep.report(3, 5, 0.875), Ok(go), "trial 2 failed");
    let mut sweep = running(Goal::Minimize);
    (0..3).for_each(|number| complete(&mut sweep, number));
    assert_eq!(told(&mut sweep, 3, 1, &BEHIND), [go, go, go, stop(Goal::Minimize)], "all three are complete");
}

#[test]
fn a_rebuilt_sweep_judges_by_the_trials_that_were_complete_before() {
    for goal in [Goal::Minimize, Goal::Maximize] {
        let mut sweep = running(goal);
        (0..3).for_each(|number| complete(&mut sweep, number));
        told(&mut sweep, 3, 1, &BEHIND[..3]);
        told(&mut sweep, 4, 1, &AHEAD[..3]);
        let all = (0..).zip([COMPLETE[0], COMPLETE[1], COMPLETE[2], BEHIND, AHEAD]);
        let reports: Vec<(i64, i64, f64)> = all
            .flat_map(|(number, losses)| (1..).zip(losses).map(move |(step, loss)| (number, step, loss)))
            .filter(|(number, step, _)| *number < 3 || *step < 4)
            .map(|(number, step, loss)| (number, step, own(goal, loss)))
            .collect();
        let mut rebuilt = judged(goal);
        let restored = rebuilt.restore(records(&sweep, &reports)).unwrap();
        assert_eq!(restored, Restored { kept: 5, pending: 2, ignored: Vec::new() });
        assert_eq!([start(&mut rebuilt).number, start(&mut rebuilt).number], [3, 4]);
        assert_eq!(told(&mut rebuilt, 3, 4, &BEHIND[3..]), [stop(goal)], "{goal:?}");
        assert_eq!(told(&mut rebuilt, 4, 4, &AHEAD[3..]), [Reported::Continue], "{goal:?}");
    }
}
