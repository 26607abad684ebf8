//! Workers whose trials are functions.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use podium_contract::{Pinned, Service, Task};
use podium_trainer::run::Stop;
use podium_trainer::worker::{Brief, Broken, Pace, Resolver, Runner, TrialService, Worker};
use serde_json::{Map, Value};

pub type Metrics = BTreeMap<String, f64>;
pub type Seen<'a> = &'a (dyn Fn(u32, f64) + Sync);
pub type Interrupt<'a> = &'a (dyn Fn() -> bool + Sync);

/// Runs each trial by a function of its `x`.
pub struct Each<F>(pub F);

/// Trials without a step.
pub fn always(score: fn() -> Result<Metrics, Broken>) -> impl Runner {
    Each(move |_, _: Seen<'_>, _: Interrupt<'_>| score())
}

impl<F> Runner for Each<F>
where
    F: Fn(i64, Seen<'_>, Interrupt<'_>) -> Result<Metrics, Broken> + Send + Sync + 'static,
{
    fn run(
        &self,
        parameters: &Map<String, Value>,
        seen: Seen<'_>,
        interrupt: Interrupt<'_>,
    ) -> Result<Metrics, Broken> {
        (self.0)(parameters["x"].as_i64().unwrap(), seen, interrupt)
    }
}

/// The objective of a trial that went well.
pub fn score(value: f64) -> Result<Metrics, Broken> {
    Ok([("cv_score".to_owned(), value), ("training_time".to_owned(), 0.1)].into())
}

/// A fit that goes on until it is interrupted, with a step every few milliseconds.
pub fn endless(seen: Seen<'_>, interrupt: Interrupt<'_>) -> Result<Metrics, Broken> {
    for step in 1.. {
        if interrupt() {
            break;
        }
        seen(step, f64::from(step) / 100.0);
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(Broken::Interrupted)
}

/// Fast enough for a test.
pub fn pace() -> Pace {
    Pace {
        connect: Duration::from_millis(500),
        answer: Duration::from_millis(400),
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(50),
        refusal: Duration::from_millis(400),
        report: Duration::from_millis(20),
        heartbeat: Duration::from_millis(60),
        short: Duration::from_millis(200),
    }
}

/// A worker with what differs from test to test.
pub struct Hired {
    pub addresses: Vec<SocketAddr>,
    pub token: PathBuf,
    pub timeout_seconds: u64,
    pub stop: Stop,
}

impl Hired {
    pub fn at(addresses: impl Into<Vec<SocketAddr>>) -> Self {
        Self {
            addresses: addresses.into(),
            token: PathBuf::from("/nowhere/token"),
            timeout_seconds: 20,
            stop: Stop::pair().1,
        }
    }

    pub fn worker<F>(self, run: F) -> Worker<Each<F>>
    where
        F: Fn(i64, Seen<'_>, Interrupt<'_>) -> Result<Metrics, Broken> + Send + Sync + 'static,
    {
        drop(rustls::crypto::ring::default_provider().install_default());
        let service = Service {
            uri: format!("http://trials.test:{}", self.addresses[0].port()),
            certificate_authority: None,
            timeout_seconds: self.timeout_seconds,
        };
        let resolver = Resolver::Fixed(self.addresses);
        let service = TrialService::new(&service, self.token, resolver, pace()).unwrap();
        Worker::new(service, Each(run), brief(), self.stop)
    }
}

pub fn brief() -> Brief {
    let data = Pinned { data_digest: "d".to_owned(), task: Task::Regression };
    Brief { run: "r-1".to_owned(), data, objective: "cv_score".to_owned() }
}
