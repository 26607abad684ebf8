//! `podium run`: one process, one leader; wires the rooms together and decides nothing.

pub mod trials;

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use podium_contract::Service;

use crate::cli::{RunArgs, crd};
use crate::cluster::lease::{Elector, Leadership};
use crate::cluster::watch::{self, Scope};
use crate::cluster::workers::Workers;
use crate::cluster::{self, Cluster, Events};
use crate::reconcile::{self, Context};
use crate::serve::{self, Readiness};
use crate::settings::{ConfigError, OperatorConfig, Settings, TrialService};
use crate::telemetry::{self, MODEL_VERSION, Metrics, PIPELINE, SWEEP};
use crate::tracking::{Login, MlflowTracking};

/// How often the API server is asked again for the definitions of our kinds.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Threads of the runtime. The operator waits for other servers; a thread for each processor of a big node would only hold
/// memory.
const THREADS: usize = 2;

/// Why the operator ended.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration file.
    #[error("failed to read the configuration {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What the configuration says.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No access to a cluster.
    #[error("failed to find the API server: {0}")]
    Client(Box<dyn std::error::Error + Send + Sync>),
    /// The API server.
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
    /// The runtime or the HTTP server.
    #[error("failed to serve health and metrics on {0}: {1}")]
    Serve(std::net::SocketAddr, #[source] std::io::Error),
    /// The trial service.
    #[error(transparent)]
    Trials(#[from] trials::StartError),
    /// Another replica leads now; this one must start again with nothing in its hands.
    #[error("the lease was lost")]
    LeaseLost,
}

/// Runs the operator until it is told to stop.
///
/// # Errors
/// When it can't start, or has lost the lease.
pub fn run(args: RunArgs) -> Result<(), Error> {
    telemetry::init(args.log_format);
    // Two TLS providers in one process make the first client panic; this chooses one before any is made.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()
        .map_err(|error| Error::Serve(args.listen, error))?;
    runtime.block_on(start(args))
}

async fn start(args: RunArgs) -> Result<(), Error> {
    let client = client().await?;
    let settings = settings(&args, &client).await?;
    let leadership = Arc::new(Leadership::default());
    let metrics = Metrics::default();
    let workers = Workers::new(client.clone()).of(args.namespace.clone());
    let offer = trials::prepare(&args, &client, &workers).await?;
    let mut context = context(&args, client.clone(), settings, &leadership, metrics.clone());
    context.service = offer.service().map(told);
    let context = Arc::new(context);
    let lease = &args.leader_election;
    let mut elector =
        Elector::new(client.clone(), &lease.namespace, &lease.name, &args.identity, Arc::clone(&leadership));
    let readiness = Readiness::starting();
    let desks = Arc::clone(&context) as Arc<dyn serve::trials::Trials>;
    let trials = offer.serve(desks, workers, metrics.clone()).await?;
    let server = serve::serve(args.listen, metrics.clone(), readiness.clone());
    let work = async {
        until_served(&client, &readiness, LOOK_AGAIN).await;
        elector.acquire().await;
        metrics.leads(true);
        let (gone, told) = tokio::sync::mpsc::unbounded_channel();
        let lost = tokio::select! {
            () = controllers(client.clone(), &args, Arc::clone(&context)) => false,
            () = cluster::deletions(client, scope(&args), |key| drop(gone.send(key))) => false,
            () = reconcile::sweep_forever(&context, told) => false,
            () = elector.hold() => true,
        };
        metrics.leads(false);
        lost
    };
    tokio::select! {
        served = server => served.map_err(|error| Error::Serve(args.listen, error)),
        lost = work => if lost {
            Err(Error::LeaseLost)
        } else {
            // First what workers wait for, while the lease still counts.
            if let Some(trials) = trials {
                trials.stop().await;
            }
            elector.release().await;
            Ok(())
        },
        () = stopped_before_leading(&leadership) => Ok(()),
    }
}

/// The trial service as it stands in the document of a worker; how long one waits for it is the sweep's to say.
fn told(service: TrialService) -> Service {
    Service {
        uri: service.uri,
        certificate_authority: Some(service.certificate_authority),
        timeout_seconds: 0,
    }
}

/// Waits until the API server serves our kinds as this version needs them, and says what is missing. An operator that is
/// installed before its definitions, or is newer than they are, begins by itself once they are there.
pub async fn until_served(client: &Client, readiness: &Readiness, look_again: Duration) {
    let ours = crd::all();
    loop {
        let problem = match cluster::definitions_problem(client, &ours).await {
            Ok(problem) => problem,
            Err(error) => Some(error.to_string()),
        };
        let ready = problem.is_none();
        if let (true, Some(message)) = (readiness.set(problem.clone()), problem) {
            tracing::error!(message, "not ready");
        }
        if ready {
            return;
        }
        tokio::time::sleep(look_again).await;
    }
}

/// A standby that is told to stop just stops; a leader first finishes what it has begun.
async fn stopped_before_leading(leadership: &Leadership) {
    loop {
        stop_signal().await;
        if !leadership.leads() {
            return;
        }
    }
}

fn scope(args: &RunArgs) -> Scope {
    args.namespace.clone().map_or(Scope::Cluster, Scope::Namespace)
}

async fn controllers(client: Client, args: &RunArgs, context: Arc<Context>) {
    let scope = scope(args);
    let pipelines = Arc::clone(&context);
    let pipelines = watch::pipelines(
        client.clone(),
        scope.clone(),
        move |key| {
            let context = Arc::clone(&pipelines);
            Box::pin(async move { context.pipeline(key).await })
        },
        retain(&context, PIPELINE),
        stop_signal(),
    );
    let (wake, woken) = tokio::sync::mpsc::unbounded_channel();
    context.trials.wake_by(wake);
    let sweeps = Arc::clone(&context);
    let sweeps = watch::sweeps(
        client.clone(),
        scope.clone(),
        move |key| {
            let context = Arc::clone(&sweeps);
            Box::pin(async move { context.sweep_object(key).await })
        },
        woken,
        retain(&context, SWEEP),
        stop_signal(),
    );
    let shown = retain(&context, MODEL_VERSION);
    let versions = watch::versions(
        client,
        scope,
        &args.leader_election.namespace,
        move |key| {
            let context = Arc::clone(&context);
            Box::pin(async move { context.version(key).await })
        },
        shown,
        stop_signal(),
    );
    tokio::join!(pipelines, sweeps, versions);
}

/// What is shown of an object ends with it.
fn retain(context: &Arc<Context>, kind: &'static str) -> watch::Retain {
    let context = Arc::clone(context);
    Arc::new(move |is_there| context.retain(kind, is_there))
}

fn context(
    args: &RunArgs,
    client: Client,
    settings: Settings,
    leadership: &Arc<Leadership>,
    metrics: Metrics,
) -> Context {
    let fence = {
        let leadership = Arc::clone(leadership);
        Arc::new(move || leadership.may_write())
    };
    let login = args.login_dir.clone().map_or(Login::None, Login::Directory);
    let tracking = MlflowTracking::new(login, Some(Arc::new(metrics.clone())), fence.clone());
    let events = Events::new(client.clone(), &args.identity);
    let cluster = Cluster::new(client, &args.leader_election.namespace, fence);
    Context::new(cluster, Arc::new(tracking), settings, events, metrics, Arc::clone(leadership))
}

async fn client() -> Result<Client, Error> {
    let mut config = kube::Config::infer().await.map_err(|error| Error::Client(Box::new(error)))?;
    // kube would repeat a refused request up to 15 times: longer than a lease lives.
    config.default_retry = false;
    Client::try_from(config).map_err(|error| Error::Client(Box::new(error)))
}

async fn settings(args: &RunArgs, client: &Client) -> Result<Settings, Error> {
    let text = std::fs::read_to_string(&args.config)
        .map_err(|source| Error::Read { path: args.config.display().to_string(), source })?;
    let config = OperatorConfig::parse(&text)?;
    let cluster_id = match &config.installation {
        Some(installation) => installation.clone(),
        None => cluster::cluster_id(client).await?,
    };
    Ok(config.check(&cluster_id)?)
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
