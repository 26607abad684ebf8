//! The life of one step's Jobs: when another attempt is made, when one counts, when enough is enough.
//!
//! Done is what MLflow says: no Job is made, and none is judged, without a look at the run first.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium_contract::{CONTRACT_VERSION, Failed, Outcome, StageResult, Verdict, judge};

use super::observed::{By, Failure, JobFacts, JobState};
use super::words::{describe, permanent_reason};
use crate::api::conditions::reasons;
use crate::api::pipeline_status::{Attempts, StepPhase};
use crate::plan::{AT_ONCE, Event, Known, Need, Reading, Trouble};

/// One step: a stage, or a candidate.
pub(super) struct StepInput<'a> {
    /// Attempts so far.
    pub attempts: &'a Attempts,
    /// Its Jobs of this run.
    pub jobs: Vec<&'a JobFacts>,
    /// Run in MLflow that its result is written to.
    pub run_id: &'a str,
    /// Tag of the result.
    pub result_tag: &'a str,
    /// First attempt whose result counts.
    pub first_attempt: i32,
    /// Whether pods are stopped.
    pub suspend: bool,
    /// Failed attempts before it fails for good.
    pub backoff_limit: i32,
    /// Memory limit, for the message about its being too small.
    pub memory: &'a str,
}

/// What comes next for a step.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Next {
    /// Its result stands in MLflow.
    Done(Outcome),
    /// Nothing to do but wait.
    Wait {
        /// Where it is.
        phase: StepPhase,
        /// What it waits for.
        message: String,
        /// When to look again without being woken.
        again: Option<Duration>,
        /// What people are told of it beside, where it is more than that.
        notice: Option<Notice>,
    },
    /// MLflow must be read first, and can't be.
    Blocked(Trouble),
    /// The Job of this attempt is to be made.
    Create(i32),
    /// This Job is to be deleted; the step goes on with another attempt when it may.
    Stop(String),
    /// It failed for good.
    Failed {
        /// CamelCase.
        reason: String,
        /// One sentence.
        message: String,
    },
}

/// What is told once, as an Event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// An attempt brought no result, and another one follows.
    Failed,
    /// The same, by the cluster's doing: its node was drained or lost, or another pod needed the place.
    Disrupted,
    /// The pod can't start.
    Pending,
}

impl Notice {
    /// The Event about the step's owner, unless what its status said before shows that it was told.
    pub fn event(self, before: &str, message: &str) -> Option<Event> {
        let (reason, is_told) = match self {
            Self::Failed => ("PodFailed", false),
            Self::Disrupted => ("PodDisrupted", false),
            // Why it can't start changes by the second: the image is pulled, and is waited for, by turns.
            Self::Pending => (reasons::POD_PENDING, !matches!(before, "" | NO_POD)),
        };
        (!is_told).then(|| Event::warning(reason, message))
    }
}

/// Said while a pod has not started, and nothing says why.
const NO_POD: &str = "waits for its pod";

/// Most characters that are kept of why an attempt failed.
const KEPT: usize = 200;

/// The next move of a step and its attempts after it.
pub(super) fn next(input: &StepInput<'_>, known: &Known, now: Timestamp) -> Result<(Next, Attempts), Need> {
    let mut attempts = input.attempts.clone();
    let current = input.jobs.iter().max_by_key(|job| job.attempt);
    if let Some(job) = current
        && job.attempt > attempts.number
    {
        // Made before a crash kept us from writing it down.
        attempts = Attempts { number: job.attempt, ended: false, not_before: None, ..attempts };
    }
    let current = current.filter(|job| job.attempt == attempts.number && !attempts.ended);
    let next = match current.map(|job| (&job.state, job)) {
        None => without_job(input, &mut attempts, known, now)?,
        Some((JobState::Deleting, _)) => wait(StepPhase::Running, "its pod is being stopped"),
        Some((state, job)) if input.suspend && state.is_active() => {
            attempts.ended = true;
            Next::Stop(job.name.clone())
        }
        Some((JobState::Queued, _)) => wait(StepPhase::Queued, "waits for admission by Kueue"),
        Some((JobState::Pending(why), _)) => pending(why.as_deref()),
        Some((JobState::Running, _)) => wait(StepPhase::Running, ""),
        Some((JobState::Succeeded, _)) => {
            let silent = Failure::Unknown("its pod ended with exit code 0 and wrote no result".to_owned());
            ended(input, &silent, &mut attempts, known, now)?
        }
        Some((JobState::Failed(failure), _)) => ended(input, failure, &mut attempts, known, now)?,
    };
    Ok((next, attempts))
}

/// No Job of the current attempt exists.
fn without_job(
    input: &StepInput<'_>,
    attempts: &mut Attempts,
    known: &Known,
    now: Timestamp,
) -> Result<Next, Need> {
    if let Some(verdict) = verdict_in_mlflow(input, attempts.number, known)? {
        return Ok(verdict);
    }
    if attempts.number > 0 && !attempts.ended && input.suspend {
        // Most likely we deleted it and died before we wrote that down.
        attempts.ended = true;
        return Ok(wait(StepPhase::Suspended, "suspended"));
    }
    if attempts.number > 0 && !attempts.ended {
        // Deleted by somebody, or by the cluster, before its result was seen.
        let vanished = Failure::Unknown("its Job disappeared".to_owned());
        return Ok(failed_attempt(input, &vanished, attempts, now));
    }
    if input.suspend {
        return Ok(wait(StepPhase::Suspended, "suspended"));
    }
    if let Some(wait) = attempts.not_before.as_ref().and_then(|time| remaining(time.0, now)) {
        let message = format!("attempt {} starts in {} s", attempts.number + 1, wait.as_secs().max(1));
        return Ok(Next::Wait { phase: StepPhase::Pending, message, again: Some(wait), notice: None });
    }
    *attempts = Attempts { number: attempts.number + 1, not_before: None, ended: false, ..attempts.clone() };
    Ok(Next::Create(attempts.number))
}

/// The Job has ended: its result counts, else its failure.
fn ended(
    input: &StepInput<'_>,
    failure: &Failure,
    attempts: &mut Attempts,
    known: &Known,
    now: Timestamp,
) -> Result<Next, Need> {
    match verdict_in_mlflow(input, attempts.number, known)? {
        Some(verdict) => Ok(verdict),
        None => Ok(failed_attempt(input, failure, attempts, now)),
    }
}

/// What the run in MLflow says about the step: `None` when it holds no result yet.
fn verdict_in_mlflow(input: &StepInput<'_>, attempt: i32, known: &Known) -> Result<Option<Next>, Need> {
    if known.fresh.contains(input.run_id) {
        return Ok(None);
    }
    let run = match known.run(input.run_id)? {
        Reading::Found(run) if !run.deleted => run,
        Reading::Found(_) | Reading::Missing => {
            let message = format!("run {} was deleted in MLflow", input.run_id);
            return Ok(Some(Next::Failed { reason: "RunDeleted".to_owned(), message }));
        }
        Reading::Unreachable(trouble) => return Ok(Some(Next::Blocked(trouble.clone()))),
    };
    let Some(text) = run.tags.get(input.result_tag) else { return Ok(None) };
    Ok(match read_result(text, attempt) {
        Ok(result) if i64::from(result.attempt) < i64::from(input.first_attempt) => None,
        Ok(StageResult { outcome: Outcome::Failed(Failed { reason, message }), .. }) => {
            Some(Next::Failed { reason, message })
        }
        Ok(result) => Some(Next::Done(result.outcome)),
        Err(message) => Some(Next::Failed { reason: "MalformedResult".to_owned(), message }),
    })
}

fn read_result(text: &str, attempt: i32) -> Result<StageResult, String> {
    let result: StageResult =
        serde_json::from_str(text).map_err(|error| format!("the result in MLflow can't be read: {error}"))?;
    if result.version != CONTRACT_VERSION {
        return Err(format!(
            "the result in MLflow has version {}, this operator reads {CONTRACT_VERSION}",
            result.version
        ));
    }
    if i64::from(result.attempt) > i64::from(attempt) {
        return Err(format!(
            "the result in MLflow is of attempt {}, and only {attempt} were made",
            result.attempt
        ));
    }
    Ok(result)
}

/// Counts a failure and decides whether there is another attempt.
fn failed_attempt(input: &StepInput<'_>, failure: &Failure, attempts: &mut Attempts, now: Timestamp) -> Next {
    let message = describe(failure, input.memory);
    let counts = match failure {
        // The run had more time than when the Job was made, or it would have ended before.
        Failure::Disrupted(_) | Failure::DeadlineExceeded(_) => false,
        Failure::Unknown(_) => true,
        Failure::Exit { by: By::Ours, code, .. } if judge(*code) == Verdict::Permanent => {
            return Next::Failed { reason: permanent_reason(*code).to_owned(), message };
        }
        // Nobody knows which codes of another image would come again.
        Failure::Exit { by: By::Ours | By::Foreign(_), .. } => true,
    };
    attempts.ended = true;
    attempts.last_failure = message.chars().take(KEPT).collect();
    if counts {
        attempts.failures += 1;
        if attempts.failures > input.backoff_limit {
            let message = format!("{message}; {} attempts failed", attempts.failures);
            return Next::Failed { reason: "BackoffLimitExceeded".to_owned(), message };
        }
        let delay = backoff(attempts.failures);
        attempts.not_before =
            SignedDuration::try_from(delay).ok().and_then(|d| now.checked_add(d).ok()).map(Time);
        let message = format!("{message}; another attempt in {} s", delay.as_secs());
        let notice = Some(Notice::Failed);
        return Next::Wait { phase: StepPhase::Pending, message, again: Some(delay), notice };
    }
    let notice = Some(Notice::Disrupted);
    Next::Wait { phase: StepPhase::Pending, message, again: Some(AT_ONCE), notice }
}

/// 10 s, 20 s, 40 s, ... at most 5 minutes, as the Job controller's own.
fn backoff(failures: i32) -> Duration {
    let doublings = u32::try_from(failures - 1).unwrap_or(0).min(5);
    Duration::from_secs((10_u64 << doublings).min(300))
}

fn pending(why: Option<&str>) -> Next {
    let again = Some(Duration::from_secs(3));
    let notice = why.map(|_| Notice::Pending);
    Next::Wait { phase: StepPhase::Pending, message: why.unwrap_or(NO_POD).to_owned(), again, notice }
}

fn wait(phase: StepPhase, message: &str) -> Next {
    Next::Wait { phase, message: message.to_owned(), again: None, notice: None }
}

/// Time until `time`, when that is in the future.
fn remaining(time: Timestamp, now: Timestamp) -> Option<Duration> {
    Duration::try_from(time.duration_since(now)).ok().filter(|wait| !wait.is_zero())
}
