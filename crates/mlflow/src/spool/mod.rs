//! Logging in the background: takes points without ever blocking, keeps them in bounded memory while the
//! server is away, and accounts for each one. Nothing is dropped without `flush` saying so.

mod queue;
mod report;
mod sender;
mod verdict;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::Instant,
};

use crate::{Client, Error, MetricPoint, Param, RetryPolicy, RunId, Tag};
pub use report::{Counts, FlushError, Rejected};

use queue::{Offered, Queue};

/// How a [`MetricLogger`] works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggerSettings {
    /// Bytes that waiting entries may take, roughly; default 64 MiB, some 400,000 points.
    pub capacity_bytes: usize,
    /// How long a point may wait for a batch to fill; default 1 s.
    pub linger: Duration,
    /// Requests in flight at most; default 8, as many as a client has. More than one go only where full batches wait: a
    /// server spreads its connections over its workers by chance, and with 2 they often share one (0.84 of what 8 get).
    pub max_in_flight: usize,
    /// Delays while the server is away; its number of attempts does not count here. Default 500 ms to 5 s.
    pub retry: RetryPolicy,
}

impl Default for LoggerSettings {
    fn default() -> Self {
        let retry = RetryPolicy { base: Duration::from_millis(500), ..RetryPolicy::default() };
        Self { capacity_bytes: 64 << 20, linger: Duration::from_secs(1), max_in_flight: 8, retry }
    }
}

/// Logs to one run in the background. Dropping it without [`MetricLogger::close`] gives up what still waits.
#[derive(Debug)]
pub struct MetricLogger {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What callers and the sending task share. The lock is held for pushing and popping only, never across a
/// request.
#[derive(Debug)]
struct Shared {
    queue: Mutex<Queue>,
    /// Tells the task that there is something to send.
    wake: Notify,
    /// Ends the task's pauses between attempts.
    hurry: Notify,
    /// Changes when entries were delivered or rejected.
    progress: watch::Sender<u64>,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, change: impl FnOnce(&mut Queue)) {
        change(&mut self.queue());
        self.progress.send_modify(|version| *version = version.wrapping_add(1));
    }
}

impl MetricLogger {
    /// Starts to log to a run. Must be called within a tokio runtime, whose threads send.
    pub fn start(client: &Client, run: RunId, settings: LoggerSettings) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::new(settings.capacity_bytes, settings.linger)),
            wake: Notify::new(),
            hurry: Notify::new(),
            progress: watch::Sender::new(0),
        });
        let task = tokio::spawn(sender::run(Arc::clone(&shared), client.clone(), run, settings));
        Self { shared, task }
    }

    /// Takes a point, at once and from any thread; whether it arrived, `flush` says.
    pub fn metric(&self, point: MetricPoint) {
        self.offer(|queue| queue.offer_metric(point, Instant::now()));
    }

    /// Takes a parameter, at once and from any thread.
    pub fn param(&self, param: Param) {
        self.offer(|queue| queue.offer_param(param, Instant::now()));
    }

    /// Takes a tag, at once and from any thread; a later value of the same key replaces one that still waits.
    pub fn tag(&self, tag: Tag) {
        self.offer(|queue| queue.offer_tag(tag, Instant::now()));
    }

    fn offer(&self, offer: impl FnOnce(&mut Queue) -> Offered) {
        // The task is only woken when there is something new for it to decide: pushing stays cheap.
        if offer(&mut self.shared.queue()) == Offered::Wake {
            self.shared.wake.notify_one();
        }
    }

    /// What has become of the entries so far.
    pub fn counts(&self) -> Counts {
        self.shared.queue().counts()
    }

    /// The last error that sending met since something was last delivered.
    pub fn last_error(&self) -> Option<Error> {
        self.shared.queue().last_error().cloned()
    }

    /// Sends all that waits, and waits until it is settled or the time is up. What is not delivered then
    /// stays and is tried again.
    ///
    /// # Errors
    /// Any entry, since the start, that was dropped or rejected, or that still waits.
    pub async fn flush(&self, within: Duration) -> Result<Counts, FlushError> {
        let deadline = Instant::now() + within;
        let mut progress = self.shared.progress.subscribe();
        self.shared.queue().set_urgent(true);
        self.shared.wake.notify_one();
        self.shared.hurry.notify_waiters();
        while self.counts().pending() > 0 {
            // An error means that the task is gone: then nothing changes any more.
            if !matches!(tokio::time::timeout_at(deadline, progress.changed()).await, Ok(Ok(()))) {
                break;
            }
        }
        self.shared.queue().set_urgent(false);
        self.shared.queue().report()
    }

    /// Flushes, then ends. What could not be delivered in time is given up and counted as dropped.
    ///
    /// # Errors
    /// As [`MetricLogger::flush`].
    pub async fn close(self, within: Duration) -> Result<Counts, FlushError> {
        let flushed = self.flush(within).await;
        self.task.abort();
        self.shared.queue().give_up();
        match flushed {
            Ok(counts) => Ok(counts),
            Err(_) => self.shared.queue().report(),
        }
    }
}

impl Drop for MetricLogger {
    fn drop(&mut self) {
        self.task.abort();
    }
}
