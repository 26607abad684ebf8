//! The trial service at the start: set up where that is possible, else the reason why there are no sweeps.

use std::net::SocketAddr;
use std::sync::Arc;

use kube::Client;

use crate::cli::RunArgs;
use crate::cluster;
use crate::cluster::authority::{Authority, AuthorityError};
use crate::cluster::workers::{Rejection, Workers};
use crate::serve::trials::{Error, Prepared, Running, Trials};
use crate::settings::TrialService;
use crate::telemetry::Metrics;

/// What becomes of the trial service in this process.
pub enum Offer {
    /// It can be served, at this address.
    On(Box<Prepared>, SocketAddr),
    /// It can't, and a restart alone changes nothing: this is why.
    Off(String),
}

/// The service has its certificate, and the right to know its callers.
///
/// # Errors
/// When the API server can't be asked now, or the address is of no use.
pub async fn prepare(args: &RunArgs, client: &Client, workers: &Workers) -> Result<Offer, StartError> {
    let (Some(uri), Some(address)) = (&args.trials_uri, args.trials_listen) else {
        let why =
            "the operator serves no trials; the chart's trials.enabled sets --trials-listen and --trials-uri";
        return Ok(Offer::Off(why.to_owned()));
    };
    match workers.may_review().await {
        Ok(()) => {}
        Err(rejection @ Rejection::NotPermitted(_)) => return Ok(Offer::Off(rejection.to_string())),
        Err(rejection) => return Err(StartError::Callers(rejection)),
    }
    let lease = &args.leader_election;
    match Authority::obtain(client, &lease.namespace, &lease.name).await {
        Ok(authority) => Ok(Offer::On(Box::new(Prepared::new(uri, authority)?), address)),
        Err(error) if lasts(&error) => Ok(Offer::Off(error.to_string())),
        Err(error) => Err(Error::Authority(error).into()),
    }
}

/// Whether only a person can mend it.
fn lasts(error: &AuthorityError) -> bool {
    match error {
        AuthorityError::Unusable { .. } => true,
        AuthorityError::Cluster(cluster::Error::Request { source, .. }) => {
            matches!(&**source, kube::Error::Api(status) if status.is_forbidden())
        }
        AuthorityError::Cluster(_) | AuthorityError::Make(_) => false,
    }
}

/// Why the process can't go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The service itself.
    #[error(transparent)]
    Service(#[from] Error),
    /// Nobody could say whether callers may be known.
    #[error("the trial service can't be set up: {0}")]
    Callers(#[source] Rejection),
}

impl Offer {
    /// What pods are told of it, or why there are no sweeps.
    ///
    /// # Errors
    /// The reason, one sentence.
    pub fn service(&self) -> Result<TrialService, String> {
        match self {
            Self::On(prepared, _) => Ok(prepared.service().clone()),
            Self::Off(why) => Err(why.clone()),
        }
    }

    /// Serves it until it is stopped or dropped, where there is something to serve.
    ///
    /// # Errors
    /// When the address can't be bound.
    pub async fn serve(
        self,
        trials: Arc<dyn Trials>,
        workers: Workers,
        metrics: Metrics,
    ) -> Result<Option<Running>, StartError> {
        match self {
            Self::On(prepared, address) => {
                Ok(Some(prepared.serve(address, trials, Arc::new(workers), metrics).await?))
            }
            Self::Off(why) => {
                tracing::warn!(why, "no trials are served, so there are no sweeps");
                Ok(None)
            }
        }
    }
}
