//! Reading back: whether points that were logged are stored, once each.

use std::collections::BTreeMap;

use crate::{Client, Error, MetricPoint, RunId};

impl Client {
    /// Points that the server has not stored for this run, of those given; one read for each metric.
    /// The server keeps equal points (key, value, time, step) once, so one that is given twice counts once.
    ///
    /// # Errors
    /// Those of the requests.
    pub async fn missing_metrics(
        &self,
        run: &RunId,
        points: &[MetricPoint],
    ) -> Result<Vec<MetricPoint>, Error> {
        let mut by_key: BTreeMap<&str, Vec<&MetricPoint>> = BTreeMap::new();
        for point in points {
            by_key.entry(&point.key).or_default().push(point);
        }
        let mut missing = Vec::new();
        for (key, wanted) in by_key {
            let mut stored: Vec<_> = self.get_metric_history(run, key).await?.iter().map(identity).collect();
            stored.sort_unstable();
            let is_missing = |point: &&&MetricPoint| stored.binary_search(&identity(point)).is_err();
            missing.extend(wanted.iter().filter(is_missing).map(|point| (*point).clone()));
        }
        Ok(missing)
    }
}

/// What makes two points of one metric equal to the server.
fn identity(point: &MetricPoint) -> (i64, i64, u64) {
    let value = point.value.get();
    // All NaN are one value to the server, and so are the two zeros and what it stores as infinite.
    let bits = match value {
        value if value.is_nan() => f64::NAN.to_bits(),
        0.0 => 0.0_f64.to_bits(),
        value if value.abs() == f64::MAX => (value * 2.0).to_bits(),
        value => value.to_bits(),
    };
    (point.step, point.timestamp_ms, bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_compared_as_the_server_stores_them() {
        let id = |value: f64| identity(&MetricPoint::new("m", value, 1, 2));
        assert_eq!(id(f64::NAN), id(-f64::NAN));
        assert_eq!(id(0.0), id(-0.0));
        assert_eq!(id(f64::MAX), id(f64::INFINITY));
        assert_ne!(id(1.0), id(2.0));
        assert_ne!(id(1.0), identity(&MetricPoint::new("m", 1.0, 1, 3)));
    }
}
