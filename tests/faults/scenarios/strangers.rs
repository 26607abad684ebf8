//! Workers of another namespace, or of another sweep: they can ask for, see and report no trial that is not their own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use k8s_openapi::jiff::Timestamp;
use podium::cluster::authority::Authority;
use podium::cluster::workers::{Caller as Known, Rejection, SweepRef};
use podium::plan::trials::{Forbidden, Refusal, Worker};
use podium::plan::{Subject, SubjectKind};
use podium::serve::trials::{Callers, Prepared, Running};
use podium_contract::{ASK_PATH, Ask, Asked, REPORT_PATH, Report, Reported, TELL_PATH, Told};
use serde_json::{Value, json};

use crate::ending::Ending;
use crate::sample;
use crate::workers::{Caller, Held, tell};
use crate::world::World;

/// Two sweeps of one namespace, whose two workers each have a trial in hand.
async fn two_sweeps() -> World {
    let mut world = World::new();
    world.with(|state| state.workers.hold_from = Some(0));
    world.create_sweep(sample::sweep("tune"));
    world.create_sweep(sample::sweep("wine"));
    world.pass(5).await;
    world
}

fn holder(world: &World, sweep: &str) -> (Caller, Held) {
    world.with(|state| state.holders(sweep)).remove(0)
}

/// Asks for a trial, and reports and tells this one, as a worker of this run.
async fn all_calls(
    world: &World,
    worker: &Worker,
    run: &str,
    held: &Held,
) -> (Result<Asked, Refusal>, Result<Reported, Refusal>, Result<Told, Refusal>) {
    let caller = Caller { worker: worker.clone(), run: run.to_owned() };
    let ask = Ask { run: run.to_owned(), data: None, held: vec![] };
    let report = Report { run: run.to_owned(), number: held.number, attempt: held.attempt, steps: vec![] };
    let context = world.context();
    (
        context.ask(worker, &ask).await,
        context.report(worker, &report).await,
        context.tell(worker, &tell(&caller, held)).await,
    )
}

#[tokio::test]
async fn a_worker_of_another_namespace_whose_job_names_the_sweep_as_its_owner_is_forbidden_every_call() {
    let world = two_sweeps().await;
    let (own, held) = holder(&world, "tune");
    let before = world.with(|state| Ending::of(state));
    // Its Job has the name, the labels and the owner reference of a true worker's.
    let stranger = Worker { namespace: "other".into(), ..own.worker.clone() };
    let refused = Refusal::Forbidden(Box::new(Forbidden {
        reason: "OtherNamespace",
        message: format!(
            "Job other/{} names a sweep of namespace ml as its controller, and is none of its workers",
            own.worker.job
        ),
        about: Some(Subject::new(SubjectKind::Sweep, "ml", "tune", &own.worker.sweep_uid)),
    }));
    let answers = all_calls(&world, &stranger, &own.run, &held).await;
    assert_eq!(answers, (Err(refused.clone()), Err(refused.clone()), Err(refused)));
    assert_eq!(world.with(|state| Ending::of(state)), before);
    assert_eq!(world.context().tell(&own.worker, &tell(&own, &held)).await, Ok(Told::Accepted));
}

#[tokio::test]
async fn a_worker_of_another_namespace_finds_no_sweep_of_which_nobody_has_the_desk() {
    let mut world = two_sweeps().await;
    let (own, held) = holder(&world, "tune");
    world.restart();
    let stranger = Worker { namespace: "other".into(), ..own.worker.clone() };
    let refused = Refusal::Unknown("there is no sweep other/tune with the uid in the worker's Job".into());
    let answers = all_calls(&world, &stranger, &own.run, &held).await;
    assert_eq!(answers, (Err(refused.clone()), Err(refused.clone()), Err(refused)));
}

#[tokio::test]
async fn a_worker_of_another_sweep_in_the_namespace_can_speak_of_its_own_trials_alone() {
    let world = two_sweeps().await;
    let ((own, held), (other, _)) = (holder(&world, "tune"), holder(&world, "wine"));
    let before = world.with(|state| Ending::of(state));

    // Of the other's run.
    let run = Refusal::Forbidden(Box::new(Forbidden {
        reason: "OtherSweep",
        message: format!(
            "Job ml/{} works for the sweep wine, and speaks of the run of another one",
            other.worker.job
        ),
        about: Some(Subject::new(SubjectKind::Sweep, "ml", "tune", &own.worker.sweep_uid)),
    }));
    let answers = all_calls(&world, &other.worker, &own.run, &held).await;
    assert_eq!(answers, (Err(run.clone()), Err(run.clone()), Err(run)));

    // Of a run of its own sweep that was before.
    let old = Refusal::Conflict(format!("run old of the sweep is not the open one, which is {}", other.run));
    let answers = all_calls(&world, &other.worker, "old", &held).await;
    assert_eq!(answers, (Err(old.clone()), Err(old.clone()), Err(old)));

    // Of a trial of its own sweep that another worker has: the number alone is what it could guess.
    let (_, second) = world.with(|state| state.holders("wine")).remove(1);
    let taken = Refusal::Conflict(
        "attempt 1 of trial 1 counts no longer: its worker was taken for lost, and the trial was given out again".into(),
    );
    let (asked, reported, told) = all_calls(&world, &other.worker, &other.run, &second).await;
    assert!(
        matches!(asked, Ok(Asked::Trial { number: 0, .. })),
        "it asks for the trial that it has: {asked:?}"
    );
    assert_eq!((reported, told), (Err(taken.clone()), Err(taken)));
    assert_eq!(world.with(|state| Ending::of(state)), before);
}

/// Knows tokens by the workers that they are of.
struct Names(BTreeMap<String, Worker>);

impl Callers for Names {
    fn caller<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Known, Rejection>> {
        let known = self.0.get(token).map(|worker| Known {
            worker: worker.clone(),
            sweep: SweepRef {
                namespace: worker.namespace.clone(),
                name: worker.sweep.clone(),
                uid: worker.sweep_uid.clone(),
            },
            leaving: false,
        });
        let known = known.ok_or_else(|| Rejection::Unauthenticated("it is forged".to_owned()));
        Box::pin(async move { known })
    }
}

const HOST: &str = "podium-trials.podium.svc";

/// The trial service over the world's operator, and a client that trusts it.
async fn served(world: &World, names: Names) -> (Running, reqwest::Client) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let authority = Authority::make(Timestamp::now()).unwrap();
    let trusted = reqwest::Certificate::from_pem(authority.certificate().as_bytes()).unwrap();
    let context = Arc::clone(world.context());
    let metrics = context.metrics.clone();
    let prepared = Prepared::new(&format!("https://{HOST}:8443"), authority).unwrap();
    let running =
        prepared.serve("127.0.0.1:0".parse().unwrap(), context, Arc::new(names), metrics).await.unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([trusted])
        .resolve(HOST, running.address())
        .no_proxy()
        .build()
        .unwrap();
    (running, client)
}

/// Code and reason.
async fn refused(
    client: &reqwest::Client,
    address: SocketAddr,
    path: &str,
    token: &str,
    body: Value,
) -> (u16, Value) {
    let uri = format!("https://{HOST}:{}{path}", address.port());
    let response = client.post(uri).bearer_auth(token).json(&body).send().await.unwrap();
    let code = response.status().as_u16();
    (code, response.json::<Value>().await.unwrap()["reason"].clone())
}

/// Object, reason and note of all Events of a reason, once there is one.
async fn told(world: &World, reason: &str) -> Vec<(Value, Value)> {
    for _ in 0..100 {
        let events = world.with(|state| state.cluster.all("events"));
        let own = events.into_iter().filter(|(_, event)| event["reason"] == reason);
        let told: Vec<_> =
            own.map(|(_, event)| (event["regarding"].clone(), event["note"].clone())).collect();
        if !told.is_empty() {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody was told of {reason}");
}

fn lines(world: &World, name: &str) -> Vec<String> {
    let text = world.context().metrics.encode();
    text.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
}

#[tokio::test]
async fn an_attack_across_namespaces_is_refused_on_the_wire_counted_and_told_once_on_the_sweep_that_it_is_aimed_at()
 {
    let world = two_sweeps().await;
    let (own, held) = holder(&world, "tune");
    let stranger = Worker { namespace: "other".into(), ..own.worker.clone() };
    let (running, client) = served(&world, Names([("stranger".to_owned(), stranger)].into())).await;
    let report = Report { run: own.run.clone(), number: held.number, attempt: held.attempt, steps: vec![] };
    let calls = [
        (ASK_PATH, json!({"run": own.run})),
        (REPORT_PATH, serde_json::to_value(&report).unwrap()),
        (TELL_PATH, serde_json::to_value(tell(&own, &held)).unwrap()),
    ];
    for (path, body) in calls {
        let answer = refused(&client, running.address(), path, "stranger", body).await;
        assert_eq!(answer, (403, json!("OtherNamespace")), "{path}");
    }
    let sweep = json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep", "namespace": "ml", "name": "tune",
        "uid": own.worker.sweep_uid,
    });
    let note = format!(
        "Job other/{} names a sweep of namespace ml as its controller, and is none of its workers",
        own.worker.job
    );
    assert_eq!(told(&world, "OtherNamespace").await, [(sweep, json!(note))]);
    let counted = r#"podium_trial_calls_forbidden_total{code="403",reason="OtherNamespace"} 3"#;
    assert_eq!(lines(&world, "podium_trial_calls_forbidden_total"), [counted]);
    running.stop().await;
}

/// A token that nobody signed, which says that it is of a pod. The payload in base64 for URLs needs no more than this.
fn forged(namespace: &str, pod: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let payload = json!({"kubernetes.io": {"namespace": namespace, "pod": {"name": pod}}}).to_string();
    let bits: String = payload.bytes().map(|byte| format!("{byte:08b}")).collect();
    let six = |six: &[u8]| {
        let text = format!("{:0<6}", String::from_utf8_lossy(six));
        LETTERS[usize::from_str_radix(&text, 2).unwrap()] as char
    };
    format!("e30.{}.c2ln", bits.as_bytes().chunks(6).map(six).collect::<String>())
}

#[tokio::test]
async fn forged_tokens_of_a_sweep_s_worker_are_told_once_on_that_sweep_and_all_others_on_the_operator() {
    let world = two_sweeps().await;
    let (own, _) = holder(&world, "tune");
    let (running, client) = served(&world, Names(BTreeMap::new())).await;
    let pod = format!("{}-x7k2p", own.worker.job);
    for token in [forged("ml", &pod), forged("ml", &pod), forged("other", &pod), "forged".to_owned()] {
        let answer = refused(&client, running.address(), ASK_PATH, &token, json!({"run": own.run})).await;
        assert_eq!(answer, (401, json!("Unauthenticated")));
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let about: Vec<Value> =
        told(&world, "Unauthenticated").await.into_iter().map(|(about, _)| about).collect();
    let operator =
        json!({"apiVersion": "v1", "kind": "Pod", "namespace": "podium-system", "name": "podium-0"});
    let sweep = json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep", "namespace": "ml", "name": "tune",
        "uid": own.worker.sweep_uid,
    });
    assert_eq!(about, [sweep, operator]);
    let counted = r#"podium_trial_calls_forbidden_total{code="401",reason="Unauthenticated"} 4"#;
    assert_eq!(lines(&world, "podium_trial_calls_forbidden_total"), [counted]);
    running.stop().await;
}
