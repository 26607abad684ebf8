//! Whether a run may begin: the sweeps that are to teach it have ended. Who applies both at once, by GitOps say, need not know
//! which is seen first.

use std::collections::BTreeSet;
use std::time::Duration;

use super::draft::{Draft, Wait};
use super::{Context, LOOK, SweepAction};
use crate::api::conditions::reasons;
use crate::plan::{AT_ONCE, Event};

/// How soon it is looked again whether a sweep came that nobody knows: each look asks MLflow too.
const LOOK_FOR_UNKNOWN: Duration = Duration::from_secs(30);

/// A sweep that is to teach this one, or that one of those waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeacherFacts {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub state: TeacherState,
    /// The sweeps that are to teach it.
    pub sweeps: Vec<String>,
}

/// Where a sweep that is to teach is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TeacherState {
    /// Neither an object nor a run in MLflow has its name.
    Unknown,
    /// It has no run of its present spec yet.
    NotStarted,
    /// Its run is open.
    Open,
    /// What it found stands in MLflow.
    Ended,
}

/// Whether the next run waits for those that are to teach it, which is said.
pub(super) fn are_awaited(context: Context<'_>, draft: &mut Draft) -> bool {
    if context.sweep.earlier.is_empty() {
        return false;
    }
    let Some(teachers) = &context.observed.teachers else {
        draft.actions.push(SweepAction::FindTeachers);
        draft.is_undecided = true;
        draft.again(AT_ONCE);
        return true;
    };
    let own = context.sweep.owner.name.as_str();
    let mut named = context.sweep.earlier.iter().enumerate().filter(|(_, name)| *name != own);
    let Some((wait, again)) = named.find_map(|(place, name)| wait(own, place, name, teachers)) else {
        return false;
    };
    draft.events.push(match wait.is_stalled {
        true => Event::warning(wait.reason, &wait.message),
        false => Event::normal(wait.reason, &wait.message),
    });
    draft.wait = Some(wait);
    draft.again(again);
    true
}

/// Why the run waits for a sweep, and how soon to look again; none where the sweep has ended.
fn wait(own: &str, place: usize, name: &str, teachers: &[TeacherFacts]) -> Option<(Wait, Duration)> {
    let found = teachers.iter().find(|teacher| teacher.name == name);
    let waits = |why: &str| Wait {
        reason: reasons::WAITING_FOR_SWEEP,
        message: format!("waits for HyperparameterSweep {name:?}, which {why}"),
        is_stalled: false,
    };
    let stalls = |why: String| Wait {
        reason: reasons::WARM_START_REFUSED,
        message: format!("spec.warmStart.sweeps[{place}]: {name:?} {why}"),
        is_stalled: true,
    };
    match found.map_or(TeacherState::Unknown, |teacher| teacher.state) {
        TeacherState::Ended => None,
        TeacherState::Open => Some((waits("still runs"), LOOK)),
        TeacherState::NotStarted => Some(match circle(own, name, teachers) {
            None => (waits("has not run yet"), LOOK),
            Some(circle) => (stalls(in_a_circle(&circle)), LOOK),
        }),
        TeacherState::Unknown => {
            let why = "is no HyperparameterSweep of this namespace, and MLflow has no run of one that was: create it, or take \
                       the name out";
            Some((stalls(why.to_owned()), LOOK_FOR_UNKNOWN))
        }
    }
}

fn in_a_circle(circle: &[&str]) -> String {
    let names: Vec<String> = circle.iter().map(|name| format!("{name:?}")).collect();
    format!(
        "waits for this sweep itself ({}): take one of these names out of warmStart",
        names.join(" waits for ")
    )
}

/// The sweeps from `first` to this one, each of which waits for the next; the shortest way.
fn circle<'a>(own: &'a str, first: &'a str, teachers: &'a [TeacherFacts]) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::from([first]);
    let mut ways = vec![vec![first]];
    while let Some(longer) = (!ways.is_empty()).then(|| std::mem::take(&mut ways)) {
        for way in longer {
            for next in awaited_by(way[way.len() - 1], teachers) {
                if next == own {
                    return Some(way.into_iter().chain([own]).collect());
                }
                if seen.insert(next) {
                    ways.push(way.iter().copied().chain([next]).collect());
                }
            }
        }
    }
    None
}

fn awaited_by<'a>(name: &str, teachers: &'a [TeacherFacts]) -> impl Iterator<Item = &'a str> {
    let waiting =
        teachers.iter().find(|teacher| teacher.name == name && teacher.state == TeacherState::NotStarted);
    waiting.into_iter().flat_map(|teacher| &teacher.sweeps).map(String::as_str)
}
