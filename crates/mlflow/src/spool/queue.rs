//! The entries that wait, within bounded memory, and the account of all others. Pure: no sending, no clock of
//! its own.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque, btree_map::Entry},
    time::Duration,
};

use tokio::time::Instant;

use super::report::{Counts, FlushError, Rejected};
use crate::{Batch, Error, Invalid, MetricPoint, Param, Tag, limits};

/// Refused entries that are kept whole; all are counted.
const KEPT_REJECTIONS: usize = 20;

/// What taking an entry means for the sending task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    /// It may have to act: the first entry, or a full batch.
    Wake,
    /// Nothing new for it.
    Quiet,
}

#[derive(Debug)]
pub(super) struct Queue {
    capacity: usize,
    linger: Duration,
    /// Bytes of all entries that are not settled, also those on their way.
    used: usize,
    metrics: VecDeque<MetricPoint>,
    params: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    /// Parameters and tags go one request at a time: a tag's later value must not be overtaken by an earlier
    /// one.
    is_text_on_its_way: bool,
    /// When the oldest waiting entry came.
    since: Option<Instant>,
    is_urgent: bool,
    counts: Counts,
    rejected: Vec<Rejected>,
    last_error: Option<Error>,
}

impl Queue {
    pub(super) fn new(capacity: usize, linger: Duration) -> Self {
        Self {
            capacity,
            linger,
            used: 0,
            metrics: VecDeque::new(),
            params: BTreeMap::new(),
            tags: BTreeMap::new(),
            is_text_on_its_way: false,
            since: None,
            is_urgent: false,
            counts: Counts::default(),
            rejected: Vec::new(),
            last_error: None,
        }
    }

    pub(super) fn offer_metric(&mut self, point: MetricPoint, now: Instant) -> Offered {
        self.counts.offered += 1;
        if let Err(invalid) = limits::check_metric(&point) {
            self.reject(name_of_metric(&point), invalid.into());
            return Offered::Quiet;
        }
        if !self.has_room(size_of_metric(&point)) {
            return Offered::Quiet;
        }
        self.metrics.push_back(point);
        self.offered(now)
    }

    pub(super) fn offer_param(&mut self, param: Param, now: Instant) -> Offered {
        self.counts.offered += 1;
        let name = format!("parameter {:?}", param.key);
        if let Err(invalid) = limits::check_param(&param) {
            self.reject(name, invalid.into());
            return Offered::Quiet;
        }
        match self.params.get(&param.key) {
            Some(waiting) if *waiting == param.value => self.counts.delivered += 1,
            Some(waiting) => {
                let allowed = format!("its first value {waiting:?}: parameters can't be changed");
                self.reject(name, Invalid::new("parameter value", &param.value, allowed).into());
            }
            None => return self.take_param(param, now),
        }
        Offered::Quiet
    }

    fn take_param(&mut self, param: Param, now: Instant) -> Offered {
        if !self.has_room(size_of_text(&param.key, &param.value)) {
            return Offered::Quiet;
        }
        self.params.insert(param.key, param.value);
        self.offered(now)
    }

    pub(super) fn offer_tag(&mut self, tag: Tag, now: Instant) -> Offered {
        self.counts.offered += 1;
        if let Err(invalid) = limits::check_tag(&tag) {
            self.reject(format!("tag {:?}", tag.key), invalid.into());
            return Offered::Quiet;
        }
        let size = size_of_text(&tag.key, &tag.value);
        match self.tags.entry(tag.key) {
            Entry::Occupied(mut waiting) => {
                // The value that still waits is superseded, which is what its caller wanted.
                self.used = (self.used + size).saturating_sub(size_of_text(waiting.key(), waiting.get()));
                waiting.insert(tag.value);
                self.counts.delivered += 1;
                Offered::Quiet
            }
            Entry::Vacant(place) => {
                if self.used + size > self.capacity {
                    self.counts.dropped += 1;
                    return Offered::Quiet;
                }
                self.used += size;
                place.insert(tag.value);
                self.offered(now)
            }
        }
    }

    fn has_room(&mut self, size: usize) -> bool {
        let fits = self.used + size <= self.capacity;
        if fits {
            self.used += size;
        } else {
            self.counts.dropped += 1;
        }
        fits
    }

    fn offered(&mut self, now: Instant) -> Offered {
        let is_first = self.since.is_none();
        self.since.get_or_insert(now);
        let is_full = self.metrics.len() == Batch::METRICS;
        if is_first || is_full || self.is_urgent { Offered::Wake } else { Offered::Quiet }
    }

    /// The next batch, if one is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<Batch> {
        if self.due_at()? > now {
            return None;
        }
        let mut batch = Batch::default();
        if !self.is_text_on_its_way {
            batch.params = take_texts(&mut self.params).map(|(key, value)| Param { key, value }).collect();
            batch.tags = take_texts(&mut self.tags).map(|(key, value)| Tag { key, value }).collect();
            self.is_text_on_its_way = !batch.is_empty();
        }
        let room = (Batch::ENTRIES - batch.len()).min(self.metrics.len());
        batch.metrics = self.metrics.drain(..room).collect();
        let is_empty = self.metrics.is_empty() && self.params.is_empty() && self.tags.is_empty();
        self.since = if is_empty { None } else { Some(now) };
        if batch.is_empty() { None } else { Some(batch) }
    }

    /// When the next batch is due; `None` if nothing can be sent now.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let has_text = !self.params.is_empty() || !self.tags.is_empty();
        let has_any = !self.metrics.is_empty() || (has_text && !self.is_text_on_its_way);
        let since = self.since.filter(|_| has_any)?;
        let is_now = self.is_urgent || self.metrics.len() >= Batch::METRICS;
        Some(if is_now { since } else { since + self.linger })
    }

    pub(super) fn set_urgent(&mut self, is_urgent: bool) {
        self.is_urgent = is_urgent;
    }

    pub(super) fn delivered(&mut self, batch: &Batch) {
        self.counts.delivered += batch.len() as u64;
        self.release(batch);
        self.last_error = None;
    }

    pub(super) fn refused(&mut self, batch: &Batch, reason: &Error) {
        self.release(batch);
        for point in &batch.metrics {
            self.reject(name_of_metric(point), reason.clone());
        }
        for param in &batch.params {
            self.reject(format!("parameter {:?}", param.key), reason.clone());
        }
        for tag in &batch.tags {
            self.reject(format!("tag {:?}", tag.key), reason.clone());
        }
    }

    /// The request that carried parameters and tags is settled.
    pub(super) fn text_arrived(&mut self) {
        self.is_text_on_its_way = false;
    }

    pub(super) fn failed(&mut self, error: Error) {
        self.last_error = Some(error);
    }

    /// Counts all that waits as dropped.
    pub(super) fn give_up(&mut self) {
        self.counts.dropped += self.counts.pending();
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    pub(super) fn last_error(&self) -> Option<&Error> {
        self.last_error.as_ref()
    }

    /// The numbers, or what is not in MLflow.
    pub(super) fn report(&self) -> Result<Counts, FlushError> {
        if self.counts.delivered == self.counts.offered {
            return Ok(self.counts);
        }
        let (counts, rejected) = (self.counts, self.rejected.clone());
        Err(FlushError { counts, rejected, last_error: self.last_error.clone().map(Box::new) })
    }

    fn reject(&mut self, entry: String, reason: Error) {
        self.counts.rejected += 1;
        if self.rejected.len() < KEPT_REJECTIONS {
            self.rejected.push(Rejected { entry, reason });
        }
    }

    fn release(&mut self, batch: &Batch) {
        let metrics: usize = batch.metrics.iter().map(size_of_metric).sum();
        let params: usize = batch.params.iter().map(|param| size_of_text(&param.key, &param.value)).sum();
        let tags: usize = batch.tags.iter().map(|tag| size_of_text(&tag.key, &tag.value)).sum();
        self.used = self.used.saturating_sub(metrics + params + tags);
    }
}

fn take_texts(from: &mut BTreeMap<String, String>) -> impl Iterator<Item = (String, String)> {
    std::iter::from_fn(|| from.pop_first()).take(Batch::PARAMS_OR_TAGS)
}

fn name_of_metric(point: &MetricPoint) -> String {
    format!("metric {:?} at step {}", point.key, point.step)
}

fn size_of_metric(point: &MetricPoint) -> usize {
    let model = point.model_id.as_ref().map_or(0, |id| id.as_str().len());
    let dataset = point.dataset.as_ref().map_or(0, |dataset| dataset.name.len() + dataset.digest.len());
    size_of::<MetricPoint>() + point.key.len() + model + dataset
}

fn size_of_text(key: &str, value: &str) -> usize {
    2 * size_of::<String>() + key.len() + value.len()
}
