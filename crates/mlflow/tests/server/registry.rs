//! Registered models, versions and aliases on the real server.

use std::collections::BTreeSet;

use futures::future::join_all;
use podium_mlflow::{
    Class, Client, CreateLoggedModel, CreateModelVersion, Error, Filter, ModelId, ModelVersionQuery,
    ModelVersionStatus, Run, Tag, UpdateModelVersion, VersionNumber,
};

use crate::support::{run, shared, unique};

async fn registered(client: &Client) -> String {
    let name = unique("ns1.model ü");
    client.create_registered_model(&name, "", &[]).await.unwrap();
    name
}

async fn logged_model(client: &Client, run: &Run) -> ModelId {
    let model = CreateLoggedModel {
        experiment_id: run.info.experiment_id.clone(),
        name: "m".to_owned(),
        model_type: String::new(),
        source_run_id: Some(run.info.run_id.clone()),
        params: Vec::new(),
        tags: Vec::new(),
    };
    client.create_logged_model(&model).await.unwrap().info.model_id
}

fn version_of(name: &str, run: Option<&Run>, tags: Vec<Tag>) -> CreateModelVersion {
    CreateModelVersion {
        name: name.to_owned(),
        source: "s3://bucket/path/model".to_owned(),
        model_id: None,
        run_id: run.map(|run| run.info.run_id.clone()),
        description: "v".to_owned(),
        tags,
    }
}

#[tokio::test]
async fn a_registered_model_is_created_once_by_any_number_of_callers() {
    let client = shared().client();
    let name = unique("ns1.race");
    let tags = [Tag::new("team", "vision")];
    let callers = (0..16).map(|_| client.get_or_create_registered_model(&name, "desc", &tags));
    for found in join_all(callers).await {
        let found = found.unwrap();
        assert_eq!((found.name.as_str(), found.tag("team")), (name.as_str(), Some("vision")));
    }
    let again = client.create_registered_model(&name, "", &[]).await.unwrap_err();
    assert_eq!(again.class(), Class::AlreadyExists);
    client.set_registered_model_tag(&name, &Tag::new("team", "é".repeat(5000))).await.unwrap();
    assert_eq!(client.get_registered_model(&name).await.unwrap().tag("team").unwrap().chars().count(), 5000);
    client.delete_registered_model_tag(&name, "team").await.unwrap();
    client.delete_registered_model_tag(&name, "team").await.unwrap();
    assert_eq!(client.get_registered_model(&name).await.unwrap().tag("team"), None);
    client.delete_registered_model(&name).await.unwrap();
    client.delete_registered_model(&name).await.unwrap();
    assert_eq!(client.get_registered_model(&name).await.unwrap_err().class(), Class::NotFound);
}

#[tokio::test]
async fn a_version_of_a_logged_model_reads_back_with_where_its_files_lie() {
    let client = shared().client();
    let run = run(&client).await;
    let name = registered(&client).await;
    let model = logged_model(&client, &run).await;
    let tags = vec![Tag::new("podium.dev/owner", "ns1/job-a")];
    let asked =
        CreateModelVersion::of_logged_model(&name, model.clone(), Some(run.info.run_id.clone()), tags);
    let made = client.create_model_version(&asked).await.unwrap();
    assert_eq!((made.version, made.model_id()), (VersionNumber::new(1), Some(model.clone())));
    assert!(made.status.is(ModelVersionStatus::Ready));
    let read = client.get_model_version(&name, made.version).await.unwrap();
    assert_eq!(
        (read.run_id.as_ref(), read.tag("podium.dev/owner")),
        (Some(&run.info.run_id), Some("ns1/job-a"))
    );
    let place = client.get_model_version_download_uri(&name, made.version).await.unwrap();
    assert_eq!(place, client.get_logged_model(&model).await.unwrap().info.artifact_root());
    let linked = client.get_logged_model(&model).await.unwrap();
    assert!(linked.info.tag("mlflow.modelVersions").unwrap().contains(&name[..8]), "{linked:?}");
}

#[tokio::test]
async fn creating_twice_makes_two_versions_so_a_search_comes_first() {
    let client = shared().client();
    let run = run(&client).await;
    let name = registered(&client).await;
    let asked = version_of(&name, Some(&run), vec![Tag::new("podium.dev/uid", "7b1c")]);
    for _ in 0..3 {
        client.create_model_version(&asked).await.unwrap();
    }
    client.create_model_version(&version_of(&name, None, Vec::new())).await.unwrap();
    let by_run =
        Filter::attribute("name").eq(&name).and(Filter::attribute("run_id").eq(run.info.run_id.as_str()));
    let by_tag = Filter::attribute("name").eq(&name).and(Filter::tag("podium.dev/uid").eq("7b1c"));
    for filter in [by_run, by_tag] {
        let query = ModelVersionQuery {
            filter,
            order_by: vec!["version_number DESC".to_owned()],
            page_size: Some(2),
        };
        let found = client.search_all_model_versions(&query, 9).await.unwrap();
        let versions: Vec<_> = found.iter().map(|version| version.version.get()).collect();
        assert_eq!(versions, [3, 2, 1]);
    }
}

#[tokio::test]
async fn sixteen_creations_at_once_give_sixteen_versions() {
    let client = shared().client();
    let name = registered(&client).await;
    let asked = version_of(&name, None, Vec::new());
    let made = join_all((0..16).map(|_| client.create_model_version(&asked))).await;
    let versions: BTreeSet<_> = made.into_iter().map(|version| version.unwrap().version.get()).collect();
    assert_eq!(versions, (1..=16).collect());
}

#[tokio::test]
async fn an_alias_moves_in_one_step_and_an_absent_one_is_none() {
    let client = shared().client();
    let name = registered(&client).await;
    for _ in 0..2 {
        client.create_model_version(&version_of(&name, None, Vec::new())).await.unwrap();
    }
    let [one, two] = [1, 2].map(VersionNumber::new);
    let holder =
        async || client.get_model_version_by_alias(&name, "champion").await.unwrap().map(|held| held.version);
    assert_eq!(holder().await, None);
    client.delete_registered_model_alias(&name, "champion").await.unwrap();
    for version in [one, two, two] {
        client.set_registered_model_alias(&name, "champion", version).await.unwrap();
        assert_eq!(holder().await, Some(version));
    }
    assert_eq!(client.get_model_version_by_alias(&name, "Champion").await.unwrap(), None);
    let missing = client.set_registered_model_alias(&name, "champion", VersionNumber::new(99)).await;
    assert_eq!(missing.unwrap_err().class(), Class::NotFound);
    assert_eq!(client.get_registered_model(&name).await.unwrap().alias("champion"), Some(two));
    client.delete_registered_model_alias(&name, "champion").await.unwrap();
    assert_eq!(holder().await, None);
}

#[tokio::test]
async fn an_alias_vanishes_silently_with_its_version() {
    let client = shared().client();
    let name = registered(&client).await;
    let version = client.create_model_version(&version_of(&name, None, Vec::new())).await.unwrap().version;
    client.set_registered_model_alias(&name, "champion", version).await.unwrap();
    client.delete_model_version(&name, version).await.unwrap();
    client.delete_model_version(&name, version).await.unwrap();
    assert_eq!(client.get_model_version_by_alias(&name, "champion").await.unwrap(), None);
    assert_eq!(client.get_registered_model(&name).await.unwrap().aliases, []);
    let next = client.create_model_version(&version_of(&name, None, Vec::new())).await.unwrap().version;
    assert_eq!(next, VersionNumber::new(2));
}

#[tokio::test]
async fn sixteen_first_writers_of_the_same_alias_all_succeed() {
    let client = shared().client();
    let name = registered(&client).await;
    let version = client.create_model_version(&version_of(&name, None, Vec::new())).await.unwrap().version;
    for set in join_all((0..16).map(|_| client.set_registered_model_alias(&name, "champion", version))).await
    {
        set.unwrap();
    }
}

#[tokio::test]
async fn an_unknown_model_is_not_found_even_where_its_alias_is_asked_for() {
    let client = shared().client();
    let name = unique("nope");
    let version = VersionNumber::new(1);
    let errors = [
        client.get_registered_model(&name).await.map(drop),
        client.get_model_version_by_alias(&name, "champion").await.map(drop),
        client.delete_registered_model_alias(&name, "champion").await,
        client.get_model_version(&name, version).await.map(drop),
        client.get_model_version_download_uri(&name, version).await.map(drop),
        client.set_model_version_tag(&name, version, &Tag::new("a", "b")).await,
        client.create_model_version(&version_of(&name, None, Vec::new())).await.map(drop),
    ];
    for (i, result) in errors.into_iter().enumerate() {
        let error = result.unwrap_err();
        assert_eq!(error.class(), Class::NotFound, "{i}: {error}");
    }
}

#[tokio::test]
async fn a_version_keeps_long_tags_and_a_new_description() {
    let client = shared().client();
    let name = registered(&client).await;
    let version = client.create_model_version(&version_of(&name, None, Vec::new())).await.unwrap().version;
    let long = Tag::new("podium.dev/decision", "é".repeat(100_000));
    client.set_model_version_tag(&name, version, &long).await.unwrap();
    let change = UpdateModelVersion { description: "new **desc**".to_owned() };
    let changed = client.update_model_version(&name, version, &change).await.unwrap();
    assert_eq!(
        (changed.tag("podium.dev/decision"), changed.description.as_str()),
        (Some(long.value.as_str()), change.description.as_str())
    );
    let longer = Tag::new("podium.dev/decision", "é".repeat(100_001));
    let refused = client.set_model_version_tag(&name, version, &longer).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(_)), "{refused}");
    for _ in 0..2 {
        client.delete_model_version_tag(&name, version, "podium.dev/decision").await.unwrap();
    }
    assert_eq!(client.get_model_version(&name, version).await.unwrap().tag("podium.dev/decision"), None);
}

#[tokio::test]
async fn a_version_of_an_unknown_logged_model_is_refused_for_good_and_not_tried_again() {
    let client = shared().client();
    let name = registered(&client).await;
    let ghost = ModelId::new(format!("m-{}", "f".repeat(32)));
    let asked = CreateModelVersion::of_logged_model(&name, ghost.clone(), None, Vec::new());
    let error = client.create_model_version(&asked).await.unwrap_err();
    assert_eq!(error.class(), Class::Permanent, "{error}");
    let without_id = CreateModelVersion { model_id: None, ..asked };
    assert!(matches!(client.create_model_version(&without_id).await.unwrap_err(), Error::Invalid(_)));
}

#[tokio::test]
async fn aliases_that_the_server_would_refuse_are_refused_before_sending() {
    let client = shared().client();
    let name = registered(&client).await;
    for alias in ["latest", "Latest", "v1", "V2", "a b", "", "a.b"] {
        let refused =
            client.set_registered_model_alias(&name, alias, VersionNumber::new(1)).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{alias}: {refused}");
    }
}
