//! Whether a training waits for its logging.
//!
//! The server, and the threads that send, take processor time from a training on the same machine; that is no waiting.
//! So in the rounds without logging another process logs the same points at the same pace: the machine does the same
//! work, and what differs is whether the training's own thread hands the points over.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use podium_learners::{Algorithm, Context, Matrix, Parameters, Step, Target, TrainingSet, fit};
use podium_mlflow::{Client, LoggerSettings, MetricLogger, RunId};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::feed::{Feeder, log_step};

const ROWS: usize = 4_000;
const COLUMNS: usize = 10;
/// Trees of a fit; after each the training logs.
pub const TREES: u32 = 200;

/// One fit with logging.
struct Round {
    seconds: f64,
    /// Seconds of each call of the logger.
    calls: Vec<f64>,
}

/// Fits by turns with logging and without; which one begins alternates. Between two fits the points of the first one
/// get as long as `settle` to arrive.
pub fn compare(
    runtime: &Runtime,
    client: &Client,
    runs: &[String; 2],
    rounds: u32,
    settle: Duration,
) -> Outcome<Value> {
    let logger = MetricLogger::start(client, RunId::new(&runs[0]), LoggerSettings::default());
    let mut feeder = Feeder::start(&runs[1], settle)?;
    let (mut off, mut on, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    let mut pace = train(None, 0)?.seconds / f64::from(TREES);
    for round in 0..rounds {
        for logs in [round % 2 == 0, round % 2 == 1] {
            if logs {
                let fitted = train(Some(&logger), round)?;
                on.push(fitted.seconds);
                calls.extend(fitted.calls);
                // What is not stored is counted below: a server that hangs stores nothing.
                let _ = runtime.block_on(logger.flush(settle));
            } else {
                feeder.begin(round, pace)?;
                off.push(train(None, round)?.seconds);
                feeder.wait()?;
            }
        }
        pace = on.last().copied().unwrap_or(pace) / f64::from(TREES);
    }
    let counts = logger.counts();
    calls.sort_by(f64::total_cmp);
    let late = calls.get(calls.len() * 999 / 1000).copied().unwrap_or_default();
    Ok(json!({
        "off": off, "on": on, "logging": calls.iter().sum::<f64>(), "late_call": late,
        "offered": counts.offered, "delivered": counts.delivered,
    }))
}

fn train(logger: Option<&MetricLogger>, round: u32) -> Outcome<Round> {
    let calls = Mutex::new(Vec::new());
    let watch = |step: Step| {
        let (Some(logger), Ok(mut calls)) = (logger, calls.lock()) else { return };
        log_step(logger, round, step.step, &mut calls);
    };
    let (features, target) = data()?;
    let set = TrainingSet::new(&features, &target, None)?;
    let given = BTreeMap::from([("n_estimators".to_owned(), Value::from(TREES))]);
    let parameters = Parameters::parse(Algorithm::RandomForest, &given)?;
    let context = Context { progress: &watch, ..Context::quiet(7) };
    let begin = Instant::now();
    fit(&parameters, &set, &context)?;
    let seconds = begin.elapsed().as_secs_f64();
    let calls = calls.into_inner().map_err(|error| error.to_string())?;
    Ok(Round { seconds, calls })
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
