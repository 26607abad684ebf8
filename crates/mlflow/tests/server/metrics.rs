//! Metric values, batches and histories on the real server.

use futures::future::join_all;
use podium_mlflow::{Batch, Error, MetricPoint, RunId};

use crate::support::{run, shared};

fn of(metrics: Vec<MetricPoint>) -> Batch {
    Batch { metrics, ..Batch::default() }
}

#[tokio::test]
async fn every_value_reads_back_as_it_was_logged() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let values = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.1 + 0.2,
        -0.0,
        1e-308,
        5e-324,
        1.7976931348623155e308,
        -1.5,
    ];
    let points: Vec<_> =
        values.iter().enumerate().map(|(i, value)| MetricPoint::new(format!("v{i}"), *value, 5, 1)).collect();
    client.log_batch(id, &of(points.clone())).await.unwrap();
    let data = client.get_run(id).await.unwrap().data;
    for point in &points {
        assert_eq!(data.metric(&point.key), Some(point));
        assert_eq!(client.get_metric_history(id, &point.key).await.unwrap(), std::slice::from_ref(point));
    }
}

#[tokio::test]
async fn the_largest_finite_number_reads_back_as_infinite() {
    let client = shared().client();
    let made = run(&client).await;
    client.log_batch(&made.info.run_id, &of(vec![MetricPoint::new("m", f64::MAX, 1, 0)])).await.unwrap();
    let read = client.get_run(&made.info.run_id).await.unwrap();
    assert_eq!(read.data.metric("m").unwrap().value.get(), f64::INFINITY);
}

#[tokio::test]
async fn the_value_at_the_highest_step_is_the_current_one_and_steps_may_be_negative() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let points = vec![
        MetricPoint::new("m", 1.0, 9, 5),
        MetricPoint::new("m", 2.0, 10, -3),
        MetricPoint::new("m", 3.0, 11, i64::from(i32::MAX) * 4),
        MetricPoint::new("m", 4.0, 12, 0),
    ];
    client.log_batch(id, &of(points.clone())).await.unwrap();
    assert_eq!(client.get_run(id).await.unwrap().data.metric("m"), Some(&points[2]));
    let mut history = client.get_metric_history(id, "m").await.unwrap();
    history.sort_by_key(|point| point.timestamp_ms);
    assert_eq!(history, points);
}

#[tokio::test]
async fn an_equal_point_is_stored_once_also_a_nan() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let points = vec![MetricPoint::new("m", 1.0, 1, 0), MetricPoint::new("n", f64::NAN, 1, 0)];
    for _ in 0..3 {
        client.log_batch(id, &of(points.clone())).await.unwrap();
    }
    assert_eq!(client.get_metric_history(id, "m").await.unwrap().len(), 1);
    assert_eq!(client.get_metric_history(id, "n").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_batch_is_taken_and_a_larger_one_is_refused_before_sending() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let points: Vec<_> =
        (0..1001).map(|step| MetricPoint::new("loss", f64::from(step), 1, step.into())).collect();
    let refused = client.log_batch(id, &of(points.clone())).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Invalid(invalid) if invalid.field == "metrics in one batch"),
        "{refused}"
    );
    client.log_batch(id, &of(points[..1000].to_vec())).await.unwrap();
    assert_eq!(client.missing_metrics(id, &points).await.unwrap(), points[1000..]);
}

#[tokio::test]
async fn any_number_of_points_is_logged_and_read_over_many_pages() {
    let client = shared().client();
    let made = run(&client).await;
    let points: Vec<_> =
        (0..6_100).map(|step| MetricPoint::new("loss", f64::from(step), 1, step.into())).collect();
    client.log_all(&made.info.run_id, of(points.clone())).await.unwrap();
    assert_eq!(client.get_metric_history(&made.info.run_id, "loss").await.unwrap().len(), 6_100);
    assert_eq!(client.missing_metrics(&made.info.run_id, &points).await.unwrap(), []);
}

#[tokio::test]
async fn an_unknown_metric_and_an_unknown_run_have_no_history() {
    let client = shared().client();
    let made = run(&client).await;
    assert_eq!(client.get_metric_history(&made.info.run_id, "nope").await.unwrap(), []);
    assert_eq!(client.get_metric_history(&RunId::new("f".repeat(32)), "nope").await.unwrap(), []);
}

#[tokio::test]
async fn one_bad_key_never_leaves_this_side() {
    let client = shared().client();
    let made = run(&client).await;
    for key in ["m@x", "../x", "..x", "a//b", "", "x\n"] {
        let refused = client.log_batch(&made.info.run_id, &of(vec![MetricPoint::new(key, 1.0, 1, 0)])).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{key:?}");
    }
}

#[tokio::test]
async fn every_key_that_the_client_takes_the_server_takes() {
    let client = shared().client();
    let made = run(&client).await;
    let keys = ["a b", "a.b", "a:b", "a-b", "_", "-", "a..", "a/..b", "é", "准确率", "x/y/z", " a", "²", "٣"];
    let points: Vec<_> = keys.iter().map(|key| MetricPoint::new(*key, 1.0, 1, 0)).collect();
    client.log_batch(&made.info.run_id, &of(points.clone())).await.unwrap();
    assert_eq!(client.missing_metrics(&made.info.run_id, &points).await.unwrap(), []);
}

#[tokio::test]
async fn forty_writers_of_full_batches_never_deadlock_a_server() {
    let client = crate::support::uvicorn().client();
    let made = run(&client).await;
    let began = std::time::Instant::now();
    let batches: Vec<Batch> = (0..40)
        .map(|writer| of((0..100).map(|step| MetricPoint::new(format!("w{writer}"), 0.5, 1, step)).collect()))
        .collect();
    for _ in 0..3 {
        for written in join_all(batches.iter().map(|batch| client.log_batch(&made.info.run_id, batch))).await
        {
            written.unwrap();
        }
    }
    // A deadlocked worker answers after 30 s, and then with an error.
    assert!(began.elapsed().as_secs() < 29, "{:?}", began.elapsed());
}
