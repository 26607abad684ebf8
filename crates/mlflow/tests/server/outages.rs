//! Servers and databases that really go away, each with a server of its own.

use std::{path::Path, time::Duration};

use podium_mlflow::{
    Class, Client, Counts, LoggerSettings, MetricLogger, MetricPoint, RetryPolicy, Settings,
};

use crate::support::{folder, postgres, run, script, start, stop_at_the_end};

const LONG: Duration = Duration::from_secs(60);

fn points(count: u32) -> Vec<MetricPoint> {
    (0..count).map(|step| MetricPoint::new("loss", f64::from(step), 1_000, step.into())).collect()
}

fn impatient(url: &str) -> Client {
    Client::new(Settings { retry: RetryPolicy::once(), ..Settings::new(url) }).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_a_passing_error_and_metrics_wait_for_it() {
    let (database, uri) = postgres("outage-db");
    stop_at_the_end("postgres", &database);
    let server = start("outage", &["--workers", "1", "--backend", &uri]);
    let client = impatient(&server.url);
    let made = run(&client).await;
    let control = |act: &str| script("postgres", &[act, &database.display().to_string()]);
    let logger = MetricLogger::start(&client, made.info.run_id.clone(), LoggerSettings::default());
    control("pause");
    points(1_500).into_iter().for_each(|point| logger.metric(point));
    client.health().await.unwrap();
    let error = client.ready().await.unwrap_err();
    assert_eq!((error.class(), error.code()), (Class::Retry, "TEMPORARILY_UNAVAILABLE"), "{error}");
    assert!(!error.to_string().contains("psycopg"), "{error}");
    let waiting = logger.flush(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(waiting.counts.pending(), 1_500);
    control("resume");
    logger.close(LONG).await.unwrap();
    assert_eq!(client.missing_metrics(&made.info.run_id, &points(1_500)).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_logged_while_a_server_restarts_arrives_once() {
    let server = start("restart", &["--workers", "1"]);
    let client = impatient(&server.url);
    let made = run(&client).await;
    let logger = MetricLogger::start(&client, made.info.run_id.clone(), LoggerSettings::default());
    let all = points(12_000);
    let (before, after) = all.split_at(8_000);
    before.iter().cloned().for_each(|point| logger.metric(point));
    restart(&folder("restart"), &server.url, || after.iter().cloned().for_each(|point| logger.metric(point)));
    let counts = logger.close(LONG).await.unwrap();
    assert_eq!(counts, Counts { offered: 12_000, delivered: 12_000, ..Counts::default() });
    assert_eq!(client.missing_metrics(&made.info.run_id, &all).await.unwrap(), []);
    assert_eq!(client.get_metric_history(&made.info.run_id, "loss").await.unwrap().len(), all.len());
}

fn restart(folder: &Path, url: &str, while_away: impl FnOnce()) {
    let (folder, port) = (folder.display().to_string(), url.rsplit(':').next().unwrap());
    script("mlflow", &["stop", &folder]);
    while_away();
    script("mlflow", &["start", &folder, port, "--workers", "1"]);
}
