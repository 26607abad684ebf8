//! The background logger at work, for the bench. Prints one JSON object.
//!
//! `bench-logging points URL RUN COUNT`: logs points as fast as they are taken, until all of them are stored.
//! `bench-logging fits URL RUN OTHER_RUN ROUNDS SETTLE`: the same fit with logging and, by turns, while another process
//! logs the same to the other run. After a fit its points have SETTLE seconds to arrive: 0 for a server that hangs.
//! `bench-logging feed URL RUN SETTLE`: that other process.

mod feed;
mod fits;
mod points;

use std::error::Error;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podium_mlflow::{Client, RunId, Settings};
use tokio::runtime::{Builder, Runtime};

/// What everything here answers.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // As in the trainer: two threads serve the network.
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let done = work(&runtime, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    runtime.shutdown_background();
    done
}

fn work(runtime: &Runtime, arguments: &[&str]) -> Outcome<()> {
    let client = |url| Client::new(Settings::new(url));
    let _guard = runtime.enter();
    let answer = match *arguments {
        ["points", url, run, count] => {
            runtime.block_on(points::log(&client(url)?, RunId::new(run), count.parse()?))?
        }
        ["fits", url, run, other, rounds, settle] => {
            let (runs, settle) = ([run.to_owned(), other.to_owned()], Duration::from_secs(settle.parse()?));
            fits::compare(runtime, &client(url)?, &runs, rounds.parse()?, settle)?
        }
        ["feed", url, run, settle] => {
            return feed::serve(
                runtime,
                &client(url)?,
                RunId::new(run),
                Duration::from_secs(settle.parse()?),
            );
        }
        _ => {
            return Err("usage: bench-logging points|fits|feed URL RUN ...; see the top of its source".into());
        }
    };
    Ok(writeln!(std::io::stdout(), "{answer}")?)
}

/// Now, in milliseconds since 1970.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
