//! Experiments on the real server.

use futures::future::join_all;
use podium_mlflow::{Class, Error, ExperimentId, Filter, LifecycleStage, Tag};

use crate::support::{experiment, run_in, shared, unique};

#[tokio::test]
async fn an_experiment_reads_back_as_it_was_created() {
    let client = shared().client();
    let name = unique("train-op/ns 1/größe");
    let tags = [Tag::new("mlflow.note.content", "managed"), Tag::new("k8s.namespace", "ns1")];
    let id = client.create_experiment(&name, &tags).await.unwrap();
    let read = client.get_experiment_by_name(&name).await.unwrap().unwrap();
    assert_eq!((&read.experiment_id, read.tag("k8s.namespace")), (&id, Some("ns1")));
    assert_eq!(read.artifact_root().to_string(), format!("mlflow-artifacts:/{id}"));
    client.set_experiment_tag(&id, &Tag::new("k8s.namespace", "ns2")).await.unwrap();
    assert_eq!(client.get_experiment(&id).await.unwrap().tag("k8s.namespace"), Some("ns2"));
}

#[tokio::test]
async fn a_name_that_is_taken_is_said_to_exist_without_sql_in_the_message() {
    let client = shared().client();
    let name = unique("taken");
    client.create_experiment(&name, &[]).await.unwrap();
    let error = client.create_experiment(&name, &[]).await.unwrap_err();
    assert_eq!(error.class(), Class::AlreadyExists);
    let message = error.public_message();
    assert!(!message.contains("INSERT") && !message.contains("sqlalche"), "{message}");
    assert!(error.raw_message().unwrap().contains("INSERT"), "the server no longer shows SQL: {error:?}");
}

#[tokio::test]
async fn an_unknown_experiment_is_none_by_name_and_not_found_by_id() {
    let client = shared().client();
    assert_eq!(client.get_experiment_by_name(&unique("nope")).await.unwrap(), None);
    let error = client.get_experiment(&ExperimentId::new("999999")).await.unwrap_err();
    assert_eq!(error.class(), Class::NotFound);
}

#[tokio::test]
async fn sixteen_callers_at_once_get_the_same_experiment() {
    let client = shared().client();
    let name = unique("race");
    let callers = (0..16).map(|_| client.get_or_create_experiment(&name, &[]));
    let ids: Vec<_> = join_all(callers).await.into_iter().map(|found| found.unwrap().experiment_id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn a_deleted_experiment_keeps_its_name_and_is_restored() {
    let client = shared().client();
    let made = experiment(&client).await;
    client.delete_experiment(&made.experiment_id).await.unwrap();
    let deleted = client.get_experiment_by_name(&made.name).await.unwrap().unwrap();
    assert!(deleted.lifecycle_stage.is(LifecycleStage::Deleted));
    assert_eq!(client.create_experiment(&made.name, &[]).await.unwrap_err().class(), Class::AlreadyExists);
    let callers = (0..4).map(|_| client.get_or_create_experiment(&made.name, &[]));
    for restored in join_all(callers).await {
        let restored = restored.unwrap();
        assert_eq!(restored.experiment_id, made.experiment_id);
        assert!(restored.lifecycle_stage.is(LifecycleStage::Active));
    }
}

#[tokio::test]
async fn a_run_in_a_deleted_experiment_is_refused_as_deleted() {
    let client = shared().client();
    let made = experiment(&client).await;
    client.delete_experiment(&made.experiment_id).await.unwrap();
    let error = client.create_run(&run_in(&made, Vec::new())).await.unwrap_err();
    assert!(error.is_deleted(), "{error}");
    assert_eq!(error.class(), Class::Permanent);
}

#[tokio::test]
async fn names_and_tags_are_taken_at_their_limits_and_refused_beyond_before_sending() {
    let client = shared().client();
    let name = format!("{:ä<256}", unique("long"));
    let longest = Tag::new("note", "é".repeat(20_000));
    let id = client.create_experiment(&name, std::slice::from_ref(&longest)).await.unwrap();
    let read = client.get_experiment(&id).await.unwrap();
    assert_eq!((read.name.as_str(), read.tag("note")), (name.as_str(), Some(longest.value.as_str())));
    let too_long = client.create_experiment(&format!("{name}x"), &[]).await.unwrap_err();
    assert!(matches!(too_long, Error::Invalid(_)), "{too_long}");
    let tag = Tag::new("note", "é".repeat(20_001));
    assert!(matches!(client.set_experiment_tag(&id, &tag).await.unwrap_err(), Error::Invalid(_)));
}

#[tokio::test]
async fn active_experiments_are_found_by_the_begin_of_their_name() {
    let client = shared().client();
    let prefix = unique("podium/ns 1");
    for name in ["churn", "fraud", "gone"] {
        client.create_experiment(&format!("{prefix}/{name}"), &[]).await.unwrap();
    }
    let gone = client.get_experiment_by_name(&format!("{prefix}/gone")).await.unwrap().unwrap();
    client.delete_experiment(&gone.experiment_id).await.unwrap();
    let filter = Filter::attribute("name").like(format!("{prefix}/%"));
    let found = client.search_all_experiments(&filter, 9).await.unwrap();
    let mut names: Vec<_> = found.iter().map(|found| found.name.strip_prefix(&prefix).unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["/churn", "/fraud"]);
    assert_eq!(client.search_all_experiments(&filter, 1).await.unwrap().len(), 1);
}
