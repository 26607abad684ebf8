//! Progress during a fit: points in the background and lines in the log. It never waits and never fails a training.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use podium_learners::Step;
use podium_mlflow::{Client, LoggerSettings, MetricLogger, MetricPoint, RunId};
use tracing::{info, warn};

use super::session::now_ms;
use crate::fit::Phase;

/// Points of one learning curve at most.
const POINTS: u32 = 200;
/// Time between two lines of the log.
const QUIET: Duration = Duration::from_secs(5);
/// How long a curve is waited for at the end: it is nice to have, the result is not kept back for it.
const FLUSH: Duration = Duration::from_secs(30);

/// Watches fits.
#[derive(Debug)]
pub struct Progress {
    logger: MetricLogger,
    last_line: Mutex<Option<Instant>>,
}

impl Progress {
    /// Starts to log to a run; must be called within a tokio runtime.
    pub fn start(client: &Client, run: &RunId) -> Self {
        let logger = MetricLogger::start(client, run.clone(), LoggerSettings::default());
        Self { logger, last_line: Mutex::new(None) }
    }

    /// Takes a step; returns at once.
    pub fn step(&self, phase: Phase, step: Step) {
        let stride = step.total.div_ceil(POINTS).max(1);
        if let Some(value) =
            step.value.filter(|_| step.step.is_multiple_of(stride) || step.step == step.total)
        {
            let key = match phase {
                Phase::Fold(fold) => format!("train_loss/fold_{fold}"),
                Phase::Whole => "train_loss/whole".to_owned(),
            };
            self.logger.metric(MetricPoint::new(key, value, now_ms(), i64::from(step.step)));
        }
        if self.is_time_for_a_line() {
            info!(?phase, step = step.step, total = step.total, value = step.value, "fitting");
        }
    }

    fn is_time_for_a_line(&self) -> bool {
        let Ok(mut last) = self.last_line.try_lock() else { return false };
        let due = last.is_none_or(|last| last.elapsed() >= QUIET);
        if due {
            *last = Some(Instant::now());
        }
        due
    }

    /// Sends what still waits.
    pub async fn close(self) {
        if let Err(error) = self.logger.close(FLUSH).await {
            warn!(%error, "a part of the learning curve is not in MLflow");
        }
    }
}
