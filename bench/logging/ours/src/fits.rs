//! Whether a training waits for its logging.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use podium_learners::{Algorithm, Context, Matrix, Parameters, Step, Target, TrainingSet, fit};
use podium_mlflow::{Client, LoggerSettings, MetricLogger, MetricPoint, RunId};
use serde_json::{Value, json};

use crate::{Outcome, now_ms};

const ROWS: usize = 4_000;
const COLUMNS: usize = 10;
const TREES: u32 = 200;
/// Metrics that are logged after each tree: far more often than a real training does.
const METRICS: usize = 5;

/// One fit.
struct Round {
    seconds: f64,
    /// Of them, within calls of the logger.
    logging: f64,
}

/// Fits by turns without and with logging; which one begins alternates.
pub fn compare(client: &Client, run: &RunId, rounds: u32) -> Outcome<Value> {
    let logger = MetricLogger::start(client, run.clone(), LoggerSettings::default());
    let (mut off, mut on) = (Vec::new(), Vec::new());
    train(None, 0)?;
    for round in 0..rounds {
        for logs in [round % 2 == 0, round % 2 == 1] {
            if logs {
                on.push(train(Some(&logger), i64::from(round))?);
            } else {
                off.push(train(None, 0)?);
            }
        }
    }
    let counts = logger.counts();
    let seconds = |rounds: &[Round]| rounds.iter().map(|round| round.seconds).collect::<Vec<_>>();
    let logging: Vec<f64> = on.iter().map(|round| round.logging).collect();
    let (offered, delivered) = (counts.offered, counts.delivered);
    Ok(json!({
        "off": seconds(&off), "on": seconds(&on), "logging": logging, "offered": offered, "delivered": delivered,
    }))
}

fn train(logger: Option<&MetricLogger>, round: i64) -> Outcome<Round> {
    let within = AtomicU64::new(0);
    let watch = |step: Step| {
        let Some(logger) = logger else { return };
        let begin = Instant::now();
        for metric in 0..METRICS {
            let step = round * i64::from(TREES) + i64::from(step.step);
            logger.metric(MetricPoint::new(format!("m{metric}"), step as f64 / 7.0, now_ms(), step));
        }
        within.fetch_add(begin.elapsed().as_nanos() as u64, Ordering::Relaxed);
    };
    let (features, target) = data()?;
    let set = TrainingSet::new(&features, &target, None)?;
    let given = BTreeMap::from([("n_estimators".to_owned(), Value::from(TREES))]);
    let parameters = Parameters::parse(Algorithm::RandomForest, &given)?;
    let context = Context { progress: &watch, ..Context::quiet(7) };
    let begin = Instant::now();
    fit(&parameters, &set, &context)?;
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Round { seconds, logging: Duration::from_nanos(within.into_inner()).as_secs_f64() })
}

/// Numbers of a linear congruential generator, and classes that a forest has to work for.
fn data() -> Outcome<(Matrix, Target)> {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    let values: Vec<f32> = (0..ROWS * COLUMNS).map(|_| next()).collect();
    let at = |row: usize, column: usize| values[column * ROWS + row];
    let label = |row: usize| u32::from(at(row, 0) * at(row, 1) + 0.3 * at(row, 2) + 0.2 * next() > 0.5);
    let mut label = label;
    let labels = (0..ROWS).map(&mut label).collect();
    Ok((Matrix::new(ROWS, COLUMNS, values.clone())?, Target::Classes { classes: 2, labels }))
}
