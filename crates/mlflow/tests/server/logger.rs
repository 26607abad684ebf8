//! The background logger against a real server that goes away, comes back, and refuses.

use std::time::{Duration, Instant};

use podium_mlflow::{
    Batch, Client, Counts, LoggerSettings, MetricLogger, MetricPoint, ModelId, Param, RetryPolicy, RunId,
    Settings, Tag,
};

use crate::{
    proxy::{Fault, Proxy},
    support::{run, shared},
};

const LONG: Duration = Duration::from_secs(60);

fn quick() -> LoggerSettings {
    let retry = RetryPolicy {
        base: Duration::from_millis(20),
        max: Duration::from_millis(100),
        ..RetryPolicy::default()
    };
    LoggerSettings { linger: Duration::from_millis(50), retry, ..LoggerSettings::default() }
}

fn points(count: u32) -> Vec<MetricPoint> {
    (0..count).map(|step| MetricPoint::new("loss", f64::from(step) / 7.0, 1_000, step.into())).collect()
}

async fn assert_stored_once(client: &Client, run: &RunId, points: &[MetricPoint]) {
    assert_eq!(client.missing_metrics(run, points).await.unwrap(), []);
    assert_eq!(client.get_metric_history(run, "loss").await.unwrap().len(), points.len());
}

#[tokio::test]
async fn everything_logged_arrives_once() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let logger = MetricLogger::start(&client, id.clone(), quick());
    let points = points(4_500);
    points.iter().cloned().for_each(|point| logger.metric(point));
    (0..150).for_each(|i| logger.param(Param::new(format!("p{i}"), i.to_string())));
    (0..150).for_each(|i| logger.tag(Tag::new(format!("t{i}"), i.to_string())));
    let counts = logger.close(LONG).await.unwrap();
    assert_eq!(counts, Counts { offered: 4_800, delivered: 4_800, ..Counts::default() });
    assert_stored_once(&client, id, &points).await;
    let data = client.get_run(id).await.unwrap().data;
    assert_eq!((data.param("p149"), data.tag("t149")), (Some("149"), Some("149")));
}

#[tokio::test]
async fn metrics_arrive_without_a_flush_once_they_have_waited_long_enough() {
    let client = shared().client();
    let made = run(&client).await;
    let logger = MetricLogger::start(&client, made.info.run_id.clone(), quick());
    logger.metric(points(1).remove(0));
    let began = Instant::now();
    while logger.counts().pending() > 0 {
        assert!(began.elapsed() < LONG);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(client.get_metric_history(&made.info.run_id, "loss").await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_logged_while_the_server_is_away_arrives_once_it_is_back() {
    let direct = shared().client();
    let mut proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = Client::new(Settings::new(proxy.url())).unwrap();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let logger = MetricLogger::start(&client, id.clone(), quick());
    let points = points(3_000);
    let (before, rest) = points.split_at(1_000);
    before.iter().cloned().for_each(|point| logger.metric(point));
    tokio::time::sleep(Duration::from_millis(30)).await;
    // In mid-request: what the server has stored and not confirmed is sent again, and stored once.
    proxy.go_down().await;
    let began = Instant::now();
    rest.iter().cloned().for_each(|point| logger.metric(point));
    logger.tag(Tag::new("phase", "away"));
    assert!(began.elapsed() < Duration::from_secs(1), "the caller was kept waiting");
    let away = logger.flush(Duration::from_millis(500)).await.unwrap_err();
    assert!(away.counts.pending() > 0 && away.last_error.is_some(), "{away}");
    assert!(away.to_string().contains("not delivered yet"), "{away}");
    proxy.come_up();
    let counts = logger.flush(LONG).await.unwrap();
    assert_eq!(counts, Counts { offered: 3_001, delivered: 3_001, ..Counts::default() });
    assert_stored_once(&direct, id, &points).await;
    assert_eq!(direct.get_run(id).await.unwrap().data.tag("phase"), Some("away"));
    assert!(logger.last_error().is_none());
    logger.close(LONG).await.unwrap();
}

#[tokio::test]
async fn cut_answers_store_nothing_twice() {
    let direct = shared().client();
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = Client::new(Settings::new(proxy.url())).unwrap();
    let made = run(&client).await;
    let logger = MetricLogger::start(&client, made.info.run_id.clone(), quick());
    proxy.set(Fault::CutAnswers(4));
    let points = points(2_500);
    points.iter().cloned().for_each(|point| logger.metric(point));
    logger.close(LONG).await.unwrap();
    assert_stored_once(&direct, &made.info.run_id, &points).await;
}

#[tokio::test]
async fn a_single_bad_entry_is_named_and_all_others_arrive() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let logged = Batch { params: vec![Param::new("lr", "0.01")], ..Batch::default() };
    client.log_batch(id, &logged).await.unwrap();
    let logger = MetricLogger::start(&client, id.clone(), quick());
    let points = points(1_500);
    points.iter().cloned().for_each(|point| logger.metric(point));
    logger.param(Param::new("batch", "64"));
    logger.param(Param::new("lr", "0.02"));
    logger.metric(MetricPoint::new("a@b", 1.0, 1, 0));
    let error = logger.close(LONG).await.unwrap_err();
    assert_eq!(error.counts, Counts { offered: 1_503, delivered: 1_501, rejected: 2, dropped: 0 });
    let mut names: Vec<_> = error.rejected.iter().map(|rejected| rejected.entry.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["metric \"a@b\" at step 0", "parameter \"lr\""]);
    assert_stored_once(&client, id, &points).await;
    assert_eq!(client.get_run(id).await.unwrap().data.param("batch"), Some("64"));
}

#[tokio::test]
async fn a_point_of_an_unknown_model_does_not_hold_up_the_others() {
    let client = shared().client();
    let made = run(&client).await;
    let logger = MetricLogger::start(&client, made.info.run_id.clone(), quick());
    let points = points(20);
    points.iter().cloned().for_each(|point| logger.metric(point));
    let ghost = ModelId::new(format!("m-{}", "f".repeat(32)));
    logger.metric(MetricPoint::new("ghost", 1.0, 1, 0).of_model(ghost));
    let result = logger.close(LONG).await;
    assert_stored_once(&client, &made.info.run_id, &points).await;
    if let Err(error) = result {
        let names: Vec<_> = error.rejected.iter().map(|rejected| rejected.entry.as_str()).collect();
        assert_eq!(names, ["metric \"ghost\" at step 0"]);
    }
}

#[tokio::test]
async fn a_deleted_run_takes_nothing_and_the_logger_says_so_at_once() {
    let client = shared().client();
    let made = run(&client).await;
    client.delete_run(&made.info.run_id).await.unwrap();
    let logger = MetricLogger::start(&client, made.info.run_id.clone(), quick());
    points(1_200).into_iter().for_each(|point| logger.metric(point));
    let began = Instant::now();
    let error = logger.close(LONG).await.unwrap_err();
    assert_eq!(error.counts.rejected, 1_200);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(error.to_string().contains("'active' state"), "{error}");
}

#[tokio::test]
async fn a_logger_that_is_closed_while_the_server_is_away_counts_what_is_lost() {
    let mut proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let client = Client::new(Settings::new(proxy.url())).unwrap();
    let made = run(&client).await;
    proxy.go_down().await;
    let logger = MetricLogger::start(&client, made.info.run_id.clone(), quick());
    points(10).into_iter().for_each(|point| logger.metric(point));
    let error = logger.close(Duration::from_millis(200)).await.unwrap_err();
    assert_eq!(error.counts, Counts { offered: 10, dropped: 10, ..Counts::default() });
    assert!(error.to_string().contains("10 were dropped"), "{error}");
}

#[tokio::test]
async fn tags_set_in_a_row_end_with_the_last_value() {
    let client = shared().client();
    let made = run(&client).await;
    let settings = LoggerSettings { linger: Duration::ZERO, max_in_flight: 4, ..quick() };
    let logger = MetricLogger::start(&client, made.info.run_id.clone(), settings);
    for step in 0..40 {
        logger.tag(Tag::new("step", step.to_string()));
        logger.metric(MetricPoint::new("loss", 0.5, 1, step));
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    logger.close(LONG).await.unwrap();
    assert_eq!(client.get_run(&made.info.run_id).await.unwrap().data.tag("step"), Some("39"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_threads_log_to_one_run_without_waiting() {
    let client = shared().client();
    let made = run(&client).await;
    let logger = MetricLogger::start(&client, made.info.run_id.clone(), quick());
    let points = points(8_000);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for part in points.chunks(2_000) {
            scope.spawn(|| part.iter().cloned().for_each(|point| logger.metric(point)));
        }
    });
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    logger.close(LONG).await.unwrap();
    assert_stored_once(&client, &made.info.run_id, &points).await;
}
