//! The operator's half: a sweep whose desk is open, served by HTTPS.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use podium::api::HyperparameterSweep;
use podium::cluster::authority::Authority;
use podium::cluster::lease::Leadership;
use podium::cluster::workers::{Caller, Rejection, SweepRef};
use podium::cluster::{Cluster, Events};
use podium::domain::sweep::{HostedSweep, validate_hosted};
use podium::plan::sweep::{Opening, Terms};
use podium::plan::trials::{Clock, Place, View, Worker};
use podium::plan::{Effect, Pin, Tags};
use podium::reconcile::Context;
use podium::serve::trials::{Callers, Prepared, Trials};
use podium::settings::{OperatorConfig, Settings};
use podium::telemetry::Metrics;
use podium::tracking::{Login, MlflowTracking, Tracking};
use serde_json::json;
use tower::service_fn;

use crate::memory::Memory;
use crate::{Outcome, processor_seconds};

const NAMESPACE: &str = "bench";
const UID: &str = "bench-sweep";
/// Where MLflow would be.
const NOWHERE: &str = "http://localhost";

/// Whoever calls is the worker that its token names.
struct Named;

impl Callers for Named {
    fn caller<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Caller, Rejection>> {
        let worker = Worker {
            namespace: NAMESPACE.to_owned(),
            sweep: "bench".to_owned(),
            sweep_uid: UID.to_owned(),
            job: token.to_owned(),
        };
        let sweep =
            SweepRef { namespace: NAMESPACE.to_owned(), name: "bench".to_owned(), uid: UID.to_owned() };
        async move { Ok(Caller { worker, sweep, leaving: false }) }.boxed()
    }
}

/// Opens a sweep and serves its trials until the input ends.
pub async fn serve(trials: u32, workers: u32, mlflow: Option<&str>) -> Outcome<()> {
    let tracking: Arc<dyn Tracking> = match mlflow {
        Some(_) => Arc::new(MlflowTracking::new(Login::None, None, Arc::new(|| true))),
        None => Arc::new(Memory::default()),
    };
    let settings = settings(mlflow.unwrap_or(NOWHERE))?;
    let sweep = sweep(trials, workers, &settings)?;
    let context = context(tracking, settings);
    let (experiment, parent) = parent(&context, &sweep).await?;
    let opening = opening(&sweep, experiment, parent);
    open(&context, &sweep, &opening).await?;
    let prepared = Prepared::new("https://localhost", Authority::make(Timestamp::now())?)?;
    let authority = prepared.service().certificate_authority.clone();
    let context = Arc::new(context);
    let desks = Arc::clone(&context) as Arc<dyn Trials>;
    let address = "127.0.0.1:0".parse()?;
    let running = prepared.serve(address, desks, Arc::new(Named), Metrics::default()).await?;
    println!("{}", json!({"address": running.address().to_string(), "run": "run", "authority": authority}));
    let begin = processor_seconds();
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    let cost = processor_seconds() - begin;
    let view = context.trials.view(UID, Timestamp::now()).ok_or("no desk")?;
    let rebuilt = reopen(&context, &sweep, &opening, &view).await?;
    println!("{}", json!({"processor_seconds": cost, "trials": view.counts, "rebuilt_seconds": rebuilt}));
    Ok(())
}

async fn open(context: &Context, sweep: &HostedSweep, opening: &Opening) -> Outcome<()> {
    Ok(context.open_desk(sweep, opening, Timestamp::now()).await.map_err(|trouble| trouble.message)?)
}

/// Seconds until a new leader has the desk again, its pages written before as the reconciler does.
async fn reopen(context: &Context, sweep: &HostedSweep, opening: &Opening, before: &View) -> Outcome<f64> {
    for page in &before.full_pages {
        context.keep_page(UID, *page, Timestamp::now()).await;
    }
    context.trials.forget(UID);
    let begin = Instant::now();
    open(context, sweep, opening).await?;
    let took = begin.elapsed().as_secs_f64();
    let counts = context.trials.view(UID, Timestamp::now()).map(|view| view.counts);
    // From memory nothing comes back.
    if sweep.grant.tracking_uri != NOWHERE && counts != Some(before.counts) {
        return Err(format!("{counts:?} trials were read, there were {:?}", before.counts).into());
    }
    Ok(took)
}

fn settings(mlflow: &str) -> Outcome<Settings> {
    let config = json!({"installation": "bench", "trainerImage": "none", "tracking": {"uri": mlflow},
        "namespaces": [{"name": NAMESPACE}]});
    Ok(OperatorConfig::parse(&config.to_string())?.check("bench")?)
}

fn sweep(trials: u32, workers: u32, settings: &Settings) -> Outcome<HostedSweep> {
    let object: HyperparameterSweep = serde_json::from_value(json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep",
        "metadata": {"name": "bench", "namespace": NAMESPACE, "uid": UID, "generation": 1},
        "spec": {
            "objective": {"metric": "f1_score", "goal": "Maximize"},
            "algorithm": {"name": "Random", "seed": 1},
            "parameters": [
                {"name": "C", "double": {"min": "0.001", "max": "100", "scale": "Log"}},
                {"name": "max_iter", "int": {"min": 50, "max": 500}},
            ],
            "maxTrials": trials, "parallelism": workers,
            "trial": {"data": {"uri": "configmap://a/b.csv", "target": "y"}, "algorithm": "LogisticRegression"},
        },
    }))?;
    validate_hosted(&object, settings).map_err(|problems| format!("{problems:?}").into())
}

/// A context that leads. It never talks to an API server: the one of its client answers nothing.
fn context(tracking: Arc<dyn Tracking>, settings: Settings) -> Context {
    let nobody = service_fn(|_: Request<Body>| async { Err::<Response<Body>, _>("there is no API server") });
    let client = Client::new(nobody, NAMESPACE);
    let cluster = Cluster::new(client.clone(), NAMESPACE, Arc::new(|| true));
    let events = Events::new(client, "bench");
    Context::new(cluster, tracking, settings, events, Metrics::default(), Arc::new(Leadership::alone()))
}

async fn parent(context: &Context, sweep: &HostedSweep) -> Outcome<(String, String)> {
    let tags = Tags::from([("podium.dev/role".to_owned(), "sweep".to_owned())]);
    let ensure = Effect::EnsureParent {
        experiment: sweep.experiment.clone(),
        experiment_tags: Tags::new(),
        key: Timestamp::now().to_string(),
        name: "bench".to_owned(),
        tags,
        started_at: Timestamp::now(),
    };
    match context.tracking.carry_out(&sweep.grant, &ensure).await {
        Ok(Some(Pin::Parent { experiment_id, run_id, .. })) => Ok((experiment_id, run_id)),
        Ok(other) => Err(format!("no parent run: {other:?}").into()),
        Err(trouble) => Err(trouble.message.into()),
    }
}

fn opening(sweep: &HostedSweep, experiment_id: String, parent_run_id: String) -> Opening {
    let tags = [
        ("podium.dev/installation", "bench"),
        ("podium.dev/namespace", NAMESPACE),
        ("podium.dev/owner-uid", UID),
    ];
    Opening {
        sweep: sweep.sweep.clone(),
        place: Place {
            installation: "bench".to_owned(),
            owner_uid: UID.to_owned(),
            run: "run".to_owned(),
            experiment_id,
            parent_run_id,
            owner_tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        },
        terms: Terms {
            limits: sweep.sweep.plan.limits.clone(),
            backoff_limit: 2,
            clock: Clock { started_at: Timestamp::now(), suspended: Duration::ZERO },
            is_open: true,
        },
        data_digest: None,
        taught: None,
        own_jobs: false,
    }
}
