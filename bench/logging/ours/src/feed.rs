//! Another process that logs what a training would log, at its pace.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use podium_mlflow::{Client, LoggerSettings, MetricLogger, MetricPoint, RunId};
use tokio::runtime::Runtime;

use crate::fits::TREES;
use crate::{Outcome, now_ms};

/// Metrics that are logged after each tree: far more often than a real training does, so that full batches are sent
/// while it trains.
const METRICS: u32 = 20;

/// Logs what follows a tree; notes the seconds of each call.
pub fn log_step(logger: &MetricLogger, round: u32, step: u32, calls: &mut Vec<f64>) {
    let step = i64::from(round * TREES + step);
    for metric in 0..METRICS {
        let point = MetricPoint::new(format!("m{metric}"), step as f64 / 7.0, now_ms(), step);
        let begin = Instant::now();
        logger.metric(point);
        calls.push(begin.elapsed().as_secs_f64());
    }
}

/// The other process, as the one that measures sees it.
pub struct Feeder {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Feeder {
    /// Starts it; its points go to this run.
    pub fn start(run: &str, settle: Duration) -> Outcome<Self> {
        let url = std::env::args().nth(2).ok_or("no address")?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["feed", &url, run, &settle.as_secs().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take().ok_or("no pipe to the feeder")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no pipe from the feeder")?);
        Ok(Self { child, orders, answers })
    }

    /// Lets it log one fit's points, that many seconds from tree to tree.
    pub fn begin(&mut self, round: u32, pace: f64) -> Outcome<()> {
        Ok(writeln!(self.orders, "{round} {pace}")?)
    }

    /// Returns when its points have arrived, or have had their time.
    pub fn wait(&mut self) -> Outcome<()> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        if line.is_empty() { Err("the feeder ended early".into()) } else { Ok(()) }
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        // It may wait for a server that hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other process itself: an order a line, until there are no more.
pub fn serve(runtime: &Runtime, client: &Client, run: RunId, settle: Duration) -> Outcome<()> {
    let logger = MetricLogger::start(client, run, LoggerSettings::default());
    for order in std::io::stdin().lines() {
        let order = order?;
        let (round, pace) = order.split_once(' ').ok_or("an order is a round and a pace")?;
        let (round, pace) = (round.parse()?, Duration::from_secs_f64(pace.parse()?));
        let mut next = Instant::now();
        for tree in 1..=TREES {
            next += pace;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            log_step(&logger, round, tree, &mut Vec::new());
        }
        let _ = runtime.block_on(logger.flush(settle));
        writeln!(std::io::stdout(), "done")?;
    }
    Ok(())
}
