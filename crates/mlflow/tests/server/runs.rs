//! Runs, their tags, parameters, inputs and searches on the real server.

use futures::future::join_all;
use podium_mlflow::{
    Batch, Class, Dataset, DatasetInput, Error, ErrorCode, ExperimentId, Filter, LifecycleStage, MetricPoint,
    Param, Reported, Run, RunId, RunQuery, RunStatus, RunView, Tag, UpdateRun,
};

use crate::support::{experiment, now_ms, run, run_in, shared, unique};

#[tokio::test]
async fn a_run_reads_back_as_it_was_created_with_its_begin() {
    let client = shared().client();
    let experiment = experiment(&client).await;
    let asked = run_in(&experiment, vec![Tag::new("k8s.uid", "7b1c"), Tag::new("mlflow.parentRunId", "p")]);
    let made = client.create_run(&asked).await.unwrap();
    let read = client.get_run(&made.info.run_id).await.unwrap();
    assert_eq!(read.info, made.info);
    assert_eq!((read.info.start_time_ms, read.info.end_time_ms), (asked.start_time_ms, None));
    assert_eq!((read.info.run_name.as_str(), read.data.tag("k8s.uid")), ("job", Some("7b1c")));
    assert!(read.info.status.is(RunStatus::Running));
    let expected = format!("mlflow-artifacts:/{}/{}/artifacts", experiment.experiment_id, read.info.run_id);
    assert_eq!(read.info.artifact_root().to_string(), expected);
}

#[tokio::test]
async fn creating_twice_makes_two_runs_so_a_search_by_tag_comes_first() {
    let client = shared().client();
    let experiment = experiment(&client).await;
    let uid = unique("uid");
    let asked = run_in(&experiment, vec![Tag::new("k8s.uid", &uid)]);
    let query = RunQuery::of([experiment.experiment_id.clone()]).filter(Filter::tag("k8s.uid").eq(&uid));
    assert_eq!(client.search_all_runs(&query, 10).await.unwrap(), []);
    client.create_run(&asked).await.unwrap();
    client.create_run(&asked).await.unwrap();
    assert_eq!(client.search_all_runs(&query, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_run_ends_when_told_so_and_an_end_is_kept_when_it_runs_again() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let end = now_ms();
    let ended = client.update_run(id, &UpdateRun::end(RunStatus::Finished, end)).await.unwrap();
    assert_eq!((ended.status, ended.end_time_ms), (Reported::Known(RunStatus::Finished), Some(end)));
    for status in [RunStatus::Killed, RunStatus::Failed, RunStatus::Scheduled, RunStatus::Running] {
        let change = UpdateRun { status: Some(status), ..UpdateRun::default() };
        assert!(client.update_run(id, &change).await.unwrap().status.is(status));
    }
    assert_eq!(client.get_run(id).await.unwrap().info.end_time_ms, Some(end));
    let renamed = UpdateRun { run_name: Some("renamed".to_owned()), ..UpdateRun::default() };
    assert_eq!(client.update_run(id, &renamed).await.unwrap().run_name, "renamed");
}

#[tokio::test]
async fn an_unknown_run_is_not_found_by_every_operation() {
    let client = shared().client();
    let id = RunId::new("f".repeat(32));
    let batch = Batch { metrics: vec![MetricPoint::new("m", 1.0, 1, 0)], ..Batch::default() };
    let errors = [
        client.get_run(&id).await.map(drop),
        client.update_run(&id, &UpdateRun::end(RunStatus::Failed, 1)).await.map(drop),
        client.log_batch(&id, &batch).await,
        client.set_tag(&id, &Tag::new("a", "b")).await,
        client.delete_tag(&id, "a").await,
        client.delete_run(&id).await,
        client.list_run_artifacts(&id, None).await.map(drop),
    ];
    for result in errors {
        assert_eq!(result.unwrap_err().class(), Class::NotFound);
    }
}

#[tokio::test]
async fn a_deleted_run_can_be_read_and_restored_but_not_written() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    client.delete_run(id).await.unwrap();
    client.delete_run(id).await.unwrap();
    assert!(client.get_run(id).await.unwrap().info.lifecycle_stage.is(LifecycleStage::Deleted));
    let batch = Batch { metrics: vec![MetricPoint::new("m", 1.0, 1, 0)], ..Batch::default() };
    assert!(client.log_batch(id, &batch).await.unwrap_err().is_deleted());
    assert!(client.set_tag(id, &Tag::new("a", "b")).await.unwrap_err().is_deleted());
    let of = |view| RunQuery::of([made.info.experiment_id.clone()]).view(view);
    assert_eq!(client.search_all_runs(&of(RunView::ActiveOnly), 9).await.unwrap().len(), 0);
    assert_eq!(client.search_all_runs(&of(RunView::DeletedOnly), 9).await.unwrap().len(), 1);
    assert_eq!(client.search_all_runs(&of(RunView::All), 9).await.unwrap().len(), 1);
    client.restore_run(id).await.unwrap();
    client.restore_run(id).await.unwrap();
    client.log_batch(id, &batch).await.unwrap();
}

#[tokio::test]
async fn a_tag_is_overwritten_and_removing_one_that_is_absent_is_done() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    for value in ["one", "two \"quoted\" ü\n{}", ""] {
        client.set_tag(id, &Tag::new("k8s.phase", value)).await.unwrap();
        assert_eq!(client.get_run(id).await.unwrap().data.tag("k8s.phase"), Some(value));
    }
    client.delete_tag(id, "k8s.phase").await.unwrap();
    client.delete_tag(id, "k8s.phase").await.unwrap();
    assert_eq!(client.get_run(id).await.unwrap().data.tag("k8s.phase"), None);
}

#[tokio::test]
async fn sixteen_first_writers_of_the_same_tag_all_succeed() {
    let client = shared().client();
    let made = run(&client).await;
    let tags: Vec<_> = (0..16).map(|i| Tag::new("podium.dev/epoch", i.to_string())).collect();
    let written = join_all(tags.iter().map(|tag| client.set_tag(&made.info.run_id, tag))).await;
    for result in written {
        result.unwrap();
    }
}

#[tokio::test]
async fn values_at_their_limits_are_stored_whole() {
    let client = shared().client();
    let made = run(&client).await;
    let key = "k".repeat(250);
    let batch = Batch {
        metrics: vec![MetricPoint::new(&key, 1.0, 1, 0), MetricPoint::new("größe/f1: 准确率", 2.0, 1, 0)],
        params: vec![Param::new(&key, "é".repeat(6000))],
        tags: vec![Tag::new(&key, "é".repeat(8000))],
    };
    client.log_batch(&made.info.run_id, &batch).await.unwrap();
    let data = client.get_run(&made.info.run_id).await.unwrap().data;
    assert_eq!(data.param(&key), Some(batch.params[0].value.as_str()));
    assert_eq!(data.tag(&key), Some(batch.tags[0].value.as_str()));
    assert_eq!(data.metric("größe/f1: 准确率").unwrap().value.get(), 2.0);
}

#[tokio::test]
async fn a_parameter_may_be_repeated_but_not_changed_and_a_refused_batch_stores_no_metric() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let of = |value: &str, metric: &str| Batch {
        params: vec![Param::new("lr", value)],
        metrics: vec![MetricPoint::new(metric, 1.0, 1, 0)],
        tags: Vec::new(),
    };
    client.log_batch(id, &of("0.01", "first")).await.unwrap();
    client.log_batch(id, &of("0.01", "second")).await.unwrap();
    let error = client.log_batch(id, &of("0.02", "third")).await.unwrap_err();
    assert!(matches!(&error, Error::Api { code: ErrorCode::InvalidParameterValue, .. }), "{error}");
    assert_eq!(error.class(), Class::Permanent);
    let data = client.get_run(id).await.unwrap().data;
    assert_eq!(data.param("lr"), Some("0.01"));
    assert!(data.metric("second").is_some() && data.metric("third").is_none());
}

#[tokio::test]
async fn a_dataset_reads_back_and_counts_once_by_name_and_digest() {
    let client = shared().client();
    let made = run(&client).await;
    let id = &made.info.run_id;
    let dataset = Dataset {
        name: "churn".to_owned(),
        digest: "d".repeat(36),
        source_type: "s3".to_owned(),
        source: r#"{"uri": "s3://lake/churn.parquet"}"#.to_owned(),
        schema: Some(
            r#"{"mlflow_colspec": [{"type": "double", "name": "größe", "required": true}]}"#.to_owned(),
        ),
        profile: Some(r#"{"num_rows": 569}"#.to_owned()),
    };
    let input = DatasetInput::in_context(dataset, "training");
    client.log_inputs(id, std::slice::from_ref(&input), &[]).await.unwrap();
    client.log_inputs(id, std::slice::from_ref(&input), &[]).await.unwrap();
    assert_eq!(client.get_run(id).await.unwrap().inputs.dataset_inputs, std::slice::from_ref(&input));
    let mut wrong = input;
    wrong.dataset.digest.push('d');
    let error = client.log_inputs(id, &[wrong], &[]).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid(invalid) if invalid.field == "dataset digest"), "{error}");
}

#[tokio::test]
async fn a_search_reads_all_pages_and_no_more_than_asked_for() {
    let client = shared().client();
    let experiment = experiment(&client).await;
    for _ in 0..5 {
        client.create_run(&run_in(&experiment, Vec::new())).await.unwrap();
    }
    let query = RunQuery { page_size: Some(2), ..RunQuery::of([experiment.experiment_id.clone()]) };
    let mut ids: Vec<_> =
        client.search_all_runs(&query, 100).await.unwrap().into_iter().map(|run| run.info.run_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert_eq!(client.search_all_runs(&query, 3).await.unwrap().len(), 3);
    let first = client.search_runs(&query, None).await.unwrap();
    assert_eq!((first.items.len(), first.next_page_token.is_some()), (2, true));
    let nowhere = RunQuery::of([ExperimentId::new("987654321")]);
    assert_eq!(client.search_all_runs(&nowhere, 9).await.unwrap(), []);
}

#[tokio::test]
async fn filters_find_what_they_say_whatever_the_text_holds() {
    let client = shared().client();
    let experiment = experiment(&client).await;
    let texts = [
        "plain",
        "it's",
        "say \"no\"",
        "a' OR tags.`x` = 'b",
        "100% _ [x]",
        "ünï 准",
        "semi; -- /* */",
        "a AND b",
        " ",
    ];
    for text in texts {
        client.create_run(&run_in(&experiment, vec![Tag::new("podium.dev/owner x", text)])).await.unwrap();
    }
    for text in texts {
        let filter = Filter::tag("podium.dev/owner x").eq(text);
        let found = client
            .search_all_runs(&RunQuery::of([experiment.experiment_id.clone()]).filter(filter), 99)
            .await;
        let found = found.unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let tags: Vec<_> = found.iter().map(|run| run.data.tag("podium.dev/owner x").unwrap()).collect();
        assert_eq!(tags, [text]);
    }
}

#[tokio::test]
async fn filters_compare_metrics_attributes_and_parameters() {
    let client = shared().client();
    let experiment = experiment(&client).await;
    for (name, loss) in [("trial-1", 0.1), ("trial-2", -0.5), ("other", 1e-7), ("nan", f64::NAN)] {
        let mut asked = run_in(&experiment, Vec::new());
        asked.run_name = Some(name.to_owned());
        let made = client.create_run(&asked).await.unwrap();
        let metrics = vec![MetricPoint::new("val/loss", loss, 1, 0)];
        let batch = Batch { metrics, params: vec![Param::new("lr", "0.10")], tags: Vec::new() };
        client.log_batch(&made.info.run_id, &batch).await.unwrap();
    }
    let found = async |filter: Filter| {
        let query = RunQuery::of([experiment.experiment_id.clone()]).filter(filter);
        let runs = client.search_all_runs(&query, 9).await.unwrap();
        let mut names: Vec<_> = runs.into_iter().map(|run| run.info.run_name).collect();
        names.sort();
        names
    };
    assert_eq!(found(Filter::metric("val/loss").lt(0.0)).await, ["trial-2"]);
    assert_eq!(found(Filter::metric("val/loss").le(1e-7)).await, ["other", "trial-2"]);
    assert_eq!(found(Filter::metric("val/loss").ge(-0.5)).await, ["other", "trial-1", "trial-2"]);
    assert_eq!(found(Filter::metric("val/loss").gt(1e-300)).await, ["other", "trial-1"]);
    assert_eq!(found(Filter::attribute("run_name").like("trial%")).await, ["trial-1", "trial-2"]);
    assert_eq!(found(Filter::attribute("status").eq("RUNNING")).await.len(), 4);
    assert_eq!(found(Filter::attribute("status").ne("RUNNING")).await.len(), 0);
    assert_eq!(found(Filter::param("lr").eq("0.10")).await.len(), 4);
    assert_eq!(found(Filter::param("lr").eq("0.1")).await.len(), 0);
    let both = Filter::attribute("run_name").like("trial%").and(Filter::metric("val/loss").gt(0.0));
    assert_eq!(found(both).await, ["trial-1"]);
}

#[tokio::test]
async fn a_pattern_matches_a_tag_that_is_json_by_its_beginning() {
    let client = shared().client();
    let experiment = experiment(&client).await;
    for number in [0, 7, 10, 99, 100, 199, 1000] {
        let text = format!(r#"{{"number":{number},"attempt":1,"parameters":{{"C":0.5}}}}"#);
        client.create_run(&run_in(&experiment, vec![Tag::new("podium.dev/trial", text)])).await.unwrap();
    }
    let found = async |pattern: &str| {
        let filter = Filter::tag("podium.dev/trial").like(pattern);
        let query = RunQuery::of([experiment.experiment_id.clone()]).filter(filter);
        let runs = client.search_all_runs(&query, 99).await.unwrap();
        let number = |run: &Run| {
            let tag = run.data.tag("podium.dev/trial").unwrap();
            tag.split([':', ',']).nth(1).unwrap().parse::<i64>().unwrap()
        };
        let mut numbers: Vec<i64> = runs.iter().map(number).collect();
        numbers.sort_unstable();
        numbers
    };
    assert_eq!(found(r#"{"number":_,%"#).await, [0, 7]);
    assert_eq!(found(r#"{"number":__,%"#).await, [10, 99]);
    assert_eq!(found(r#"{"number":1__,%"#).await, [100, 199]);
    assert_eq!(found(r#"{"number":10__,%"#).await, [1000]);
}

#[tokio::test]
async fn an_order_that_the_server_does_not_know_is_refused_for_good() {
    let client = shared().client();
    let experiment = experiment(&client).await;
    let query =
        RunQuery { order_by: vec!["nonsense".to_owned()], ..RunQuery::of([experiment.experiment_id]) };
    assert_eq!(client.search_runs(&query, None).await.unwrap_err().class(), Class::Permanent);
}
