//! Metric points and their history.

use serde::{Deserialize, Serialize};

use crate::{Client, Error, MetricValue, ModelId, Page, RunId, page::collect, request::Request};

/// One measured value of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricPoint {
    /// Name of the metric: 1 to 250 letters, digits, `_ - . space : /`.
    pub key: String,
    /// Its value.
    pub value: MetricValue,
    /// When it was measured, in milliseconds since 1970.
    #[serde(rename = "timestamp", default)]
    pub timestamp_ms: i64,
    /// Step of the training; the value at the highest step is the metric's current one.
    #[serde(default)]
    pub step: i64,
    /// The LoggedModel that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_id: Option<ModelId>,
    /// The dataset that it was measured on.
    #[serde(flatten, default)]
    pub dataset: Option<DatasetRef>,
}

/// Names a dataset that was logged as a run's input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetRef {
    /// Its name, 1 to 500 characters.
    #[serde(rename = "dataset_name")]
    pub name: String,
    /// Its digest, 1 to 36 characters.
    #[serde(rename = "dataset_digest")]
    pub digest: String,
}

impl MetricPoint {
    /// A point that belongs to its run alone.
    pub fn new(key: impl Into<String>, value: impl Into<MetricValue>, timestamp_ms: i64, step: i64) -> Self {
        Self { key: key.into(), value: value.into(), timestamp_ms, step, model_id: None, dataset: None }
    }

    /// The point as one of a LoggedModel.
    #[must_use]
    pub fn of_model(mut self, model: ModelId) -> Self {
        self.model_id = Some(model);
        self
    }

    /// The point as measured on a dataset.
    #[must_use]
    pub fn on_dataset(mut self, name: impl Into<String>, digest: impl Into<String>) -> Self {
        self.dataset = Some(DatasetRef { name: name.into(), digest: digest.into() });
        self
    }
}

/// Points that one request asks for.
const PAGE: usize = 5000;

impl Client {
    /// All points of a metric, in the order in which they were stored (not by step); empty if there is none,
    /// and also if there is no such run.
    ///
    /// # Errors
    /// Those of the requests.
    pub async fn get_metric_history(&self, run: &RunId, key: &str) -> Result<Vec<MetricPoint>, Error> {
        collect(usize::MAX, |token| self.metric_history_page(run, key, PAGE, token)).await
    }

    async fn metric_history_page(
        &self,
        run: &RunId,
        key: &str,
        size: usize,
        token: Option<String>,
    ) -> Result<Page<MetricPoint>, Error> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            metrics: Vec<MetricPoint>,
            next_page_token: Option<String>,
        }
        let mut request = Request::get("metrics/get-history")
            .query("run_id", run.as_str())
            .query("metric_key", key)
            .query("max_results", size.to_string());
        if let Some(token) = token {
            request = request.query("page_token", token);
        }
        let answer: Answer = self.json(request).await?;
        Ok(Page { items: answer.metrics, next_page_token: answer.next_page_token })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_written_flat_and_without_what_it_lacks() {
        let plain = MetricPoint::new("loss", f64::NAN, 5, -1);
        let json = serde_json::to_value(&plain).unwrap();
        assert_eq!(json, serde_json::json!({"key": "loss", "value": "NaN", "timestamp": 5, "step": -1}));
        let full = plain.of_model(ModelId::new("m-1")).on_dataset("d", "abc");
        let json = serde_json::to_value(&full).unwrap();
        assert_eq!(json["model_id"], "m-1");
        assert_eq!(json["dataset_name"], "d");
        assert_eq!(json["dataset_digest"], "abc");
        assert_eq!(serde_json::from_value::<MetricPoint>(json).unwrap(), full);
    }
}
