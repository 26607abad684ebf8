//! The report on a sweep's trials, as files.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use podium_tuning::report::{Report, SUMMARY_JSON};

use super::Desk;

/// What stands in the place of charts that can't be drawn.
const NO_CHARTS: &str = "charts/none.txt";

impl Desk {
    /// The files of the report by name, charts among them; `name` is the sweep's.
    pub fn report_files(&self, name: &str, now: Timestamp) -> BTreeMap<String, Vec<u8>> {
        let (ending, seconds) = (self.over(now), self.elapsed(now).as_secs_f64());
        let report = Report::new(name, self.sweep(), &self.details(), ending, seconds);
        let mut files = match report.files() {
            Ok(files) => {
                files.into_iter().map(|file| (file.name.to_owned(), file.text.into_bytes())).collect()
            }
            // Finite numbers and texts always are JSON; should one not be, why stands where people look.
            Err(error) => BTreeMap::from([(SUMMARY_JSON.to_owned(), error.to_string().into_bytes())]),
        };
        match report.charts() {
            Ok(pictures) => files.extend(pictures.into_iter().map(|picture| (picture.name, picture.bytes))),
            // A report without charts is a report.
            Err(error) => files.extend([(NO_CHARTS.to_owned(), error.to_string().into_bytes())]),
        }
        files
    }
}
