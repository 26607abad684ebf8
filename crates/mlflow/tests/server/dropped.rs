//! What the server takes with status 200 and then drops or makes zero. The client's types can't say any of it: these
//! tests are why they must not.

use podium_mlflow::{Auth, MetricPoint, Param, Reported, Run, RunId, RunInfo, RunStatus, UpdateRun};
use serde_json::json;

use crate::{
    raw::{Answered, post},
    support::{experiment, run, shared},
};

/// A run after this request, whose body has these members besides the run's id.
async fn run_after(made: &Run, operation: &str, members: &str) -> (Answered, Run) {
    let id = &made.info.run_id;
    let body = format!(r#"{{"run_id": "{id}", {members}}}"#);
    let answer = post(shared(), &Auth::None, operation, &body).await;
    (answer, shared().client().get_run(id).await.unwrap())
}

/// What is stored of a batch that the server took without a word.
async fn stored(batch: &str) -> Run {
    let made = run(&shared().client()).await;
    let (answer, after) = run_after(&made, "runs/log-batch", batch).await;
    assert_eq!(answer, (200, "application/json".to_owned(), "{}".to_owned()), "{batch}");
    after
}

/// A point with this text as value, before another point and a parameter.
fn with_value(value: &str) -> String {
    format!(
        r#""metrics": [{{"key": "odd", "value": {value}, "timestamp": 5, "step": 7}},
           {{"key": "next", "value": 1, "timestamp": 5, "step": 7}}], "params": [{{"key": "p", "value": "x"}}]"#
    )
}

#[tokio::test]
async fn a_value_that_is_no_json_number_is_stored_as_zero_at_time_zero_and_what_follows_is_lost() {
    for value in ["NaN", "Infinity", "-Infinity", "1e400"] {
        let data = stored(&with_value(value)).await.data;
        let zero = vec![MetricPoint::new("odd", 0.0, 0, 0)];
        assert_eq!((data.metrics, data.params), (zero, vec![]), "{value}");
    }
}

#[tokio::test]
async fn null_as_a_value_is_refused_with_the_whole_batch() {
    let made = run(&shared().client()).await;
    let ((status, _, said), after) = run_after(&made, "runs/log-batch", &with_value("null")).await;
    assert_eq!((status, after), (400, made));
    assert!(said.contains("Missing value for required parameter 'metrics[0].value'"), "{said}");
}

#[tokio::test]
async fn a_fraction_as_time_or_step_is_stored_as_zero_and_what_follows_is_lost() {
    for (time, step, stored_time) in [("5.5", "7", 0), ("5", "7.5", 5)] {
        let batch = format!(
            r#""metrics": [{{"key": "odd", "value": 3, "timestamp": {time}, "step": {step}}},
               {{"key": "next", "value": 1, "timestamp": 5, "step": 7}}]"#
        );
        let metrics = stored(&batch).await.data.metrics;
        assert_eq!(metrics, [MetricPoint::new("odd", 3.0, stored_time, 0)], "{time} {step}");
    }
}

#[tokio::test]
async fn a_number_as_a_parameter_or_tag_is_stored_as_no_text_and_what_follows_is_lost() {
    let numbers = r#"[{"key": "odd", "value": 7}, {"key": "next", "value": "7"}]"#;
    assert_eq!(stored(&format!(r#""params": {numbers}"#)).await.data.params, [Param::new("odd", "")]);
    let data = stored(&format!(r#""tags": {numbers}"#)).await.data;
    assert_eq!((data.tag("odd"), data.tag("next")), (Some(""), None));
}

/// A run that was killed, after an update with this as its status.
async fn killed_then(status: &str) -> (u16, RunInfo) {
    let client = shared().client();
    let mut made = run(&client).await;
    made.info = client.update_run(&made.info.run_id, &UpdateRun::end(RunStatus::Killed, 5)).await.unwrap();
    let members = format!(r#""status": {status}, "end_time": 9"#);
    let ((code, _, _), after) = run_after(&made, "runs/update", &members).await;
    (code, after.info)
}

#[tokio::test]
async fn a_status_that_is_none_is_dropped_while_the_rest_of_its_update_is_carried_out() {
    for status in [r#""BOGUS""#, r#""killed""#, r#""""#, "null"] {
        let (code, info) = killed_then(status).await;
        let expected = (200, Reported::Known(RunStatus::Killed), Some(9));
        assert_eq!((code, info.status, info.end_time_ms), expected, "{status}");
    }
}

#[tokio::test]
async fn a_status_of_another_type_is_another_status_or_refused() {
    for (status, stored) in
        [("3", RunStatus::Finished), (r#""4""#, RunStatus::Failed), ("true", RunStatus::Running)]
    {
        let (code, info) = killed_then(status).await;
        assert_eq!(
            (code, info.status, info.end_time_ms),
            (200, Reported::Known(stored), Some(9)),
            "{status}"
        );
    }
    for status in ["99", r#"["FINISHED"]"#, "{}"] {
        let (code, info) = killed_then(status).await;
        let expected = (400, Reported::Known(RunStatus::Killed), Some(5));
        assert_eq!((code, info.status, info.end_time_ms), expected, "{status}");
    }
}

#[tokio::test]
async fn a_run_without_a_begin_begins_in_1970_and_one_that_ends_gets_no_end_by_itself() {
    let client = shared().client();
    let body = json!({"experiment_id": experiment(&client).await.experiment_id}).to_string();
    let (status, _, said) = post(shared(), &Auth::None, "runs/create", &body).await;
    assert_eq!(status, 200, "{said}");
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let made = client.get_run(&RunId::new(said["run"]["info"]["run_id"].as_str().unwrap())).await.unwrap();
    let (_, ended) = run_after(&made, "runs/update", r#""status": "FINISHED""#).await;
    let expected = (Reported::Known(RunStatus::Finished), 0, None);
    assert_eq!((ended.info.status, ended.info.start_time_ms, ended.info.end_time_ms), expected);
}
