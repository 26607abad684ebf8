//! What a sweep found, as files for people and programs.
//!
//! | file | what |
//! |---|---|
//! | [`ALL_RESULTS_JSON`], [`ALL_RESULTS_CSV`] | every trial with its parameters, its value and its end |
//! | [`BEST_JSON`] | the best trial alone |
//! | [`SUMMARY_JSON`] | how the search went: method, counts, why it ended, the ten best, the best value so far |
//!
//! Beside them stand pictures, see [`charts`].
//!
//! JSON has no NaN: a value that is none is null, in CSV an empty cell.

pub mod charts;
mod csv;
mod result;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use podium_search::importance::{Importance, ImportanceError};
use podium_search::{Algorithm, Goal, Parameter, State};
use serde::Serialize;
use serde_json::Value;

pub use charts::Picture;
pub use result::{Details, Standing, TrialResult};
pub use summary::{Best, Mattering, Summary};

use crate::sweep::{Counts, Ending, Sweep};

/// File name of all trials as a JSON list.
pub const ALL_RESULTS_JSON: &str = "all_tuning_results.json";
/// File name of all trials as a table.
pub const ALL_RESULTS_CSV: &str = "all_tuning_results.csv";
/// File name of the best trial.
pub const BEST_JSON: &str = "tuned_model_info.json";
/// File name of the summary.
pub const SUMMARY_JSON: &str = "tuning_summary_report.json";

/// Trials that the summary ranks.
const TOP: usize = 10;

/// A sweep as it is reported.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Name of the sweep.
    pub name: String,
    /// The objective's metric.
    pub metric: String,
    /// Which values are better.
    pub goal: Goal,
    /// All trials of the sweep's own, by number.
    pub trials: Vec<TrialResult>,
    /// All parameters, as the space lists them.
    pub parameters: Vec<Parameter>,
    /// How much each parameter matters (fANOVA), or why nothing can be said about it.
    pub importance: Result<Importance, ImportanceError>,
    counts: Counts,
    algorithm: String,
    algorithm_reason: String,
    seed: u64,
    ending: Option<Ending>,
    elapsed_seconds: f64,
}

/// A file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, without a folder.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// A report could not be written as text.
#[derive(Debug, thiserror::Error)]
#[error("{file} can't be written: {reason}")]
pub struct WriteError {
    /// The file.
    pub file: &'static str,
    /// Why.
    pub reason: String,
}

impl Report {
    /// The report of a sweep: `details` of trials by number, `ending` when it is over, and the seconds that it has run.
    #[must_use]
    pub fn new(
        name: &str,
        sweep: &Sweep,
        details: &BTreeMap<i64, Details>,
        ending: Option<Ending>,
        elapsed_seconds: f64,
    ) -> Self {
        let study = sweep.study();
        let none = Details::default();
        let result = |trial| TrialResult::new(trial, sweep, details.get(&trial.number).unwrap_or(&none));
        Self {
            name: name.to_owned(),
            metric: sweep.metric().to_owned(),
            goal: study.settings().goal,
            trials: sweep.trials().map(result).collect(),
            parameters: study.space().parameters().to_vec(),
            importance: study.importance(),
            counts: sweep.counts(),
            algorithm: method(&study.choice().algorithm),
            algorithm_reason: study.choice().reason.clone(),
            seed: study.settings().seed,
            ending,
            elapsed_seconds,
        }
    }

    /// Complete trials, the best first; of equal ones the first.
    #[must_use]
    pub fn ranking(&self) -> Vec<&TrialResult> {
        let mut complete: Vec<(&TrialResult, f64)> = self
            .trials
            .iter()
            .filter(|trial| trial.state == Standing::Complete)
            .filter_map(|trial| Some((trial, self.goal.minimised(trial.value?))))
            .collect();
        complete.sort_by(|first, second| first.1.total_cmp(&second.1));
        complete.into_iter().map(|(trial, _)| trial).collect()
    }

    /// All files.
    ///
    /// # Errors
    /// When one can't be written as text.
    pub fn files(&self) -> Result<Vec<File>, WriteError> {
        let ranking = self.ranking();
        let mut files = vec![
            json(ALL_RESULTS_JSON, &self.trials)?,
            File { name: ALL_RESULTS_CSV, text: csv::table(self)? },
            json(SUMMARY_JSON, &self.summary())?,
        ];
        if let Some(best) = ranking.first() {
            files.push(json(BEST_JSON, &self.best(best))?);
        }
        Ok(files)
    }
}

/// Name of a method as a sweep spells it: as it is serialised, without its options.
#[must_use]
pub fn method(algorithm: &Algorithm) -> String {
    match serde_json::to_value(algorithm) {
        Ok(Value::Object(map)) => map.keys().next().cloned().unwrap_or_default(),
        Ok(Value::String(name)) => name,
        _ => format!("{algorithm:?}"),
    }
}

/// How the state of a trial is called.
fn standing(state: State) -> Standing {
    use podium_search::Outcome;
    match state {
        State::Pending => Standing::Interrupted,
        State::Finished(Outcome::Complete(_)) => Standing::Complete,
        State::Finished(Outcome::Pruned { .. }) => Standing::Stopped,
        State::Finished(Outcome::Failed) => Standing::Failed,
    }
}

fn json<T: Serialize>(name: &'static str, value: &T) -> Result<File, WriteError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| WriteError { file: name, reason: error.to_string() })?;
    Ok(File { name, text: text + "\n" })
}
