//! From the names of earlier sweeps to their trials, by what MLflow answers.

use std::collections::BTreeSet;

use podium_contract::{OBJECTIVE_TAG, RUN_TAG};
use podium_search::{Finished, Outcome};

use super::{Earlier, Gathered, Lesson, MOST, SweepRunFacts, Wanted};
use crate::domain::violation::Violation;
use crate::plan::trials::read::complete;
use crate::plan::trials::{Stored, TrialRun};
use crate::plan::{Known, Need, Query, Reading, Step};

/// A sweep, and the run that teaches: none where a sweep that names itself has no other run yet.
struct Teacher<'a> {
    sweep: &'a str,
    run: Option<&'a SweepRunFacts>,
}

/// What the sweeps teach that are named, or what has to be known first.
pub fn gather(wanted: &Wanted, known: &Known) -> Step<Gathered> {
    match teachers(wanted, known) {
        Ok(teachers) => trials(wanted, teachers, known),
        Err(step) => step,
    }
}

/// The newest run of each, the oldest of them first.
fn teachers<'a>(wanted: &'a Wanted, known: &'a Known) -> Result<Vec<Teacher<'a>>, Step<Gathered>> {
    let ask = |sweep: &String| known.sweep_runs(&wanted.installation, &wanted.namespace, sweep);
    let answers = all(wanted.sweeps.iter().map(ask))?;
    let mut teachers = Vec::new();
    for (place, (sweep, answer)) in wanted.sweeps.iter().zip(answers).enumerate() {
        let runs = match answer {
            Reading::Found(runs) => runs.as_slice(),
            Reading::Missing => &[],
            Reading::Unreachable(trouble) => return Err(Step::Done(Gathered::Unreachable(trouble.clone()))),
        };
        let teacher = teacher(wanted, sweep, runs).map_err(|why| refused(place, sweep, &why))?;
        teachers.push(teacher);
    }
    teachers.sort_by_key(|teacher| teacher.run.map(|run| run.started_ms));
    Ok(teachers)
}

fn refused(place: usize, sweep: &str, why: &str) -> Step<Gathered> {
    let field = format!("spec.warmStart.sweeps[{place}]");
    Step::Done(Gathered::Refused(Violation::new(field, format!("{sweep:?} {why}"))))
}

/// The newest run of a sweep, or why it can't teach; `runs` are by their begin, the newest first.
fn teacher<'a>(wanted: &Wanted, sweep: &'a str, runs: &'a [SweepRunFacts]) -> Result<Teacher<'a>, String> {
    let is_other = |run: &&SweepRunFacts| run.tags.get(RUN_TAG) != Some(&wanted.run);
    let Some(run) = runs.iter().find(is_other) else {
        if sweep == wanted.name {
            return Ok(Teacher { sweep, run: None });
        }
        return Err(format!(
            "has no run in MLflow: allowed are HyperparameterSweeps of namespace {:?} that have run, deleted ones too",
            wanted.namespace
        ));
    };
    match run.tags.get(OBJECTIVE_TAG) {
        Some(objective) if *objective == wanted.objective => Ok(Teacher { sweep, run: Some(run) }),
        Some(objective) => Err(format!(
            "has the objective {objective:?} in its newest run: allowed are sweeps with this one's, {:?}, since other values \
             can't be compared",
            wanted.objective
        )),
        None => Err(
            "says no objective in its newest run, which an older Podium made: allowed is one that ran since"
                .to_owned(),
        ),
    }
}

fn trials(wanted: &Wanted, teachers: Vec<Teacher<'_>>, known: &Known) -> Step<Gathered> {
    let runs = teachers.iter().filter_map(|teacher| teacher.run);
    let answers = match all(runs.map(|run| known.trials(&run.experiment_id, &run.run_id))) {
        Ok(answers) => answers,
        Err(step) => return step,
    };
    let mut answers = answers.into_iter();
    let mut found = Vec::new();
    for teacher in teachers {
        let runs = match teacher.run.and_then(|_| answers.next()) {
            Some(Reading::Found(Stored { runs, .. })) => runs.as_slice(),
            Some(Reading::Unreachable(trouble)) => return Step::Done(Gathered::Unreachable(trouble.clone())),
            Some(Reading::Missing) | None => &[],
        };
        found.push((teacher, runs));
    }
    Step::Done(Gathered::Taught(earlier(wanted, found)))
}

/// What they teach. A point that several of them tried counts by the newest run: two values of one point would be noise.
fn earlier(wanted: &Wanted, found: Vec<(Teacher<'_>, &[TrialRun])>) -> Earlier {
    let mut tried = BTreeSet::new();
    let (mut lessons, mut trials) = (Vec::new(), Vec::new());
    for (Teacher { sweep, run }, runs) in found.into_iter().rev() {
        let (taught, outside) = fitting(wanted, runs, &mut tried);
        let run_id = run.map(|run| run.run_id.clone());
        lessons.push(Lesson { sweep: sweep.to_owned(), run_id, trials: taught.len(), outside });
        trials.push(taught);
    }
    lessons.reverse();
    Earlier { lessons, trials: trials.into_iter().rev().flatten().collect() }
}

/// The complete trials that fit the space, the best of them where they are too many, by number; and how many don't fit.
fn fitting(wanted: &Wanted, runs: &[TrialRun], tried: &mut BTreeSet<String>) -> (Vec<Finished>, usize) {
    let mut outside = 0;
    let mut fitting = Vec::new();
    for (number, parameters, value) in complete(runs) {
        match wanted.space.read(&parameters) {
            Ok(point) if tried.insert(serde_json::to_string(&point).unwrap_or_default()) => {
                fitting.push((number, parameters, value));
            }
            Ok(_) => {}
            Err(_) => outside += 1,
        }
    }
    fitting.sort_by(|(_, _, one), (_, _, other)| {
        wanted.goal.minimised(*one).total_cmp(&wanted.goal.minimised(*other))
    });
    fitting.truncate(MOST);
    fitting.sort_by_key(|(number, ..)| *number);
    let finished = |(_, point, value)| Finished { point, outcome: Outcome::Complete(value) };
    (fitting.into_iter().map(finished).collect(), outside)
}

/// All answers, or the questions that are still open.
fn all<'a, T>(
    answers: impl Iterator<Item = Result<&'a Reading<T>, Need>>,
) -> Result<Vec<&'a Reading<T>>, Step<Gathered>> {
    let (mut found, mut open): (Vec<_>, Vec<Query>) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(reading) => found.push(reading),
            Err(Need(query)) => open.push(query),
        }
    }
    if open.is_empty() { Ok(found) } else { Err(Step::Need(open)) }
}
