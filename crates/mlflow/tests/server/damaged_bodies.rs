//! Bodies that reach the server damaged: what it answers, and that the client never takes it for more than it is.

use std::time::Duration;

use podium_mlflow::{
    Batch, Class, Client, Error, ErrorCode, MetricPoint, RetryPolicy, RunQuery, RunStatus, Settings, Tag,
    UpdateRun,
};

use crate::{
    damage::Damage,
    proxy::{Fault, Proxy},
    support::{experiment, run, run_in, shared},
};

const UNREADABLE: [Damage; 2] = [Damage::Halved, Damage::Packed];

/// A client whose requests are damaged once that is set.
async fn damageable() -> (Proxy, Client) {
    let proxy = Proxy::start("127.0.0.1", &shared().url).await;
    let retry = RetryPolicy { attempts: 3, base: Duration::from_millis(1), ..RetryPolicy::default() };
    let client = Client::new(Settings { retry, ..Settings::new(proxy.url()) }).unwrap();
    (proxy, client)
}

#[tokio::test]
async fn a_body_that_is_no_json_is_an_empty_one_to_the_server_and_asked_only_once() {
    let (proxy, client) = damageable().await;
    let made = run(&client).await;
    for damage in UNREADABLE {
        proxy.set(Fault::Damage(damage));
        let before = proxy.requests();
        let error = client.set_tag(&made.info.run_id, &Tag::new("a", "b")).await.unwrap_err();
        assert_eq!((error.class(), proxy.requests() - before), (Class::Permanent, 1), "{damage:?}");
        let Error::Api { status: 400, code: ErrorCode::InvalidParameterValue, message, .. } = error else {
            panic!("{damage:?}: {error}")
        };
        assert!(message.starts_with("Missing value for required parameter 'run_id'."), "{message}");
    }
    proxy.set(Fault::None);
    assert_eq!(client.get_run(&made.info.run_id).await.unwrap(), made);
}

/// The server reads a batch once more by hand, and fails on what is no object. The page is that of any failure, so it is
/// tried again, as often as is stated.
#[tokio::test]
async fn a_batch_that_is_no_json_gets_the_page_of_any_failure_and_is_given_up_after_the_stated_attempts() {
    let (proxy, client) = damageable().await;
    let made = run(&client).await;
    let batch = Batch { metrics: vec![MetricPoint::new("m", 1.0, 1, 0)], ..Batch::default() };
    for damage in UNREADABLE {
        proxy.set(Fault::Damage(damage));
        let before = proxy.requests();
        let error = client.log_batch(&made.info.run_id, &batch).await.unwrap_err();
        assert_eq!((error.class(), proxy.requests() - before), (Class::Retry, 3), "{damage:?}");
        let Error::Unexpected { status: 500, content_type, excerpt, .. } = error else { panic!("{error}") };
        assert_eq!(content_type, "text/html; charset=utf-8");
        assert!(excerpt.starts_with("500 Internal Server Error"), "{excerpt}");
    }
    proxy.set(Fault::None);
    client.log_batch(&made.info.run_id, &batch).await.unwrap();
    assert_eq!(client.get_run(&made.info.run_id).await.unwrap().data.metrics, batch.metrics);
}

#[tokio::test]
async fn a_run_from_a_body_that_is_no_json_is_refused_in_sql_which_nobody_is_shown() {
    let (proxy, client) = damageable().await;
    let experiment = experiment(&client).await;
    for damage in UNREADABLE {
        proxy.set(Fault::Damage(damage));
        let error = client.create_run(&run_in(&experiment, Vec::new())).await.unwrap_err();
        assert_eq!((error.class(), error.code()), (Class::Permanent, "BAD_REQUEST"), "{damage:?}: {error}");
        assert!(error.raw_message().unwrap().contains("INSERT INTO runs"), "{damage:?}: {error}");
        assert!(!error.public_message().contains("INSERT"), "{error}");
    }
    proxy.set(Fault::None);
    let query = RunQuery::of([experiment.experiment_id]);
    assert_eq!(client.search_all_runs(&query, 9).await.unwrap(), []);
}

#[tokio::test]
async fn a_search_that_is_no_json_finds_nothing_instead_of_failing() {
    let (proxy, client) = damageable().await;
    let made = run(&client).await;
    let query = RunQuery::of([made.info.experiment_id.clone()]);
    for damage in UNREADABLE {
        proxy.set(Fault::Damage(damage));
        assert_eq!(client.search_all_runs(&query, 9).await.unwrap(), [], "{damage:?}");
    }
    proxy.set(Fault::None);
    assert_eq!(client.search_all_runs(&query, 9).await.unwrap(), [made]);
}

#[tokio::test]
async fn a_status_that_changes_on_its_way_and_is_dropped_is_an_error() {
    let (proxy, client) = damageable().await;
    let made = run(&client).await;
    proxy.set(Fault::Damage(Damage::Replaced("FINISHED", "BOGUS")));
    let end = UpdateRun::end(RunStatus::Finished, made.info.start_time_ms);
    let error = client.update_run(&made.info.run_id, &end).await.unwrap_err();
    assert!(matches!(error, Error::Ignored { field: "status", .. }), "{error}");
    assert_eq!(error.class(), Class::Permanent);
    let kept = client.get_run(&made.info.run_id).await.unwrap().info;
    assert_eq!((kept.status.known(), kept.end_time_ms), (Some(RunStatus::Running), end.end_time_ms));
}
