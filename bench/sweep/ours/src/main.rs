//! The trial service and its workers without pods: what the real ones do, but for Kubernetes' part in it.
//!
//! `bench-sweep serve TRIALS WORKERS [MLFLOW]` opens a sweep of Random and serves its trials by HTTPS, from memory or with MLflow; prints
//! where, and, once its input ends, what it has cost. `bench-sweep work ADDRESS RUN WORKERS SECONDS` reads the authority from its input and
//! runs trials that sleep.
#![allow(clippy::print_stdout, reason = "figures go to the standard output")]

mod memory;
mod serve;
mod work;

use std::error::Error;

/// Whatever goes wrong ends the bench.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(worker_threads = 2)]
async fn main() -> Outcome<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", trials, workers] => serve::serve(trials.parse()?, workers.parse()?, None).await,
        ["serve", trials, workers, mlflow] => {
            serve::serve(trials.parse()?, workers.parse()?, Some(mlflow)).await
        }
        ["work", address, run, workers, seconds] => {
            work::work(address, run, workers.parse()?, seconds.parse()?).await
        }
        _ => {
            Err("usage: bench-sweep serve TRIALS WORKERS [MLFLOW] | work ADDRESS RUN WORKERS SECONDS".into())
        }
    }
}

/// Processor time of this process so far, in seconds.
fn processor_seconds() -> f64 {
    let usage = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = usage.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    // utime and stime, proc(5); a tick is 10 ms on Linux.
    (ticks(11) + ticks(12)) / 100.0
}
