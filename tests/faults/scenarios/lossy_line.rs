//! Effects that write what may be written twice, over a line that loses requests or answers: all of it stands there, once.

use std::collections::{BTreeMap, BTreeSet};

use podium::plan::{CloseAs, Effect, MetricPoint, Tags};
use podium_contract::Real;
use podium_mlflow::{ArtifactPath, RunId, RunStatus, VersionNumber};

use super::real_port::{Setup, setup};
use crate::line::{Line, Loses};
use crate::server;

fn one_tag(key: &str, value: &str) -> Tags {
    Tags::from([(key.to_owned(), value.to_owned())])
}

fn points(values: &[f64]) -> Vec<MetricPoint> {
    let point = |(step, value): (i64, &f64)| MetricPoint {
        key: "loss".into(),
        value: Real(*value),
        step,
        timestamp_ms: 1_800_000_000_000 + step,
    };
    (1..).zip(values).map(point).collect()
}

/// A trial that is shown on the way, and ends.
async fn trial(setup: &Setup, run_id: &str) {
    let (id, params) = (run_id.to_owned(), one_tag("C", "0.5"));
    let tag = Effect::TagRun { run_id: id.clone(), tags: one_tag("podium.dev/trial", "7"), reopen: false };
    setup.until_done(tag).await;
    let shown = Effect::LogTrial { run_id: id.clone(), params: params.clone(), metrics: points(&[0.9, 0.7]) };
    setup.until_done(shown).await;
    let end = Effect::EndTrial {
        run_id: id.clone(),
        status: CloseAs::Finished,
        at: "2027-01-15T09:00:00Z".parse().unwrap(),
        params,
        metrics: points(&[0.9, 0.7, 0.4]),
        tags: one_tag("podium.dev/trial-result", "complete"),
    };
    setup.until_done(end).await;
    let files = BTreeMap::from([("charts/history.svg".to_owned(), b"<svg/>".to_vec())]);
    setup.until_done(Effect::PutFiles { run_id: id, files }).await;
}

async fn assert_trial(setup: &Setup, run_id: &str) {
    let id = RunId::new(run_id);
    let run = setup.client.get_run(&id).await.unwrap();
    assert!(run.info.status.is(RunStatus::Finished));
    assert_eq!(run.data.param("C"), Some("0.5"));
    assert_eq!(run.data.tag("podium.dev/trial"), Some("7"));
    assert_eq!(run.data.tag("podium.dev/trial-result"), Some("complete"));
    let history = setup.client.get_metric_history(&id, "loss").await.unwrap();
    let history: Vec<_> = history.iter().map(|point| (point.step, point.value.get())).collect();
    assert_eq!(history, [(1, 0.9), (2, 0.7), (3, 0.4)]);
    let path = "charts/history.svg".parse::<ArtifactPath>().unwrap();
    let chart = setup.client.get_artifact(&run.info.artifact_root(), &path, 99).await;
    assert_eq!(chart.unwrap(), "<svg/>");
}

/// A version that is kept with its tags, and one that goes.
async fn versions(setup: &Setup, model: &str, run: &str) -> String {
    let kept = setup.version(model, "kept", run).await;
    let gone = setup.version(model, "gone", run).await;
    let (name, decision) = (model.to_owned(), one_tag("podium.dev/decision", "Promoted"));
    setup
        .until_done(Effect::TagModel { model: name.clone(), tags: one_tag("podium.dev/alias", "champion") })
        .await;
    let tag = Effect::TagVersion { model: name.clone(), version: kept.clone(), tags: decision };
    setup.until_done(tag).await;
    setup.until_done(Effect::DeleteVersion { model: name, version: gone }).await;
    kept
}

#[tokio::test]
async fn tags_points_files_and_deletions_over_a_line_that_loses_requests_or_answers_stand_there_once() {
    for loses in [Loses::Requests, Loses::Answers] {
        let line = Line::start(&server::shared().url, loses).await;
        let model = format!("lossy-{loses:?}").to_lowercase();
        let setup = setup(&line.url(), &model);
        let (experiment, parent) = setup.parent("parent").await;
        let child = setup.child(&experiment, "child", &parent).await;
        trial(&setup, &child).await;
        assert_trial(&setup, &child).await;
        let kept: u64 = versions(&setup, &model, &parent).await.parse().unwrap();
        assert_eq!(setup.numbers(&model).await, BTreeSet::from([kept]), "{loses:?}");
        let version = setup.client.get_model_version(&model, VersionNumber::new(kept)).await.unwrap();
        assert_eq!(version.tag("podium.dev/decision"), Some("Promoted"));
        assert_eq!(version.tag("podium.dev/owner-uid"), Some("owner"));
        let registered = setup.client.get_registered_model(&model).await.unwrap();
        assert_eq!(registered.tag("podium.dev/alias"), Some("champion"));
        assert!(line.lost() >= 12, "the line lost {} only", line.lost());
    }
}
