//! Batches of metrics, parameters and tags: the server takes so many at once, and refuses a whole batch for
//! one fault.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Client, Error, Invalid, MetricPoint, Param, RunId, Tag, limits, request::Request};

/// What is logged to a run in one request. A batch is not a transaction: parameters are stored first, then
/// metrics, then tags.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// At most 1000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricPoint>,
    /// At most 100, each key once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    /// At most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl Batch {
    /// Metrics at most in one request.
    pub const METRICS: usize = 1000;
    /// Parameters at most in one request, and tags as well.
    pub const PARAMS_OR_TAGS: usize = 100;
    /// All entries at most in one request.
    pub const ENTRIES: usize = 1000;

    /// Number of all entries.
    pub fn len(&self) -> usize {
        self.metrics.len() + self.params.len() + self.tags.len()
    }

    /// Whether there is nothing to log.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the server takes it as it is.
    ///
    /// # Errors
    /// Names the first entry, or the number, that it would refuse or cut.
    pub fn check(&self) -> Result<(), Invalid> {
        check_count("metrics in one batch", self.metrics.len(), Self::METRICS)?;
        check_count("parameters in one batch", self.params.len(), Self::PARAMS_OR_TAGS)?;
        check_count("tags in one batch", self.tags.len(), Self::PARAMS_OR_TAGS)?;
        check_count("entries in one batch", self.len(), Self::ENTRIES)?;
        self.metrics.iter().try_for_each(limits::check_metric)?;
        self.params.iter().try_for_each(limits::check_param)?;
        self.tags.iter().try_for_each(limits::check_tag)?;
        let mut keys = BTreeSet::new();
        match self.params.iter().find(|param| !keys.insert(&param.key)) {
            Some(twice) => Err(Invalid::new("parameter key", &twice.key, "each key once in a batch")),
            None => Ok(()),
        }
    }

    /// The same entries in batches that keep the limits, in the order in which one batch is stored.
    pub fn split(self) -> Vec<Self> {
        let params =
            chunks(self.params, Self::PARAMS_OR_TAGS).map(|params| Self { params, ..Self::default() });
        let metrics = chunks(self.metrics, Self::METRICS).map(|metrics| Self { metrics, ..Self::default() });
        let tags = chunks(self.tags, Self::PARAMS_OR_TAGS).map(|tags| Self { tags, ..Self::default() });
        params.chain(metrics).chain(tags).collect()
    }

    /// Two smaller batches with the same entries, for finding the entry that the server refuses; of a batch
    /// with one entry, the second is empty.
    pub(crate) fn halves(mut self) -> (Self, Self) {
        let has_text = !(self.params.is_empty() && self.tags.is_empty());
        let second = if has_text && !self.metrics.is_empty() {
            Self { metrics: std::mem::take(&mut self.metrics), ..Self::default() }
        } else if !self.params.is_empty() && !self.tags.is_empty() {
            Self { tags: std::mem::take(&mut self.tags), ..Self::default() }
        } else {
            // Only one kind is left.
            Self {
                metrics: self.metrics.split_off(self.metrics.len().div_ceil(2)),
                params: self.params.split_off(self.params.len().div_ceil(2)),
                tags: self.tags.split_off(self.tags.len().div_ceil(2)),
            }
        };
        (self, second)
    }
}

fn check_count(what: &str, count: usize, most: usize) -> Result<(), Invalid> {
    if count <= most {
        Ok(())
    } else {
        Err(Invalid::new(what, &count.to_string(), format!("at most {most}")))
    }
}

fn chunks<T>(items: Vec<T>, size: usize) -> impl Iterator<Item = Vec<T>> {
    let mut rest = items.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<T> = rest.by_ref().take(size).collect();
        if chunk.is_empty() { None } else { Some(chunk) }
    })
}

impl Client {
    /// Logs one batch within the limits; an empty one sends nothing. Safe to repeat: equal points are stored
    /// once.
    ///
    /// # Errors
    /// [`Error::Invalid`] if an entry would be refused or cut; the server's refusal of the whole batch, for
    /// example for a parameter that has another value already.
    pub async fn log_batch(&self, run: &RunId, batch: &Batch) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            run_id: &'a RunId,
            #[serde(flatten)]
            batch: &'a Batch,
        }
        batch.check()?;
        if batch.is_empty() {
            return Ok(());
        }
        self.done(Request::post("runs/log-batch").json(&Body { run_id: run, batch })?).await
    }

    /// Logs any number of entries, one request after the other.
    ///
    /// # Errors
    /// As [`Client::log_batch`]; what stands before the failed request is stored.
    pub async fn log_all(&self, run: &RunId, batch: Batch) -> Result<(), Error> {
        for part in batch.split() {
            self.log_batch(run, &part).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(count: usize) -> Vec<MetricPoint> {
        (0..count).map(|step| MetricPoint::new("loss", 0.5, 1, step as i64)).collect()
    }

    fn params(count: usize) -> Vec<Param> {
        (0..count).map(|i| Param::new(format!("p{i}"), "1")).collect()
    }

    fn tags(count: usize) -> Vec<Tag> {
        (0..count).map(|i| Tag::new(format!("t{i}"), "1")).collect()
    }

    #[test]
    fn the_limits_themselves_are_allowed_and_one_more_is_not() {
        let ok = |batch: Batch| batch.check().is_ok();
        assert!(ok(Batch { metrics: metrics(1000), ..Batch::default() }));
        assert!(!ok(Batch { metrics: metrics(1001), ..Batch::default() }));
        assert!(ok(Batch { params: params(100), ..Batch::default() }));
        assert!(!ok(Batch { params: params(101), ..Batch::default() }));
        assert!(ok(Batch { metrics: metrics(800), params: params(100), tags: tags(100) }));
        assert!(!ok(Batch { metrics: metrics(801), params: params(100), tags: tags(100) }));
        assert!(!ok(Batch { tags: tags(101), ..Batch::default() }));
    }

    #[test]
    fn a_parameter_key_given_twice_is_refused() {
        let twice = Batch { params: vec![Param::new("lr", "1"), Param::new("lr", "1")], ..Batch::default() };
        assert_eq!(twice.check().unwrap_err().field, "parameter key");
    }

    #[test]
    fn split_keeps_every_entry_and_every_limit() {
        let whole = Batch { metrics: metrics(2500), params: params(250), tags: tags(150) };
        let parts = whole.clone().split();
        assert!(parts.iter().all(|part| part.check().is_ok()));
        let joined = |pick: fn(&Batch) -> usize| parts.iter().map(pick).sum::<usize>();
        assert_eq!(joined(|part| part.metrics.len()), 2500);
        assert_eq!(joined(|part| part.params.len()), 250);
        assert_eq!(joined(|part| part.tags.len()), 150);
        assert_eq!(
            parts.iter().map(Batch::len).collect::<Vec<_>>(),
            [100, 100, 50, 1000, 1000, 500, 100, 50]
        );
    }

    #[test]
    fn halving_a_batch_of_two_or_more_always_makes_both_parts_smaller() {
        for (m, p, t) in [(1, 1, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1), (2, 0, 0), (0, 2, 0), (3, 1, 5)] {
            let whole = Batch { metrics: metrics(m), params: params(p), tags: tags(t) };
            let len = whole.len();
            let (first, second) = whole.halves();
            assert_eq!(first.len() + second.len(), len);
            assert!(first.len() < len && second.len() < len, "{m} {p} {t}");
        }
    }
}
