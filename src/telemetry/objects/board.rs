//! What is shown of all objects. Lives as long as the process and forgets an object that goes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::series::{Facts, Gauge, ObjectKey, Series};

/// The series of all objects.
#[derive(Debug, Default)]
pub struct Board(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<ObjectKey, Object>,
    /// Counters that stay when an object goes.
    kept: BTreeMap<Series, u64>,
}

#[derive(Debug, Default)]
struct Object {
    gauges: Vec<Gauge>,
    counters: BTreeMap<Series, u64>,
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Gauge(f64),
    Counter(u64),
}

impl Board {
    /// Shows an object as it is now, instead of as it was.
    pub fn show(&self, key: ObjectKey, facts: Facts) {
        let State { objects, kept } = &mut *self.state();
        let object = objects.entry(key).or_default();
        object.gauges = facts.gauges;
        for count in facts.counts {
            let counters = if count.goes { &mut object.counters } else { &mut *kept };
            *counters.entry(count.series).or_default() += count.by;
        }
    }

    /// Forgets an object.
    pub fn forget(&self, key: &ObjectKey) {
        self.state().objects.remove(key);
    }

    /// Forgets the objects of a kind that are not there any more.
    pub fn retain(&self, kind: &str, is_there: impl Fn(&ObjectKey) -> bool) {
        self.state().objects.retain(|key, _| key.kind != kind || is_there(key));
    }

    /// A poisoned board still shows what is right of each object.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Every series once, by metric.
    fn series(&self) -> BTreeMap<&Series, Value> {
        let mut ranks: BTreeMap<&Series, (i64, f64)> = BTreeMap::new();
        for gauge in self.objects.values().flat_map(|object| &object.gauges) {
            let believed = ranks.entry(&gauge.series).or_insert((gauge.rank, gauge.value));
            if gauge.rank > believed.0 {
                *believed = (gauge.rank, gauge.value);
            }
        }
        let gauges = ranks.into_iter().map(|(series, (_, value))| (series, Value::Gauge(value)));
        let counters = self.objects.values().flat_map(|object| &object.counters).chain(&self.kept);
        gauges.chain(counters.map(|(series, count)| (series, Value::Counter(*count)))).collect()
    }
}

impl Collector for Board {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let state = self.state();
        let all: Vec<_> = state.series().into_iter().collect();
        for family in all.chunk_by(|(one, _), (other, _)| one.metric == other.metric) {
            let Some((first, _)) = family.first() else { continue };
            let told = first.metric.describe();
            let mut metric =
                encoder.encode_descriptor(told.name, told.help, told.unit.as_ref(), told.kind)?;
            for (series, value) in family {
                match (told.kind, value) {
                    (MetricType::Info, _) => metric.encode_info(&series.labels)?,
                    (_, Value::Gauge(value)) => {
                        ConstGauge::new(*value).encode(metric.encode_family(&series.labels)?)?;
                    }
                    (_, Value::Counter(count)) => {
                        ConstCounter::new(*count).encode(metric.encode_family(&series.labels)?)?;
                    }
                }
            }
        }
        Ok(())
    }
}
