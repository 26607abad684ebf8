//! The trials of a sweep: data that are read and made ready once, and then any number of parameters. Pure but for timing.

use std::collections::BTreeMap;

use bytes::Bytes;
use podium_contract::{CV_PREFIX, Candidate, Evaluation, JobDocument, Pinned, Search};
use podium_learners::Stride;
use serde_json::{Map, Value};
use tracing::warn;

use super::{Pin, learner, validate};
use crate::failure::Failure;
use crate::fit::{Folds, Kept, PreparedFold, Scoring, Seen, Surroundings, run_trial};
use crate::specification;

/// Everything that all trials of a worker share.
#[derive(Debug)]
pub struct Trials {
    document: JobDocument,
    candidate: Candidate,
    pin: Pin,
    scoring: Scoring,
    /// The objective among the metrics of a trial.
    objective: String,
    kept: Vec<PreparedFold>,
}

impl Trials {
    /// Reads the data: the pinned ones, or whatever passes the document's checks. Folds are kept ready where they take no
    /// more than `memory` bytes.
    ///
    /// # Errors
    /// What checks, roles of columns, split, metric or preparation refuse; a learner that can't do the task; folds that are
    /// too large for the steps by which trials are to be stopped.
    pub fn read(
        bytes: Bytes,
        mut document: JobDocument,
        search: &Search,
        memory: u64,
    ) -> Result<Self, Failure> {
        rank_by(&mut document.evaluation, &search.metric);
        let pin = match &search.pinned {
            Some(pinned) => Pin::read(bytes, &document, pinned)?,
            None => validate::survey(bytes, &document)?,
        };
        let algorithm = learner::algorithm(&search.candidate, specification::task(pin.schema.task))?;
        let scoring = Scoring::resolve(&document.evaluation, &pin.schema)?;
        let candidate = search.candidate.clone();
        let objective = objective(&search.metric);
        let mut trials = Self { document, candidate, pin, scoring, objective, kept: Vec::new() };
        match (trials.folds().keep(memory).map_err(learner::failed_fit)?, algorithm.stride()) {
            (Kept::All(kept), _) => trials.kept = kept,
            // Its steps are folds anyway.
            (Kept::TooLarge { .. }, None) => {}
            (Kept::TooLarge { bytes }, Some(stride)) => {
                let needs = Needs { folds: trials.pin.split.folds.len(), bytes, memory, stride };
                needs.refuse_or_warn(search.early_stopping)?;
            }
        }
        Ok(trials)
    }

    /// The data, as other workers must find them.
    pub fn pinned(&self) -> Pinned {
        Pinned {
            data_digest: self.pin.loaded.digest.as_str().to_owned(),
            task: specification::task(self.pin.schema.task),
        }
    }

    /// Name of the objective among the metrics of a trial.
    pub fn objective(&self) -> &str {
        &self.objective
    }

    /// Runs a trial; answers its metrics.
    ///
    /// # Errors
    /// Parameters out of range, what the learner refuses, a stop.
    pub fn run(
        &self,
        parameters: &Map<String, Value>,
        surroundings: &Surroundings<'_>,
        seen: Seen<'_>,
    ) -> Result<BTreeMap<String, f64>, Failure> {
        let candidate = with(&self.candidate, parameters);
        let task = specification::task(self.pin.schema.task);
        let parameters = learner::parameters(&candidate, task)?;
        let recipe = learner::recipe(&self.document, &self.pin.schema, &parameters, self.scoring);
        let measured = run_trial(&self.folds(), &recipe, surroundings, &self.objective, seen)
            .map_err(learner::failed_fit)?;
        let mut metrics = measured.metrics;
        metrics.insert("training_time".to_owned(), measured.time.as_secs_f64());
        metrics.insert("gpu_used".to_owned(), f64::from(u8::from(measured.gpu_used)));
        Ok(metrics)
    }

    fn folds(&self) -> Folds<'_> {
        let preparation = specification::preparation(&self.document.preparation);
        let Pin { loaded, schema, split } = &self.pin;
        Folds::new(&loaded.table, schema, &split.folds, preparation).with_kept(&self.kept)
    }
}

/// Folds that can't advance together.
struct Needs {
    folds: usize,
    /// What they would take.
    bytes: u64,
    /// What they may take.
    memory: u64,
    stride: Stride,
}

impl Needs {
    /// Steps of trials that are stopped by them must mean what they mean in every other sweep.
    fn refuse_or_warn(&self, early_stopping: bool) -> Result<(), Failure> {
        let Self { folds, bytes, memory, stride } = self;
        let found = format!(
            "a step of a trial, {stride}, needs its {folds} folds in memory together: about {} MiB, and they may take {} MiB \
             (a quarter of the memory limit)",
            bytes.div_ceil(1 << 20),
            memory >> 20
        );
        if early_stopping {
            let ways =
                "raise resources.memory, lower trial.split.folds, or leave earlyStopping.algorithm out";
            return Err(Failure::specification("FoldsBeyondMemory", format!("{found}; {ways}")));
        }
        warn!("{found}; trials are fitted fold after fold, and a step is a fold");
        Ok(())
    }
}

/// Where the document does not say what ranks, the objective does: it also is what a threshold is tuned for.
fn rank_by(evaluation: &mut Evaluation, metric: &str) {
    if evaluation.metric.is_none() {
        evaluation.metric = Some(metric.strip_prefix(CV_PREFIX).unwrap_or(metric).to_owned());
    }
}

fn objective(metric: &str) -> String {
    if metric.starts_with(CV_PREFIX) { metric.to_owned() } else { format!("{CV_PREFIX}{metric}") }
}

/// The candidate with the parameters of a trial, which count more than those that all trials share.
fn with(candidate: &Candidate, parameters: &Map<String, Value>) -> Candidate {
    let mut candidate = candidate.clone();
    candidate.parameters.extend(parameters.iter().map(|(name, value)| (name.clone(), value.clone())));
    candidate
}
