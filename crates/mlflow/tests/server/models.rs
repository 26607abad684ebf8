//! LoggedModels on the real server.

use bytes::Bytes;
use futures::future::join_all;
use podium_mlflow::{
    Batch, Class, CreateLoggedModel, Error, Filter, FinalStatus, LoggedModelOrder, LoggedModelQuery,
    LoggedModelStatus, MetricPoint, ModelId, ModelInput, ModelOutput, Param, Run, Tag,
};

use crate::support::{run, shared};

fn of_run(run: &Run, name: &str) -> CreateLoggedModel {
    CreateLoggedModel {
        experiment_id: run.info.experiment_id.clone(),
        name: name.to_owned(),
        model_type: "classifier".to_owned(),
        source_run_id: Some(run.info.run_id.clone()),
        params: vec![Param::new("arch", "forest")],
        tags: vec![Tag::new("podium.dev/owner", "ns1/job-a")],
    }
}

#[tokio::test]
async fn a_model_is_pending_until_finalised_and_shows_its_metrics() {
    let client = shared().client();
    let run = run(&client).await;
    let made = client.create_logged_model(&of_run(&run, "forest")).await.unwrap();
    let id = &made.info.model_id;
    assert!(made.info.status.is(LoggedModelStatus::Pending));
    client
        .put_artifact(&made.info.artifact_root(), &"MLmodel".parse().unwrap(), Bytes::from_static(b"x"))
        .await
        .unwrap();
    let output = [ModelOutput { model_id: id.clone(), step: 99 }];
    client.log_outputs(&run.info.run_id, &output).await.unwrap();
    let point = MetricPoint::new("val_acc", 0.93, 5, 10).of_model(id.clone()).on_dataset("mnist-test", "d1g");
    let batch = Batch { metrics: vec![point.clone()], ..Batch::default() };
    client.log_batch(&run.info.run_id, &batch).await.unwrap();
    let ready = client.finalize_logged_model(id, FinalStatus::Ready).await.unwrap();
    assert!(ready.info.status.is(LoggedModelStatus::Ready));
    assert_eq!(client.get_logged_model(id).await.unwrap(), ready);
    assert_eq!(ready.data.metrics, [point]);
    assert_eq!(ready.data.params, [Param::new("arch", "forest")]);
    assert_eq!(client.get_run(&run.info.run_id).await.unwrap().outputs.model_outputs, output);
    assert_eq!(client.list_logged_model_artifacts(id, None).await.unwrap()[0].path, "MLmodel");
}

#[tokio::test]
async fn naming_an_output_again_is_done_and_names_it_once() {
    let client = shared().client();
    let run = run(&client).await;
    let first = client.create_logged_model(&of_run(&run, "a")).await.unwrap().info.model_id;
    let second = client.create_logged_model(&of_run(&run, "b")).await.unwrap().info.model_id;
    let output = |model_id: &ModelId| ModelOutput { model_id: model_id.clone(), step: 1 };
    let lists = [vec![output(&first)], vec![output(&first)], vec![output(&first), output(&second)]];
    for list in &lists {
        client.log_outputs(&run.info.run_id, list).await.unwrap();
    }
    for named in join_all((0..6).map(|_| client.log_outputs(&run.info.run_id, &lists[2]))).await {
        named.unwrap();
    }
    let mut named = client.get_run(&run.info.run_id).await.unwrap().outputs.model_outputs;
    named.sort_by(|a, b| a.model_id.as_str().cmp(b.model_id.as_str()));
    let mut expected = lists[2].clone();
    expected.sort_by(|a, b| a.model_id.as_str().cmp(b.model_id.as_str()));
    assert_eq!(named, expected);
}

#[tokio::test]
async fn a_model_as_input_of_another_run_reads_back() {
    let client = shared().client();
    let run = run(&client).await;
    let model_id = client.create_logged_model(&of_run(&run, "base")).await.unwrap().info.model_id;
    let input = [ModelInput { model_id }];
    client.log_inputs(&run.info.run_id, &[], &input).await.unwrap();
    client.log_inputs(&run.info.run_id, &[], &input).await.unwrap();
    assert_eq!(client.get_run(&run.info.run_id).await.unwrap().inputs.model_inputs, input);
}

#[tokio::test]
async fn tags_are_set_and_removed() {
    let client = shared().client();
    let run = run(&client).await;
    let id = client.create_logged_model(&of_run(&run, "forest")).await.unwrap().info.model_id;
    client.set_logged_model_tags(&id, &[Tag::new("stage", "one"), Tag::new("a b/c.d", "x")]).await.unwrap();
    client.set_logged_model_tags(&id, &[Tag::new("stage", "two")]).await.unwrap();
    let tags = client.get_logged_model(&id).await.unwrap().info;
    assert_eq!((tags.tag("stage"), tags.tag("a b/c.d")), (Some("two"), Some("x")));
    client.delete_logged_model_tag(&id, "stage").await.unwrap();
    client.delete_logged_model_tag(&id, "stage").await.unwrap();
    assert_eq!(client.get_logged_model(&id).await.unwrap().info.tag("stage"), None);
}

#[tokio::test]
async fn models_are_found_by_name_tag_and_metric() {
    let client = shared().client();
    let run = run(&client).await;
    let mut made = Vec::new();
    for (name, score) in [("a", 0.4), ("b", 0.6), ("c", 0.9)] {
        let id = client.create_logged_model(&of_run(&run, name)).await.unwrap().info.model_id;
        let metrics = vec![MetricPoint::new("val_acc", score, 1, 0).of_model(id.clone())];
        client.log_batch(&run.info.run_id, &Batch { metrics, ..Batch::default() }).await.unwrap();
        made.push(id);
    }
    let query = LoggedModelQuery {
        experiment_ids: vec![run.info.experiment_id.clone()],
        filter: Filter::metric("val_acc").gt(0.5).and(Filter::tag("podium.dev/owner").eq("ns1/job-a")),
        order_by: vec![LoggedModelOrder { field_name: "metrics.val_acc".to_owned(), ascending: false }],
        page_size: Some(1),
    };
    let found = client.search_all_logged_models(&query, 9).await.unwrap();
    let ids: Vec<_> = found.iter().map(|model| &model.info.model_id).collect();
    assert_eq!(ids, [&made[2], &made[1]]);
    let by_name =
        LoggedModelQuery { filter: Filter::attribute("name").eq("a"), order_by: Vec::new(), ..query };
    assert_eq!(client.search_all_logged_models(&by_name, 9).await.unwrap()[0].info.model_id, made[0]);
}

#[tokio::test]
async fn an_unknown_model_is_not_found_and_deleting_it_is_done() {
    let client = shared().client();
    let id = ModelId::new(format!("m-{}", "f".repeat(32)));
    assert_eq!(client.get_logged_model(&id).await.unwrap_err().class(), Class::NotFound);
    let finalised = client.finalize_logged_model(&id, FinalStatus::Ready).await;
    assert_eq!(finalised.unwrap_err().class(), Class::NotFound);
    client.delete_logged_model(&id).await.unwrap();
    let run = run(&client).await;
    let made = client.create_logged_model(&of_run(&run, "gone")).await.unwrap().info.model_id;
    client.delete_logged_model(&made).await.unwrap();
    client.delete_logged_model(&made).await.unwrap();
    assert_eq!(client.get_logged_model(&made).await.unwrap_err().class(), Class::NotFound);
}

#[tokio::test]
async fn an_id_with_odd_characters_stays_within_its_path() {
    let client = shared().client();
    for id in ["../runs/search", "a/b", "a?b=c", "a#b", "%2e%2e"] {
        let error = client.get_logged_model(&ModelId::new(id)).await.unwrap_err();
        let is_missing =
            error.class() == Class::NotFound || matches!(error, Error::Unexpected { status: 404 | 405, .. });
        assert!(is_missing, "{id}: {error}");
    }
}

#[tokio::test]
async fn a_bad_name_is_refused_before_sending() {
    let client = shared().client();
    let run = run(&client).await;
    for name in ["", "a/b", "a:b", "a.b", "a%b", "a'b", "a\"b"] {
        let refused = client.create_logged_model(&of_run(&run, name)).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{name}: {refused}");
    }
}
