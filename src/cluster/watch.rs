//! Watch wiring: which changes wake which object. Watches hold metadata only; what a decision rests on is read fresh.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::BoxFuture;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::core::{DeserializeGuard, PartialObjectMeta};
use kube::runtime::controller::{Action, Config, Controller};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::watcher;
use kube::{Api, Client, ResourceExt};
use tokio::sync::mpsc::UnboundedReceiver;

use super::pace::Pace;
use crate::api::{HyperparameterSweep, ModelVersion, TrainingPipeline, labels};

/// Objects reconciled at once.
const CONCURRENCY: u16 = 8;

/// Where to watch.
#[derive(Debug, Clone)]
pub enum Scope {
    /// All namespaces.
    Cluster,
    /// One namespace.
    Namespace(String),
}

impl Scope {
    pub(super) fn api<K>(&self, client: &Client) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        match self {
            Self::Cluster => Api::all(client.clone()),
            Self::Namespace(namespace) => Api::namespaced(client.clone(), namespace),
        }
    }
}

/// How often it is looked which objects went.
const ROUND: Duration = Duration::from_secs(10);

/// Told which objects are there: whatever is kept of others may go.
pub type Retain = Arc<dyn Fn(&dyn Fn(&Key) -> bool) + Send + Sync>;

/// What a reconcile says: when to look again, and whether it failed.
pub type Outcome = BoxFuture<'static, Option<Duration>>;

/// An object that is to be reconciled.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Runs the controller of pipelines until `stop`.
pub async fn pipelines<F>(
    client: Client,
    scope: Scope,
    reconcile: F,
    retain: Retain,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) where
    F: Fn(Key) -> Outcome + Send + Sync + 'static,
{
    let config = watcher::Config::default().any_semantic();
    let ours = config.clone().labels(&format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE));
    let controller = Controller::new(scope.api::<PartialObjectMeta<TrainingPipeline>>(&client), config)
        .owns(scope.api::<PartialObjectMeta<Job>>(&client), ours.clone())
        .owns(scope.api::<PartialObjectMeta<HyperparameterSweep>>(&client), ours.clone())
        .watches(scope.api::<PartialObjectMeta<Pod>>(&client), ours.clone(), |pod| owner(&pod))
        .watches(scope.api::<PartialObjectMeta<ModelVersion>>(&client), ours, |version| owner(&version));
    run(controller, reconcile, retain, stop).await;
}

/// Runs the controller of sweeps until `stop`; `woken` names those whose trials have come to something.
pub async fn sweeps<F>(
    client: Client,
    scope: Scope,
    reconcile: F,
    woken: UnboundedReceiver<Key>,
    retain: Retain,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) where
    F: Fn(Key) -> Outcome + Send + Sync + 'static,
{
    let config = watcher::Config::default().any_semantic();
    let ours = config.clone().labels(&format!("{}={}", labels::MANAGED_BY, labels::MANAGED_BY_VALUE));
    let woken = futures::stream::unfold(woken, |mut woken| async move {
        let Key { namespace, name } = woken.recv().await?;
        Some((ObjectRef::new(&name).within(&namespace), woken))
    });
    let controller = Controller::new(scope.api::<PartialObjectMeta<HyperparameterSweep>>(&client), config)
        .owns(scope.api::<PartialObjectMeta<Job>>(&client), ours.clone())
        .watches(scope.api::<PartialObjectMeta<Pod>>(&client), ours, |pod| owner_sweep(&pod))
        .reconcile_on(woken);
    run(controller, reconcile, retain, stop).await;
}

/// The sweep that a pod was made for. A pod of a pipeline of that name wakes it for nothing, which changes nothing.
fn owner_sweep(pod: &PartialObjectMeta<Pod>) -> Option<ObjectRef<PartialObjectMeta<HyperparameterSweep>>> {
    pod.metadata.labels.as_ref()?.get(labels::WORKER)?;
    let name = pod.metadata.annotations.as_ref()?.get(labels::OWNER_NAME)?;
    Some(ObjectRef::new(name).within(pod.metadata.namespace.as_deref()?))
}

/// Runs the controller of ModelVersions until `stop`. A record concerns every version of its model, and a pipeline those
/// that name it: both wake all versions of their namespace that they may concern.
pub async fn versions<F>(
    client: Client,
    scope: Scope,
    home: &str,
    reconcile: F,
    retain: Retain,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) where
    F: Fn(Key) -> Outcome + Send + Sync + 'static,
{
    let config = watcher::Config::default().any_semantic();
    let records = config.clone().labels(labels::MODEL_RECORD);
    let controller = Controller::new(scope.api::<DeserializeGuard<ModelVersion>>(&client), config.clone());
    let (by_record, by_pipeline) = (controller.store(), controller.store());
    let controller = controller
        .watches(
            Api::<PartialObjectMeta<ConfigMap>>::namespaced(client.clone(), home),
            records,
            move |record| {
                let model =
                    record.metadata.annotations.as_ref().and_then(|all| all.get(labels::MODEL)).cloned();
                these(&by_record, move |version| Some(&version.spec.registered_model) == model.as_ref())
            },
        )
        .watches(scope.api::<PartialObjectMeta<TrainingPipeline>>(&client), config, move |pipeline| {
            let key = (pipeline.metadata.namespace.clone(), pipeline.metadata.name.clone());
            these(&by_pipeline, move |version| {
                let reference =
                    version.spec.source.pipeline_ref.as_ref().map(|reference| reference.name.clone());
                reference.is_some() && (version.metadata.namespace.clone(), reference) == key
            })
        });
    run(controller, reconcile, retain, stop).await;
}

/// The known versions of which `concerned` is true.
fn these(
    store: &Store<DeserializeGuard<ModelVersion>>,
    concerned: impl Fn(&ModelVersion) -> bool,
) -> Vec<ObjectRef<DeserializeGuard<ModelVersion>>> {
    let state = store.state();
    let hit = state.iter().filter(|version| version.0.as_ref().is_ok_and(&concerned));
    hit.map(|version| ObjectRef::from_obj(version.as_ref())).collect()
}

/// The pipeline that an object was made for, by its annotation: a label can't hold a long name.
fn owner<K>(object: &PartialObjectMeta<K>) -> Option<ObjectRef<PartialObjectMeta<TrainingPipeline>>> {
    let name = object.metadata.annotations.as_ref()?.get(labels::OWNER_NAME)?;
    Some(ObjectRef::new(name).within(object.metadata.namespace.as_deref()?))
}

/// Runs a controller; the reconciler itself decides when an object is looked at again.
async fn run<K, F>(
    controller: Controller<K>,
    reconcile: F,
    retain: Retain,
    stop: impl Future<Output = ()> + Send + Sync + 'static,
) where
    K: kube::Resource + Clone + Debug + Send + Sync + 'static,
    K::DynamicType: Debug + Eq + std::hash::Hash + Clone + Default + Unpin + Send + Sync,
    K: serde::de::DeserializeOwned,
    F: Fn(Key) -> Outcome + Send + Sync + 'static,
{
    let context = Arc::new((reconcile, Pace::default()));
    let rounds = retain_forever(controller.store(), retain);
    let work = controller
        .with_config(Config::default().concurrency(CONCURRENCY))
        .graceful_shutdown_on(stop)
        .run(
            |object: Arc<K>, context: Arc<(F, Pace)>| async move {
                let (reconcile, pace) = context.as_ref();
                let key = Key { namespace: object.namespace().unwrap_or_default(), name: object.name_any() };
                // What it asked for when it was last reconciled is not lost: it is reconciled, and asks again.
                if let Some(rest) = pace.wait(&key, Instant::now()) {
                    return Ok::<_, std::convert::Infallible>(Action::requeue(rest));
                }
                let again = reconcile(key.clone()).await;
                pace.ended(key, Instant::now());
                Ok(again.map_or_else(Action::await_change, Action::requeue))
            },
            |_, error: &std::convert::Infallible, _| match *error {},
            context,
        )
        .for_each(|result| async move { tell(result) });
    tokio::select! {
        () = work => {}
        () = rounds => {}
    }
}

/// An object without a finalizer goes without waking anybody: nothing is reconciled that is not there.
async fn retain_forever<K>(store: Store<K>, retain: Retain)
where
    K: kube::Resource + Clone + Send + Sync + 'static,
    K::DynamicType: Eq + std::hash::Hash + Clone + Default + Send + Sync,
{
    loop {
        tokio::time::sleep(ROUND).await;
        // Before the first list has come, everything would look gone.
        if store.wait_until_ready().await.is_ok() {
            let object = |key: &Key| ObjectRef::new(&key.name).within(&key.namespace);
            retain(&|key: &Key| store.get(&object(key)).is_some());
        }
    }
}

/// What people should know of the machinery around reconciles.
fn tell<T, E: std::error::Error>(result: Result<T, kube::runtime::controller::Error<E, watcher::Error>>) {
    use kube::runtime::controller::Error;
    match result {
        Ok(_) => {}
        // Its Jobs and pods go after it, and each of their changes asks for it once more.
        Err(Error::ObjectNotFound(object)) => tracing::debug!(%object, "an object that is gone was woken"),
        Err(error) => tracing::warn!(%error, "a watch was interrupted; it starts again by itself"),
    }
}
