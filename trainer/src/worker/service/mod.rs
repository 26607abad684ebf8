//! The trial service as a worker sees it: three calls, each repeated, at all its addresses, until an answer counts.

mod addresses;
mod http;
mod patience;
mod round;
mod token;
mod trouble;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use podium_contract::{ASK_PATH, Ask, Asked, REPORT_PATH, Report, Reported, Service, TELL_PATH, Tell, Told};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use addresses::Resolver;
pub use trouble::Refusal;

use super::Pace;
use crate::failure::Failure;
use addresses::Addresses;
use http::Http;
use patience::Patience;

/// The trial service.
#[derive(Debug)]
pub struct TrialService {
    http: Http,
    addresses: Addresses,
    token: PathBuf,
    timeout: Duration,
    pace: Pace,
    standing: Mutex<Standing>,
}

/// What the last answer that counted has shown.
#[derive(Debug)]
struct Standing {
    /// How often the operator's lease had changed hands.
    epoch: i32,
    /// When it came.
    at: Instant,
}

impl TrialService {
    /// The service of a document; nothing is sent yet. The token is read from the file before each call, since the kubelet
    /// renews it; where there is no such file none is sent.
    ///
    /// # Errors
    /// An address or an authority that makes no sense.
    pub fn new(
        service: &Service,
        token: impl Into<PathBuf>,
        resolver: Resolver,
        pace: Pace,
    ) -> Result<Self, Failure> {
        let refused = |message: String| Failure::specification("InvalidService", message);
        let http = Http::new(service, pace).map_err(refused)?;
        let addresses = Addresses::new(http.url(), resolver).map_err(refused)?;
        Ok(Self {
            http,
            addresses,
            token: token.into(),
            timeout: Duration::from_secs(service.timeout_seconds),
            pace,
            standing: Mutex::new(Standing { epoch: i32::MIN, at: Instant::now() }),
        })
    }

    /// How fast it is called.
    pub(super) const fn pace(&self) -> Pace {
        self.pace
    }

    /// The highest epoch that was seen.
    pub fn epoch(&self) -> i32 {
        self.standing().epoch
    }

    /// Asks for a trial.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn ask(&self, ask: &Ask) -> Result<Asked, Refusal> {
        self.call(ASK_PATH, ask).await
    }

    /// Reports steps.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn report(&self, report: &Report) -> Result<Reported, Refusal> {
        self.call(REPORT_PATH, report).await
    }

    /// Tells an end.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn tell(&self, tell: &Tell) -> Result<Told, Refusal> {
        self.call(TELL_PATH, tell).await
    }

    async fn call<A: DeserializeOwned>(&self, path: &str, request: &impl Serialize) -> Result<A, Refusal> {
        let body = serde_json::to_vec(request).map_err(|error| Refusal::Malformed(error.to_string()))?;
        let body = Bytes::from(body);
        let mut patience = Patience::new(self.timeout, self.pace.refusal);
        let mut pause = self.pace.first_pause;
        loop {
            let trouble = match self.round(path, &body).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            // Not across an await: the lock must not be.
            let answered = self.standing().at;
            let left = patience.left(trouble, answered, Instant::now())?;
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(self.pace.longest_pause);
        }
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
