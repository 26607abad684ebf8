//! All trials as a table.

use serde_json::Value;

use super::{ALL_RESULTS_CSV, Report, TrialResult, WriteError};

/// RFC 4180 with a heading; a column a parameter, named as MLflow's own tables name them.
pub(super) fn table(report: &Report) -> Result<String, WriteError> {
    let failed = |reason: String| WriteError { file: ALL_RESULTS_CSV, reason };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fixed = ["number", "state", report.metric.as_str(), "step", "seconds", "message"].map(str::to_owned);
    let parameters = report.parameters.iter().map(|parameter| format!("params.{}", parameter.name));
    writer.write_record(fixed.into_iter().chain(parameters)).map_err(|error| failed(error.to_string()))?;
    for trial in &report.trials {
        writer.write_record(row(report, trial)).map_err(|error| failed(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}

fn row(report: &Report, trial: &TrialResult) -> Vec<String> {
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut row = vec![
        trial.number.to_string(),
        format!("{:?}", trial.state),
        number(trial.value),
        trial.step.map(|step| step.to_string()).unwrap_or_default(),
        number(trial.seconds),
        trial.message.clone().unwrap_or_default(),
    ];
    let value = |name: &String| trial.parameters.get(name).map(cell).unwrap_or_default();
    row.extend(report.parameters.iter().map(|parameter| value(&parameter.name)));
    row
}

fn cell(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
