//! The workers' half: the trainer's own worker loop, with trials that sleep.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use podium_contract::{Pinned, Service, Task};
use podium_trainer::run::Stop;
use podium_trainer::worker::{Brief, Broken, Pace, Resolver, Runner, TrialService, Worker};
use serde_json::{Map, Value, json};

use crate::{Outcome, processor_seconds};

/// What workers have seen, all together.
#[derive(Default)]
struct Seen {
    /// When the first trial of all began.
    first: Option<Instant>,
    /// Seconds that a worker had no trial, between one and the next.
    idle: Vec<f64>,
}

/// Sleeps, and says that it was good.
struct Sleeper {
    seconds: f64,
    seen: Arc<Mutex<Seen>>,
    /// When its last trial ended.
    ended: Mutex<Option<Instant>>,
}

impl Sleeper {
    fn begins(&self) {
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.first.get_or_insert(now);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
        seen.idle.extend(ended.map(|ended| (now - ended).as_secs_f64()));
    }
}

impl Runner for Sleeper {
    fn run(
        &self,
        parameters: &Map<String, Value>,
        _: &(dyn Fn(u32, f64) + Sync),
        _: &(dyn Fn() -> bool + Sync),
    ) -> Result<BTreeMap<String, f64>, Broken> {
        self.begins();
        std::thread::sleep(Duration::from_secs_f64(self.seconds));
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        let value = parameters.get("C").and_then(Value::as_f64).unwrap_or_default();
        Ok(BTreeMap::from([("cv_f1_score".to_owned(), 1.0 / (1.0 + value))]))
    }
}

/// Runs workers until there is nothing more to do.
pub async fn work(address: &str, run: &str, workers: usize, seconds: f64) -> Outcome<()> {
    let mut authority = String::new();
    std::io::stdin().read_to_string(&mut authority)?;
    let (_asker, stop) = Stop::pair();
    let seen = Arc::<Mutex<Seen>>::default();
    let folder = std::env::temp_dir().join(format!("podium-bench-sweep-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut all = tokio::task::JoinSet::new();
    let begin = processor_seconds();
    for number in 0..workers {
        let token = folder.join(number.to_string());
        std::fs::write(&token, format!("worker-{number}"))?;
        let service = Service {
            uri: format!("https://localhost:{}", address.rsplit(':').next().unwrap_or_default()),
            certificate_authority: Some(authority.clone()),
            timeout_seconds: 60,
        };
        let resolver = Resolver::Fixed(vec![address.parse()?]);
        let service = TrialService::new(&service, token, resolver, Pace::default())
            .map_err(|error| error.to_string())?;
        let data = Pinned { data_digest: "none".to_owned(), task: Task::BinaryClassification };
        let brief = Brief { run: run.to_owned(), data, objective: "cv_f1_score".to_owned() };
        let runner = Sleeper { seconds, seen: Arc::clone(&seen), ended: Mutex::default() };
        let worker = Worker::new(service, runner, brief, stop.clone());
        all.spawn(async move { worker.work().await.map_err(|error| error.to_string()) });
    }
    while let Some(ended) = all.join_next().await {
        ended??;
    }
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let took = seen.first.map(|first| first.elapsed().as_secs_f64());
    println!(
        "{}",
        json!({"seconds": took, "processor_seconds": processor_seconds() - begin, "idle": seen.idle})
    );
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
