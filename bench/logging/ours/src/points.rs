//! How fast points get from the trainer into the server.

use std::time::{Duration, Instant};

use podium_mlflow::{Client, LoggerSettings, MetricLogger, MetricPoint, RunId};
use serde_json::{Value, json};

use crate::{Outcome, now_ms};

/// Longer than any bench waits.
const WITHIN: Duration = Duration::from_secs(600);

/// Logs that many points of ten metrics; ends when the server has stored each of them.
pub async fn log(client: &Client, run: RunId, count: i64) -> Outcome<Value> {
    let logger = MetricLogger::start(client, run, LoggerSettings::default());
    let (begin, processor) = (Instant::now(), processor_seconds()?);
    for i in 0..count {
        let key = format!("m{}", i % 10);
        logger.metric(MetricPoint::new(key, i as f64 / 7.0, now_ms(), i / 10));
    }
    let counts = logger.close(WITHIN).await?;
    let seconds = begin.elapsed().as_secs_f64();
    let processor_seconds = processor_seconds()? - processor;
    Ok(json!({ "points": counts.delivered, "seconds": seconds, "processor_seconds": processor_seconds }))
}

/// Processor time of this process so far, as the scheduler counts it for each thread, in nanoseconds.
fn processor_seconds() -> Outcome<f64> {
    let mut seconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let nanoseconds = text.split(' ').next().ok_or("an empty schedstat")?;
        seconds += nanoseconds.parse::<f64>()? / 1e9;
    }
    Ok(seconds)
}
