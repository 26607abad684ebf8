//! The metrics of objects by name, in the order in which they are shown.

use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    ResourceInfo,
    ResourceCondition,
    ResourceReason,
    ResourcePhase,
    PipelineRuns,
    PipelineFailedAttempts,
    PipelineCandidates,
    PipelineLastSuccess,
    PipelineLastProgress,
    SweepRuns,
    SweepEndedTrials,
    SweepTrials,
    SweepMaxTrials,
    SweepBestValue,
    SweepRunningSince,
    GateValue,
    GateMin,
    GateMax,
    GateResult,
    ModelAliasVersion,
    ModelLastDecision,
    PromotionDecisions,
    Rollbacks,
}

/// How a metric is told of.
pub struct Description {
    /// Without prefix, unit and suffix.
    pub name: &'static str,
    pub help: &'static str,
    pub unit: Option<Unit>,
    pub kind: MetricType,
}

impl Metric {
    pub const fn describe(self) -> Description {
        match self {
            Self::ResourceInfo => info("resource", "What an object is about."),
            Self::ResourceCondition => gauge("resource_condition", "1 for the status that a condition has."),
            Self::ResourceReason => gauge("resource_reason", "1 for the reason that a condition has."),
            Self::ResourcePhase => gauge("resource_phase", "1 for the phase that an object is in."),
            Self::PipelineRuns => counter("pipeline_runs", "Ended runs of a pipeline by outcome."),
            Self::PipelineFailedAttempts => counter(
                "pipeline_failed_attempts",
                "Failed attempts of a pipeline's Jobs that count against its backoffLimit.",
            ),
            Self::PipelineCandidates => {
                gauge("pipeline_candidates", "Candidates of a pipeline's run by phase.")
            }
            Self::PipelineLastSuccess => {
                time("pipeline_last_success_timestamp", "When the last run that succeeded ended.")
            }
            Self::PipelineLastProgress => time(
                "pipeline_last_progress_timestamp",
                "When a stage, a candidate or a trial of the open run started or ended last.",
            ),
            Self::SweepRuns => counter("sweep_runs", "Ended runs of a sweep by outcome."),
            Self::SweepEndedTrials => {
                counter("sweep_ended_trials", "Ended trials of a sweep by what became of them.")
            }
            Self::SweepTrials => gauge("sweep_trials", "Trials of a sweep's run by state."),
            Self::SweepMaxTrials => gauge("sweep_max_trials", "Trials that a run of a sweep may have."),
            Self::SweepBestValue => {
                gauge("sweep_best_value", "Best value of the objective in a sweep's run.")
            }
            Self::SweepRunningSince => time(
                "sweep_running_since_timestamp",
                "Since when the open run of a sweep goes on without a suspension.",
            ),
            Self::GateValue => gauge("gate_value", "What a gate judged."),
            Self::GateMin => gauge("gate_min", "Smallest value that passes a gate."),
            Self::GateMax => gauge("gate_max", "Largest value that passes a gate."),
            Self::GateResult => gauge("gate_result", "1 for the result of a gate."),
            Self::ModelAliasVersion => gauge("model_alias_version", "Version that holds an alias."),
            Self::ModelLastDecision => {
                time("model_last_decision_timestamp", "When it was last decided so about a model.")
            }
            Self::PromotionDecisions => {
                counter("promotion_decisions", "Decisions about versions of a model by reason.")
            }
            Self::Rollbacks => counter("rollbacks", "Versions of a model that were taken back."),
        }
    }
}

const fn gauge(name: &'static str, help: &'static str) -> Description {
    Description { name, help, unit: None, kind: MetricType::Gauge }
}

const fn counter(name: &'static str, help: &'static str) -> Description {
    Description { name, help, unit: None, kind: MetricType::Counter }
}

const fn info(name: &'static str, help: &'static str) -> Description {
    Description { name, help, unit: None, kind: MetricType::Info }
}

const fn time(name: &'static str, help: &'static str) -> Description {
    Description { name, help, unit: Some(Unit::Seconds), kind: MetricType::Gauge }
}
