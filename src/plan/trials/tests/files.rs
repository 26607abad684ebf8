use super::*;

#[test]
fn the_report_is_files_and_charts_by_name() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.tell("w1", trial, complete(0.5)).unwrap();
    let files = office.desk.report_files("churn", at(1));
    let history = String::from_utf8(files["charts/optimization_history.svg"].clone()).unwrap();
    assert!(history.contains("Optimisation history of churn"), "{history}");
    assert!(files["charts/top_trials.png"].starts_with(b"\x89PNG"));
    assert!(files.contains_key("all_tuning_results.csv"), "{:?}", files.keys());
    assert!(!files.contains_key("charts/none.txt"));
}

#[test]
fn a_sweep_without_a_result_has_a_report_without_charts() {
    let files = Office::new(sweep(|_| {})).desk.report_files("churn", at(1));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["all_tuning_results.csv", "all_tuning_results.json", "tuning_summary_report.json"]);
}
