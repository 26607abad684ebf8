//! The port itself, on a real MLflow behind a line that loses the first of each request, or its answer; and what a late
//! write of a dead leader leaves there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;
use podium::api::conditions::reasons;
use podium::plan::orphans::{self, Household, LivingOwner};
use podium::plan::{Answer, CloseAs, Effect, Known, Pin, Query, Reading, Slot, Step, Tags, Trouble};
use podium::settings::Grant;
use podium::tracking::{Login, MlflowTracking, Tracking};
use podium_contract::{INSTALLATION_TAG, KEY_TAG, NAMESPACE_TAG, OWNER_UID_TAG, RUN_TAG};
use podium_mlflow::{
    Client, CreateModelVersion, CreateRun, ExperimentId, Filter, ModelVersionQuery, RunId, RunQuery,
    RunStatus, Settings, Tag, UpdateRun,
};

use crate::line::{Line, Loses};
use crate::sample;
use crate::server;

const LATER: i64 = 1_800_000_000_000;

pub(super) struct Setup {
    port: MlflowTracking,
    grant: Grant,
    pub client: Client,
}

/// The port on an address, for a namespace of its own, so that no test sweeps another's runs.
pub(super) fn setup(url: &str, name: &str) -> Setup {
    drop(rustls::crypto::ring::default_provider().install_default());
    let grant = Grant {
        tracking_uri: url.to_owned(),
        experiment_prefix: format!("{name}/"),
        models: vec![name.to_owned()],
        ..sample::settings().grant("ml").unwrap().clone()
    };
    let port = MlflowTracking::new(Login::None, None, Arc::new(|| true));
    Setup { port, grant, client: Client::new(Settings::new(&server::shared().url)).unwrap() }
}

fn tags(owner: &str) -> Tags {
    let pairs =
        [(INSTALLATION_TAG, "test"), (NAMESPACE_TAG, "ml"), (OWNER_UID_TAG, owner), (RUN_TAG, "the-run")];
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

impl Setup {
    /// Carries an effect out until it is done, as reconciling does.
    pub async fn until_done(&self, effect: Effect) -> Option<Pin> {
        for _ in 0..20 {
            if let Ok(pin) = self.port.carry_out(&self.grant, &effect).await {
                return pin;
            }
        }
        panic!("never done: {effect:?}");
    }

    /// Experiment and run.
    pub async fn parent(&self, key: &str) -> (String, String) {
        let effect = Effect::EnsureParent {
            experiment: self.grant.experiment("runs"),
            experiment_tags: Tags::new(),
            key: key.to_owned(),
            name: key.to_owned(),
            tags: tags("owner"),
            started_at: "2026-03-02T08:00:00Z".parse().unwrap(),
        };
        let Some(Pin::Parent { experiment_id, run_id, .. }) = self.until_done(effect).await else {
            panic!("no parent")
        };
        (experiment_id, run_id)
    }

    pub async fn child(&self, experiment: &str, key: &str, parent: &str) -> String {
        let mut tags = tags("owner");
        tags.insert("mlflow.parentRunId".to_owned(), parent.to_owned());
        let effect = Effect::EnsureRun {
            slot: Slot::Evaluation,
            key: key.to_owned(),
            experiment_id: experiment.to_owned(),
            name: key.to_owned(),
            tags,
            started_at: "2026-03-02T08:00:00Z".parse().unwrap(),
        };
        let Some(Pin::Run { run_id, .. }) = self.until_done(effect).await else { panic!("no run") };
        run_id
    }

    /// A second run of a key, as a request makes it that arrives late.
    async fn late_run(&self, experiment: &str, key: Option<&str>, parent: Option<&str>) -> String {
        let mut tags: Vec<Tag> = tags("owner").iter().map(|(key, value)| Tag::new(key, value)).collect();
        tags.extend(key.map(|key| Tag::new(KEY_TAG, key)));
        tags.extend(parent.map(|parent| Tag::new("mlflow.parentRunId", parent)));
        let create = CreateRun {
            experiment_id: ExperimentId::new(experiment),
            run_name: Some("late".to_owned()),
            start_time_ms: LATER - 1_000_000,
            tags,
        };
        self.client.create_run(&create).await.unwrap().info.run_id.as_str().to_owned()
    }

    async fn close(&self, experiment: &str, parent: &str, pinned: &[&String]) {
        self.until_done(Effect::CloseRuns {
            experiment_id: experiment.to_owned(),
            run_id: parent.to_owned(),
            pinned: pinned.iter().map(|id| (*id).clone()).collect(),
            status: CloseAs::Finished,
            at: "2026-03-02T09:00:00Z".parse().unwrap(),
            tags: Tags::from([("podium.dev/outcome".to_owned(), "done".to_owned())]),
        })
        .await;
    }

    pub async fn version(&self, model: &str, key: &str, run: &str) -> String {
        self.until_done(Effect::EnsureModel { model: model.to_owned(), tags: tags("owner") }).await;
        let effect = Effect::EnsureVersion {
            model: model.to_owned(),
            key: key.to_owned(),
            source: format!("runs:/{run}/model"),
            run_id: Some(run.to_owned()),
            tags: tags("owner"),
            description: String::new(),
        };
        let Some(Pin::Version(number)) = self.until_done(effect).await else { panic!("no version") };
        number
    }

    /// States of the runs of an experiment that are not deleted.
    async fn states(&self, experiment: &str) -> BTreeMap<String, RunStatus> {
        let query = RunQuery::of([ExperimentId::new(experiment)]);
        let runs = self.client.search_all_runs(&query, 100).await.unwrap();
        let state = |run: &podium_mlflow::Run| run.info.status.known().unwrap();
        runs.iter().map(|run| (run.info.run_id.as_str().to_owned(), state(run))).collect()
    }

    pub async fn numbers(&self, model: &str) -> BTreeSet<u64> {
        let filter = Filter::attribute("name").eq(model);
        let query = ModelVersionQuery { filter, ..ModelVersionQuery::default() };
        let versions = self.client.search_all_model_versions(&query, 100).await.unwrap();
        versions.iter().map(|version| version.version.get()).collect()
    }

    /// Sweeps as reconciling does; how much it cleared. Without an owner, that one is gone.
    async fn sweep(&self, owner: Option<LivingOwner>) -> usize {
        let home = Household {
            namespace: "ml".to_owned(),
            installation: "test".to_owned(),
            models: self.grant.models.clone(),
            owners: owner.into_iter().map(|owner| ("owner".to_owned(), owner)).collect(),
        };
        let (mut known, now) = (Known::default(), Timestamp::from_millisecond(LATER).unwrap());
        let effects = loop {
            match orphans::plan(&home, &known, now) {
                Step::Done(effects) => break effects.unwrap(),
                Step::Need(queries) => {
                    for query in queries {
                        let answer = self.port.answer(&self.grant, &query).await;
                        known.note(query, answer);
                    }
                }
            }
        };
        for effect in &effects {
            self.port.carry_out(&self.grant, effect).await.unwrap();
        }
        effects.len()
    }
}

#[tokio::test]
async fn effects_over_a_line_that_loses_requests_or_answers_leave_one_of_each() {
    for loses in [Loses::Requests, Loses::Answers] {
        let line = Line::start(&server::shared().url, loses).await;
        let name = format!("{loses:?}").to_lowercase();
        let setup = setup(&line.url(), &name);
        let (experiment, parent) = setup.parent("parent").await;
        let child = setup.child(&experiment, "child", &parent).await;
        setup.close(&experiment, &parent, &[&child]).await;
        let states = setup.states(&experiment).await;
        let expected = BTreeMap::from([(parent.clone(), RunStatus::Finished), (child, RunStatus::Failed)]);
        assert_eq!(states, expected, "{loses:?}");

        let number = setup.version(&name, "key", &parent).await;
        let (model, alias) = (name.clone(), "champion".to_owned());
        setup.until_done(Effect::SetAlias { model, alias, version: number.clone() }).await;
        assert_eq!(setup.numbers(&name).await, BTreeSet::from([number.parse().unwrap()]), "{loses:?}");
        let held = setup.client.get_model_version_by_alias(&name, "champion").await.unwrap().unwrap();
        assert_eq!(held.version.to_string(), number);
        assert!(line.lost() >= 8, "the line lost {} only", line.lost());
    }
}

#[tokio::test]
async fn a_look_at_a_server_that_takes_connections_and_answers_nothing_ends_after_seconds() {
    // The system completes the handshake; nobody ever accepts.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let setup = setup(&format!("http://{}", silent.local_addr().unwrap()), "silent");
    let answer = setup.port.answer(&setup.grant, &Query::Pulse("parent".to_owned())).await;
    let trouble =
        Trouble { reason: reasons::TRACKING_UNREACHABLE, message: "MLflow: no answer for 5 s".to_owned() };
    assert_eq!(answer, Answer::Pulse(Reading::Unreachable(trouble)));
}

#[tokio::test]
async fn a_run_that_a_dead_leader_made_late_is_deleted_and_one_of_a_user_is_closed() {
    let setup = setup(&server::shared().url, "late");
    let (experiment, parent) = setup.parent("parent-late").await;
    let child = setup.child(&experiment, "child-late", &parent).await;
    setup.late_run(&experiment, Some("child-late"), Some(&parent)).await;
    let users = setup.late_run(&experiment, None, Some(&parent)).await;
    setup.close(&experiment, &parent, &[&child]).await;
    // The run is closed: what arrives now is found by the sweeper.
    setup.late_run(&experiment, Some("child-late"), Some(&parent)).await;
    setup.late_run(&experiment, Some("parent-late"), None).await;
    let alone = setup.late_run(&experiment, Some("of a run that was never pinned"), None).await;
    assert_eq!(setup.sweep(Some(LivingOwner::default())).await, 3);
    let expected = BTreeMap::from([
        (parent, RunStatus::Finished),
        (child, RunStatus::Failed),
        (users, RunStatus::Failed),
        (alone, RunStatus::Killed),
    ]);
    assert_eq!(setup.states(&experiment).await, expected);
}

#[tokio::test]
async fn a_run_that_status_names_is_left_open_by_the_sweeper_and_a_stray_beside_it_deleted() {
    let setup = setup(&server::shared().url, "open");
    let (experiment, pinned) = setup.parent("open").await;
    setup.late_run(&experiment, Some("open"), None).await;
    let owner = LivingOwner {
        pinned: BTreeSet::from([pinned.clone()]),
        open_run: Some("the-run".to_owned()),
        ..LivingOwner::default()
    };
    assert_eq!(setup.sweep(Some(owner)).await, 1);
    assert_eq!(setup.states(&experiment).await, BTreeMap::from([(pinned.clone(), RunStatus::Running)]));
    let end = UpdateRun::end(RunStatus::Finished, LATER);
    setup.client.update_run(&RunId::new(&pinned), &end).await.unwrap();
}

#[tokio::test]
async fn the_open_runs_of_an_owner_that_is_gone_are_closed_at_once_and_ended_ones_stay_as_they_are() {
    let setup = setup(&server::shared().url, "gone");
    let (experiment, open) = setup.parent("gone").await;
    let child = setup.child(&experiment, "gone-child", &open).await;
    let ended = setup.child(&experiment, "gone-ended", &open).await;
    let end = UpdateRun::end(RunStatus::Finished, LATER);
    setup.client.update_run(&RunId::new(&ended), &end).await.unwrap();
    assert_eq!(setup.sweep(None).await, 2);
    let expected =
        BTreeMap::from([(open, RunStatus::Killed), (child, RunStatus::Killed), (ended, RunStatus::Finished)]);
    assert_eq!(setup.states(&experiment).await, expected);
    assert_eq!(setup.sweep(None).await, 0);
}

#[tokio::test]
async fn a_version_that_a_dead_leader_made_late_is_deleted_by_the_sweeper_unless_it_holds_an_alias() {
    let setup = setup(&server::shared().url, "versions");
    let (_, run) = setup.parent("versions").await;
    let first = setup.version("versions", "one", &run).await;
    let other = setup.version("versions", "two", &run).await;
    let late = CreateModelVersion {
        name: "versions".to_owned(),
        source: format!("runs:/{run}/model"),
        run_id: Some(RunId::new(&run)),
        model_id: None,
        tags: vec![Tag::new(INSTALLATION_TAG, "test"), Tag::new(KEY_TAG, "one")],
        description: String::new(),
    };
    setup.client.create_model_version(&late).await.unwrap();
    let held = setup.client.create_model_version(&late).await.unwrap().version;
    setup.client.set_registered_model_alias("versions", "theirs", held).await.unwrap();
    let owner = LivingOwner { pinned: BTreeSet::from([run]), ..LivingOwner::default() };
    assert_eq!(setup.sweep(Some(owner)).await, 2);
    let kept = [first.parse().unwrap(), other.parse().unwrap(), held.get()];
    assert_eq!(setup.numbers("versions").await, BTreeSet::from(kept));
}
