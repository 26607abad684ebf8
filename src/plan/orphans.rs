//! What stands in MLflow that nobody owns: open runs without an owner are closed as KILLED; what a dead leader made late,
//! runs and versions, is deleted. PURE.
//!
//! The open runs are asked for *before* the owners are read. An owner is there before its first run is, and a uid never
//! comes back: so a run whose owner is then missing has none any more, however young it is. A run of a living owner may be
//! about to be pinned; that it has become a stray is believed only when it is older than any reconcile.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::Timestamp;
use podium_contract::{KEY_TAG, NAMESPACE_TAG, OWNER_UID_TAG, ROLE_TAG, RUN_TAG};

use super::trials::TRIAL_ROLE;
use super::{CloseAs, Effect, Known, Need, Query, Reading, Step, Tags, Trouble};

/// Age of a run in ms from which it is no longer about to be pinned by its living owner.
const GROWN_MS: i64 = 120_000;

/// An open run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRun {
    /// Its id.
    pub run_id: String,
    /// Its experiment.
    pub experiment_id: String,
    /// Unix time in ms.
    pub started_ms: i64,
    /// Its tags.
    pub tags: Tags,
}

/// A version that carries a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyedVersion {
    /// The key.
    pub key: String,
    /// Its number.
    pub number: u64,
}

/// An owner that exists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LivingOwner {
    /// Runs that its status names.
    pub pinned: BTreeSet<String>,
    /// Key of its run that is not closed yet.
    pub open_run: Option<String>,
    /// Which trials of that run count is not known at present: a sweep's status does not name them, its desk does.
    pub trials_unknown: bool,
}

/// A namespace and who lives there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// The namespace.
    pub namespace: String,
    /// Installation of the operator.
    pub installation: String,
    /// Registered models that the namespace may own.
    pub models: Vec<String>,
    /// Every object of the namespace that owns runs, by uid, read after the open runs were.
    pub owners: BTreeMap<String, LivingOwner>,
}

/// What must be asked before the owners are read.
pub fn first(installation: &str) -> Vec<Query> {
    vec![Query::OpenRuns(installation.to_owned())]
}

/// What is to be closed and deleted. What can't be read is not judged.
pub fn plan(home: &Household, known: &Known, now: Timestamp) -> Step<Result<Vec<Effect>, Trouble>> {
    let mut asked = Vec::new();
    let mut effects = Vec::new();
    for part in [runs(home, known, now), versions(home, known)] {
        match part {
            Ok(more) => effects.extend(more),
            Err(Stop::Ask(queries)) => asked.extend(queries),
            Err(Stop::Trouble(trouble)) => return Step::Done(Err(trouble)),
        }
    }
    if asked.is_empty() { Step::Done(Ok(effects)) } else { Step::Need(asked) }
}

/// Why judging goes no further now.
enum Stop {
    Ask(Vec<Query>),
    Trouble(Trouble),
}

/// An answer; what MLflow does not have is nothing to be swept.
fn answered<T: Clone + Default>(reading: Result<&Reading<T>, Need>) -> Result<T, Stop> {
    match reading {
        Err(Need(query)) => Err(Stop::Ask(vec![query])),
        Ok(Reading::Unreachable(trouble)) => Err(Stop::Trouble(trouble.clone())),
        Ok(Reading::Missing) => Ok(T::default()),
        Ok(Reading::Found(value)) => Ok(value.clone()),
    }
}

/// What an open run deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Close,
    Delete,
}

fn runs(home: &Household, known: &Known, now: Timestamp) -> Result<Vec<Effect>, Stop> {
    let (mut effects, mut asked) = (Vec::new(), Vec::new());
    for run in answered(known.open_runs(&home.installation))? {
        let fate = match fate(&run, home, now.as_millisecond()) {
            Fate::Close => match is_copy(&run, known) {
                Ok(true) => Fate::Delete,
                Ok(false) => Fate::Close,
                Err(Stop::Ask(queries)) => {
                    asked.extend(queries);
                    Fate::Keep
                }
                Err(trouble) => return Err(trouble),
            },
            fate => fate,
        };
        let run_id = run.run_id;
        match fate {
            Fate::Keep => {}
            Fate::Close => effects.push(Effect::CloseRun { run_id, status: CloseAs::Killed, at: now }),
            Fate::Delete => effects.push(Effect::DeleteRun { run_id }),
        }
    }
    if asked.is_empty() { Ok(effects) } else { Err(Stop::Ask(asked)) }
}

/// The open run, by its tags alone and by who lives.
fn fate(run: &OpenRun, home: &Household, now_ms: i64) -> Fate {
    let Some(uid) = run.tags.get(OWNER_UID_TAG) else { return Fate::Keep };
    if run.tags.get(NAMESPACE_TAG) != Some(&home.namespace) {
        // Below our prefix since the configuration gave it to another namespace: its owners are not known here.
        return Fate::Keep;
    }
    let Some(owner) = home.owners.get(uid) else { return Fate::Close };
    if owner.pinned.contains(&run.run_id) || now_ms.saturating_sub(run.started_ms) < GROWN_MS {
        return Fate::Keep;
    }
    let of_open_run = owner.open_run.is_some() && run.tags.get(RUN_TAG) == owner.open_run.as_ref();
    let is_trial = run.tags.get(ROLE_TAG).is_some_and(|role| role == TRIAL_ROLE);
    if of_open_run && is_trial && owner.trials_unknown {
        return Fate::Keep;
    }
    if of_open_run { Fate::Delete } else { Fate::Close }
}

/// Whether another run carries the same key: then the one that counts is closed already, and this one came late.
fn is_copy(run: &OpenRun, known: &Known) -> Result<bool, Stop> {
    match run.tags.get(KEY_TAG) {
        None => Ok(false),
        Some(key) => answered(known.copies(&run.experiment_id, key)).map(|count| count > 1),
    }
}

/// A creation that arrived after its leader had died, and after the version was pinned, made a second version of one key.
/// The smallest number counts, as when versions are made.
fn versions(home: &Household, known: &Known) -> Result<Vec<Effect>, Stop> {
    let (mut effects, mut asked) = (Vec::new(), Vec::new());
    for model in &home.models {
        match answered(known.keyed_versions(model, &home.installation)) {
            Ok(versions) => effects.extend(strays(model, versions)),
            Err(Stop::Ask(queries)) => asked.extend(queries),
            Err(trouble) => return Err(trouble),
        }
    }
    if asked.is_empty() { Ok(effects) } else { Err(Stop::Ask(asked)) }
}

fn strays(model: &str, mut versions: Vec<KeyedVersion>) -> Vec<Effect> {
    versions.sort();
    let pairs = versions.windows(2).filter_map(|pair| match pair {
        [one, other] if one.key == other.key => Some(other.number),
        _ => None,
    });
    let delete = |number: u64| Effect::DeleteVersion { model: model.to_owned(), version: number.to_string() };
    pairs.map(delete).collect()
}

#[cfg(test)]
mod tests;
