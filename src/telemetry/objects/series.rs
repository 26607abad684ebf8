//! What is shown: a metric with its labels, and its value.

use super::catalogue::Metric;

/// An object that metrics are about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Labels in the order in which they are shown.
pub type Labels = Vec<(&'static str, String)>;

/// One time series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    pub metric: Metric,
    pub labels: Labels,
}

/// What a gauge stands at.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauge {
    pub series: Series,
    pub value: f64,
    /// Of two objects that show the same series, the one with the larger rank is believed.
    pub rank: i64,
}

/// By how much a counter goes up. 0 makes it known, so that Prometheus sees its first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub series: Series,
    pub by: u64,
    /// Whether it goes with the object. What is counted by model stays: a sum that shrinks would read as a restart.
    pub goes: bool,
}

/// What one object shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    pub gauges: Vec<Gauge>,
    pub counts: Vec<Count>,
}

impl Series {
    pub fn new<const N: usize>(metric: Metric, labels: [(&'static str, &str); N]) -> Self {
        Self { metric, labels: labels.map(|(name, value)| (name, value.to_owned())).to_vec() }
    }
}

impl Facts {
    /// A gauge of one object alone.
    pub fn gauge(&mut self, series: Series, value: f64) {
        self.ranked(series, value, 0);
    }

    /// A gauge that several objects may show.
    pub fn ranked(&mut self, series: Series, value: f64, rank: i64) {
        self.gauges.push(Gauge { series, value, rank });
    }

    /// A counter that goes with the object.
    pub fn count(&mut self, series: Series, by: u64) {
        self.counts.push(Count { series, by, goes: true });
    }

    /// A counter that stays when the object goes.
    pub fn count_for_good(&mut self, series: Series, by: u64) {
        self.counts.push(Count { series, by, goes: false });
    }
}
