//! One operator process on the fakes: it may die at any write and another one takes its place.

use std::sync::Arc;

use podium::cluster::lease::Leadership;
use podium::cluster::{Cluster, Events};

use podium::reconcile::Context;
use podium::settings::Settings;
use podium::telemetry::Metrics;
use podium_contract::Service;
use tokio::sync::Notify;

use crate::mlflow::FakeTracking;
use crate::state::Shared;
use crate::{api_server, clock};

/// A process.
#[derive(Clone)]
pub struct Process {
    pub number: u32,
    /// Told when it dies.
    pub died: Arc<Notify>,
}

/// What a process runs.
pub struct Operator {
    pub process: Process,
    pub context: Arc<Context>,
}

impl Operator {
    /// Starts a process.
    pub fn start(number: u32, shared: &Shared, settings: &Settings) -> Self {
        let process = Process { number, died: Arc::default() };
        let client = api_server::client(shared, &process);
        let events = Events::new(client.clone(), "podium-0");
        let cluster = Cluster::new(client, "podium-system", Arc::new(|| true));
        let tracking = Arc::new(FakeTracking::new(shared, &process));
        let leadership = Arc::new(Leadership::alone());
        let mut context =
            Context::new(cluster, tracking, settings.clone(), events, Metrics::default(), leadership);
        context.service = Ok(service());
        context.now = clock::now;
        Self { process, context: Arc::new(context) }
    }
}

/// Where workers would find their trials; those of these tests call the process itself.
fn service() -> Service {
    Service { uri: "https://trials".into(), certificate_authority: None, timeout_seconds: 600 }
}
