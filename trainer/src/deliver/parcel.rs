//! All that a stage has to say, as data: what the delivery writes and nothing else. Pure.

use std::collections::BTreeMap;

use bytes::Bytes;
use podium_artifacts::Files;
use podium_contract::{Outcome, StageResult};
use serde::{Deserialize, Serialize};

/// What a finished stage leaves in MLflow.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parcel {
    /// Artifacts by path below the run's root.
    pub artifacts: BTreeMap<String, Bytes>,
    /// The model folder's files, when the stage made a model.
    pub model: Option<Files>,
    /// Whether a later attempt may deliver this one's model instead of training again. Not so an evaluation: its
    /// evidence names the attempt, and it is the same each time.
    pub is_training: bool,
    /// The small part.
    pub record: Record,
}

/// Parameters, metrics and tags; small enough to be kept beside a model until the whole parcel has arrived.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Parameters; equal for all attempts, since MLflow never changes one.
    pub params: BTreeMap<String, String>,
    /// Metrics that gates and tables read, each logged once with `step = attempt`.
    pub metrics: BTreeMap<String, f64>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Data that were read.
    pub dataset: Option<DatasetNote>,
}

/// The data as MLflow lists them among a run's inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetNote {
    /// Last part of the URI.
    pub name: String,
    /// First 36 characters of the data digest, which is all that MLflow keeps.
    pub digest: String,
    /// `s3`, `http`, `configmap`, `pvc`.
    pub source_type: String,
    /// The URI.
    pub source: String,
    /// Column schema in MLflow's form.
    pub schema: String,
    /// Row and column counts as JSON.
    pub profile: String,
    /// `training` or `evaluation`.
    pub context: String,
}

/// Longest value of a run's tag; MLflow cuts longer ones without a word.
pub const RESULT_LIMIT: usize = 8000;

/// The result as text of at most [`RESULT_LIMIT`] characters: warnings are shortened first, then a failure's message,
/// since all else is bounded by the contract.
///
/// # Errors
/// When it is too long even so, or a number in it is not finite.
pub fn result_text(mut result: StageResult) -> Result<String, String> {
    let mut keep = usize::MAX;
    loop {
        let text = serde_json::to_string(&result).map_err(|error| error.to_string())?;
        if text.chars().count() <= RESULT_LIMIT {
            return Ok(text);
        }
        if !shorten(&mut result.outcome, &mut keep) {
            return Err(format!(
                "the result has {} characters, at most {RESULT_LIMIT} fit",
                text.chars().count()
            ));
        }
    }
}

const OMITTED: &str = "… and more, see the log";

/// Makes the outcome shorter; false when nothing is left to shorten.
fn shorten(outcome: &mut Outcome, keep: &mut usize) -> bool {
    let warnings = match outcome {
        Outcome::Validated(validated) => &mut validated.warnings,
        Outcome::Trained(trained) => &mut trained.warnings,
        Outcome::Failed(failed) => {
            let length = failed.message.chars().count();
            failed.message = failed.message.chars().take(length / 2).chain("…".chars()).collect();
            return length > 2;
        }
        Outcome::Evaluated(_) => return false,
    };
    if *keep == usize::MAX {
        *keep = warnings.len().min(50) + 1;
    }
    if *keep == 0 {
        return false;
    }
    *keep -= 1;
    warnings.truncate(*keep);
    if *keep > 0 {
        for warning in warnings.iter_mut().filter(|warning| warning.chars().count() > 400) {
            *warning = warning.chars().take(400).chain("…".chars()).collect();
        }
        warnings.push(OMITTED.to_owned());
    }
    true
}

#[cfg(test)]
mod tests {
    use podium_contract::{CONTRACT_VERSION, Failed, Task, Validated};

    use super::*;

    fn validated(warnings: Vec<String>) -> StageResult {
        let outcome = Outcome::Validated(Validated {
            data_digest: "d".repeat(64),
            task: Task::Regression,
            rows: 10,
            duplicates: 0,
            features: 3,
            classes: 0,
            positive_label: None,
            warnings,
        });
        StageResult { version: CONTRACT_VERSION, attempt: 1, outcome }
    }

    #[test]
    fn a_short_result_is_not_touched() {
        let result = validated(vec!["column \"x\" was dropped".to_owned()]);
        let text = result_text(result.clone()).unwrap();
        assert_eq!(serde_json::from_str::<StageResult>(&text).unwrap(), result);
    }

    #[test]
    fn too_many_warnings_are_cut_and_the_last_one_says_so() {
        let text = result_text(validated(vec!["é".repeat(1000); 500])).unwrap();
        assert!(text.chars().count() <= RESULT_LIMIT);
        let read: StageResult = serde_json::from_str(&text).unwrap();
        let Outcome::Validated(found) = read.outcome else { panic!("{text}") };
        assert_eq!(found.warnings.last().map(String::as_str), Some(OMITTED));
        assert!(found.warnings.len() > 10);
    }

    #[test]
    fn a_long_failure_keeps_its_beginning() {
        let message = format!("column \"age\" {}", "x".repeat(20_000));
        let outcome = Outcome::Failed(Failed { reason: "CheckFailed".to_owned(), message });
        let text = result_text(StageResult { version: 1, attempt: 1, outcome }).unwrap();
        assert!(text.chars().count() <= RESULT_LIMIT);
        assert!(text.contains("column \\\"age\\\" xxx"));
    }
}
