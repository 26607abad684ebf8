//! The tables that other tools read: all candidates with their metrics, the best model, and what the evaluation was about.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use podium_contract::{CandidateSummary, JobDocument};
use serde::Serialize;
use serde_json::Value;

/// What the tables are made of.
#[derive(Debug, Clone, Serialize)]
pub struct BestModel {
    /// Name within the pipeline.
    pub name: String,
    /// Learner.
    pub algorithm: String,
    /// Run that trained it.
    pub run_id: String,
    /// Parameters with all defaults.
    pub parameters: BTreeMap<String, Value>,
    /// Metric that ranks.
    pub metric: String,
    /// Whether more of it is better.
    pub higher_is_better: bool,
    /// Its mean over the folds.
    pub cv_score: Option<f64>,
    /// Its value on the holdout.
    pub score: Option<f64>,
    /// The baseline's mean over the folds.
    pub cv_baseline: Option<f64>,
    /// The baseline's value on the holdout.
    pub baseline: Option<f64>,
    /// The dummy's value on the holdout.
    pub dummy: Option<f64>,
    /// Improvement on the holdout over |baseline|, in percent.
    pub improvement_pct: Option<f64>,
    /// The same of the means over the folds.
    pub cv_improvement_pct: Option<f64>,
    /// SHA-256 over the model files.
    pub model_digest: String,
    /// Digest of what was evaluated.
    pub evaluation_digest: String,
}

/// Improvement in percent of `|from|`, positive for better; `None` when a value is missing or `from` is 0.
pub fn improvement_percent(higher_is_better: bool, from: Option<f64>, to: Option<f64>) -> Option<f64> {
    let (from, to) = (from?, to?);
    let change = if higher_is_better { to - from } else { from - to };
    (from != 0.0).then(|| change / from.abs() * 100.0).filter(|percent| percent.is_finite())
}

/// Metrics on the holdout, by model: `winner`, `baseline`, `dummy`, `champion`.
pub type HoldoutMetrics = BTreeMap<&'static str, BTreeMap<String, f64>>;

/// `all_models_metrics.json`.
pub fn all_models(candidates: &[CandidateSummary], holdout: &HoldoutMetrics) -> serde_json::Result<Bytes> {
    #[derive(Serialize)]
    struct All<'a> {
        candidates: &'a [CandidateSummary],
        holdout: &'a HoldoutMetrics,
    }
    json(&All { candidates, holdout })
}

/// `model_comparison_summary.csv`: a line a candidate, best first, a column a metric; failed candidates come last.
///
/// # Errors
/// When a line can't be written, which memory alone can cause.
pub fn comparison(
    candidates: &[CandidateSummary],
    metric: &str,
    higher_is_better: bool,
) -> csv::Result<Bytes> {
    let ranked = ranked(candidates, &format!("{}{metric}", podium_contract::CV_PREFIX), higher_is_better);
    let names: BTreeSet<&String> = candidates.iter().flat_map(|candidate| candidate.metrics.keys()).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["rank", "name", "algorithm", "phase", "run_id", "message"];
    writer.write_record(head.into_iter().chain(names.iter().map(|name| name.as_str())))?;
    for (index, candidate) in ranked.into_iter().enumerate() {
        let mut record = vec![
            (index + 1).to_string(),
            candidate.name.clone(),
            candidate.algorithm.clone(),
            candidate.phase.clone(),
            candidate.run_id.clone().unwrap_or_default(),
            candidate.message.clone().unwrap_or_default(),
        ];
        let value = |name: &&String| candidate.metrics.get(*name).map(f64::to_string).unwrap_or_default();
        record.extend(names.iter().map(value));
        writer.write_record(record)?;
    }
    writer.into_inner().map(Bytes::from).map_err(|error| csv::Error::from(error.into_error()))
}

fn ranked<'a>(candidates: &'a [CandidateSummary], key: &str, higher: bool) -> Vec<&'a CandidateSummary> {
    let mut ranked: Vec<_> = candidates.iter().collect();
    // The worst value stands for a missing one, so a candidate without a score is last.
    let worst = if higher { f64::NEG_INFINITY } else { f64::INFINITY };
    let score = |candidate: &CandidateSummary| candidate.metrics.get(key).copied().unwrap_or(worst);
    ranked.sort_by(|a, b| {
        let order = score(a).total_cmp(&score(b));
        if higher { order.reverse() } else { order }
    });
    ranked
}

/// `pipeline_context.json`: what ran, on which data, with which split and rules.
pub fn context(
    document: &JobDocument,
    data_digest: &str,
    holdout_rows: usize,
    training_rows: usize,
) -> serde_json::Result<Bytes> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Context<'a> {
        trainer: &'static str,
        owner: &'a podium_contract::Owner,
        attempt: u32,
        data: &'a podium_contract::Data,
        data_digest: &'a str,
        training_rows: usize,
        holdout_rows: usize,
        checks: &'a podium_contract::Checks,
        preparation: &'a podium_contract::Preparation,
        split: &'a podium_contract::Split,
        evaluation: &'a podium_contract::Evaluation,
    }
    json(&Context {
        trainer: env!("CARGO_PKG_VERSION"),
        owner: &document.owner,
        attempt: document.attempt,
        data: &document.data,
        data_digest,
        training_rows,
        holdout_rows,
        checks: &document.checks,
        preparation: &document.preparation,
        split: &document.split,
        evaluation: &document.evaluation,
    })
}

/// A value as an indented JSON file.
pub fn json<T: Serialize>(value: &T) -> serde_json::Result<Bytes> {
    serde_json::to_vec_pretty(value).map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, score: Option<f64>) -> CandidateSummary {
        CandidateSummary {
            name: name.to_owned(),
            algorithm: "RandomForest".to_owned(),
            run_id: score.map(|_| "r".to_owned()),
            phase: if score.is_some() { "Succeeded" } else { "Failed" }.to_owned(),
            message: score.is_none().then(|| "out of memory, limit 1Gi".to_owned()),
            metrics: score.map(|score| ("cv_rmse".to_owned(), score)).into_iter().collect(),
        }
    }

    #[test]
    fn the_comparison_lists_the_best_first_and_the_failed_last() {
        let candidates = [candidate("a", None), candidate("b", Some(2.5)), candidate("c", Some(1.5))];
        let table = comparison(&candidates, "rmse", false).unwrap();
        assert_eq!(
            String::from_utf8(table.to_vec()).unwrap(),
            "rank,name,algorithm,phase,run_id,message,cv_rmse\n\
             1,c,RandomForest,Succeeded,r,,1.5\n\
             2,b,RandomForest,Succeeded,r,,2.5\n\
             3,a,RandomForest,Failed,,\"out of memory, limit 1Gi\",\n"
        );
    }

    #[test]
    fn improvement_counts_up_in_both_directions_and_is_absent_over_zero() {
        assert_eq!(improvement_percent(true, Some(0.5), Some(0.75)), Some(50.0));
        assert_eq!(improvement_percent(false, Some(2.0), Some(1.0)), Some(50.0));
        assert_eq!(improvement_percent(true, Some(-0.5), Some(0.0)), Some(100.0));
        assert_eq!(improvement_percent(true, Some(0.0), Some(1.0)), None);
        assert_eq!(improvement_percent(true, None, Some(1.0)), None);
    }
}
