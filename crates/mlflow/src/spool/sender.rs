//! The task that sends: a few batches in flight, each kept until it is delivered or refused.

use std::sync::Arc;

use futures::{StreamExt, stream::FuturesUnordered};
use tokio::time::Instant;

use super::{
    LoggerSettings, Shared,
    verdict::{Verdict, verdict},
};
use crate::{Batch, Client, Error, RetryPolicy, RunId, retry::Jitter};

/// What all requests of one logger share.
struct Sender {
    shared: Arc<Shared>,
    client: Client,
    run: RunId,
    retry: RetryPolicy,
    jitter: Jitter,
}

/// Sends until the task is aborted.
pub(super) async fn run(shared: Arc<Shared>, client: Client, run: RunId, settings: LoggerSettings) {
    let sender = Sender {
        shared: Arc::clone(&shared),
        // One attempt each: the pauses in between are the spool's own, and end when a flush is in a hurry.
        client: client.with_retry(RetryPolicy::once()),
        run,
        jitter: Jitter::new(settings.retry.seed),
        retry: settings.retry,
    };
    let mut on_their_way = FuturesUnordered::new();
    loop {
        while on_their_way.len() < settings.max_in_flight.max(1) {
            let Some(batch) = shared.queue().take(Instant::now()) else { break };
            on_their_way.push(sender.deliver(batch));
        }
        let has_place = on_their_way.len() < settings.max_in_flight.max(1);
        let due = shared.queue().due_at().filter(|_| has_place);
        tokio::select! {
            Some(()) = on_their_way.next() => {}
            () = shared.wake.notified() => {}
            () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
    }
}

impl Sender {
    /// Sends a batch until each of its entries is settled.
    async fn deliver(&self, batch: Batch) {
        let has_text = !(batch.params.is_empty() && batch.tags.is_empty());
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            match self.settle(&part).await {
                Ok(()) => self.shared.settle(|queue| queue.delivered(&part)),
                Err(Refusal::Batch(reason)) => self.shared.settle(|queue| queue.refused(&part, &reason)),
                Err(Refusal::Entry(reason)) if part.len() <= 1 => {
                    self.shared.settle(|queue| queue.refused(&part, &reason));
                }
                Err(Refusal::Entry(_)) => {
                    let (first, second) = part.halves();
                    parts.extend([second, first].into_iter().filter(|half| !half.is_empty()));
                }
            }
        }
        if has_text {
            self.shared.queue().text_arrived();
        }
    }

    /// Sends one request again and again until the server has taken or refused it.
    async fn settle(&self, batch: &Batch) -> Result<(), Refusal> {
        let mut failed = 0;
        loop {
            let Err(error) = self.client.log_batch(&self.run, batch).await else { return Ok(()) };
            failed += 1;
            match verdict(&error, failed) {
                Verdict::Keep => self.pause(failed, error).await,
                Verdict::Halve => return Err(Refusal::Entry(error)),
                Verdict::Refuse => return Err(Refusal::Batch(error)),
            }
        }
    }

    async fn pause(&self, failed: u32, error: Error) {
        let delay = self.retry.delay(failed, &self.jitter);
        if failed == 1 {
            tracing::warn!(run = %self.run, %error, "MLflow does not take metrics now, they are kept");
        }
        self.shared.queue().failed(error);
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = self.shared.hurry.notified() => {}
        }
    }
}

/// Why a batch was not taken.
enum Refusal {
    /// One of its entries is at fault.
    Entry(Error),
    /// Nothing of it can be stored.
    Batch(Error),
}
