//! The background logger at work, for the bench. Prints one JSON object.
//!
//! `bench-logging points URL RUN COUNT`: logs points as fast as they are taken, until all of them are stored.
//! `bench-logging fits URL RUN ROUNDS`: the same fit without and with logging, by turns. What is left at the end is
//! given up: the server may hang.

mod fits;
mod points;

use std::error::Error;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use podium_mlflow::{Client, RunId, Settings};

/// What everything here answers.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [mode, url, run, count] = &arguments[..] else {
        return Err("usage: bench-logging points|fits URL RUN COUNT".into());
    };
    let (client, run) = (Client::new(Settings::new(url))?, RunId::new(run));
    // As in the trainer: two threads serve the network.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let answer = match mode.as_str() {
        "points" => runtime.block_on(points::log(&client, run, count.parse()?))?,
        "fits" => {
            let _guard = runtime.enter();
            fits::compare(&client, &run, count.parse()?)?
        }
        other => return Err(format!("points or fits, not {other}").into()),
    };
    runtime.shutdown_background();
    Ok(writeln!(std::io::stdout(), "{answer}")?)
}

/// Now, in milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
