//! Behaviour of schema inference.

use super::*;
use crate::metric::Truth;
use crate::table::read_csv;

fn spec(target: &str) -> DataSpec {
    DataSpec { target: target.into(), ..DataSpec::default() }
}

fn infer(csv: &str, spec: &DataSpec) -> Result<Schema, SchemaError> {
    Schema::infer(&read_csv(csv.as_bytes()).unwrap(), spec)
}

fn message(csv: &str, spec: &DataSpec) -> String {
    infer(csv, spec).unwrap_err().to_string()
}

/// x, and a target from a function of the row.
fn rows(n: usize, y: impl Fn(usize) -> String) -> String {
    (0..n).fold("x,y\n".to_owned(), |csv, i| format!("{csv}{}.5,{}\n", i * i, y(i)))
}

#[test]
fn the_task_follows_from_the_target() {
    let task = |y: fn(usize) -> String| infer(&rows(60, y), &spec("y")).unwrap().task;
    assert_eq!(task(|i| (i % 2).to_string()), Task::BinaryClassification);
    assert_eq!(task(|i| (i % 20).to_string()), Task::MulticlassClassification);
    assert_eq!(task(|i| (i % 21).to_string()), Task::Regression);
    assert_eq!(task(|i| format!("{}.5", i % 2)), Task::Regression);
    assert_eq!(task(|i| format!("c{}", i % 30)), Task::MulticlassClassification);
    assert_eq!(task(|i| (i % 2 == 0).to_string()), Task::BinaryClassification);
}

#[test]
fn numeric_labels_sort_as_numbers_and_text_labels_by_code_point() {
    let s = infer(&rows(40, |i| (i as i32 % 12 - 1).to_string()), &spec("y")).unwrap();
    assert_eq!(s.classes, ["-1", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    let s = infer(&rows(40, |i| ["b", "a", "B", "é"][i % 4].into()), &spec("y")).unwrap();
    assert_eq!(s.classes, ["B", "a", "b", "é"]);
    assert_eq!(s.positive, None);
}

#[test]
fn the_positive_class_is_the_larger_unless_stated() {
    let csv = rows(10, |i| (i % 2).to_string());
    assert_eq!(infer(&csv, &spec("y")).unwrap().positive, Some(1));
    let stated = |label: &str| DataSpec { positive_label: Some(label.into()), ..spec("y") };
    assert_eq!(infer(&csv, &stated("0")).unwrap().positive, Some(0));
    assert_eq!(infer(&csv, &stated("0.0")).unwrap().positive, Some(0));
    assert_eq!(
        message(&csv, &stated("yes")),
        "positiveLabel \"yes\" is not a class of target column \"y\"; allowed: 0, 1"
    );
}

#[test]
fn a_positive_label_needs_two_classes() {
    let stated = DataSpec { positive_label: Some("1".into()), ..spec("y") };
    let message = message(&rows(9, |i| (i % 3).to_string()), &stated);
    assert_eq!(
        message,
        "positiveLabel \"1\" is not a class of target column \"y\"; allowed: none, there are 3 classes and a positive label needs 2"
    );
}

#[test]
fn one_class_and_a_wrong_number_of_classes_are_refused() {
    assert_eq!(
        message(&rows(5, |_| "1".into()), &spec("y")),
        "target column \"y\" has only the class \"1\"; a classifier needs at least 2 classes"
    );
    let three = rows(9, |i| (i % 3).to_string());
    assert_eq!(
        message(&three, &DataSpec { task: TaskSpec::BinaryClassification, ..spec("y") }),
        "target column \"y\" has 3 classes, task BinaryClassification needs exactly 2"
    );
    let two = rows(9, |i| (i % 2).to_string());
    assert_eq!(
        message(&two, &DataSpec { task: TaskSpec::MulticlassClassification, ..spec("y") }),
        "target column \"y\" has 2 classes, task MulticlassClassification needs at least 3"
    );
}

#[test]
fn a_regression_on_text_is_refused_with_a_value() {
    assert_eq!(
        message(&rows(3, |i| format!("{i} EUR")), &DataSpec { task: TaskSpec::Regression, ..spec("y") }),
        "target column \"y\" is Text, task Regression needs Number (first value that is none: \"0 EUR\")"
    );
}

#[test]
fn an_unknown_column_is_refused_in_every_role() {
    let csv = rows(4, |i| (i % 2).to_string());
    assert_eq!(message(&csv, &spec("z")), "target column \"z\" is not in the data; columns are: x, y");
    let other = |f: fn(&mut DataSpec)| {
        let mut s = spec("y");
        f(&mut s);
        message(&csv, &s)
    };
    assert_eq!(
        other(|s| s.weight_column = Some("w".into())),
        "weight column \"w\" is not in the data; columns are: x, y"
    );
    assert_eq!(
        other(|s| s.time_column = Some("t".into())),
        "time column \"t\" is not in the data; columns are: x, y"
    );
    assert_eq!(
        other(|s| s.group_column = Some("g".into())),
        "group column \"g\" is not in the data; columns are: x, y"
    );
    assert_eq!(
        other(|s| s.exclude = vec!["e".into()]),
        "excluded column \"e\" is not in the data; columns are: x, y"
    );
    assert_eq!(
        other(|s| s.categorical = vec!["c".into()]),
        "categorical column \"c\" is not in the data; columns are: x, y"
    );
}

#[test]
fn a_column_has_one_role() {
    let csv = rows(4, |i| (i % 2).to_string());
    assert_eq!(
        message(&csv, &DataSpec { weight_column: Some("y".into()), ..spec("y") }),
        "column \"y\" is named both as target and as weight; give it one role"
    );
}

#[test]
fn a_time_column_of_text_is_refused() {
    let csv = "x,t,y\n1.5,yesterday,0\n2.5,today,1\n";
    assert_eq!(
        message(csv, &DataSpec { time_column: Some("t".into()), ..spec("y") }),
        "time column \"t\" is Text, must be Timestamp or Number"
    );
}

#[test]
fn without_a_feature_left_the_reasons_are_told() {
    let csv = "k,y\nEUR,0\nEUR,1\n";
    assert_eq!(
        message(csv, &spec("y")),
        "no feature column is left: \"k\" is constant: the same value in every row"
    );
}

#[test]
fn churn_keeps_what_a_person_would_keep() {
    let table = crate::table::read_csv(&crate::testdata::read("churn_like.csv")).unwrap();
    let spec = DataSpec {
        group_column: Some("account_id".into()),
        time_column: Some("observed_at".into()),
        ..spec("churned")
    };
    let digests = crate::digest::row_digests(&table);
    let table = table.gather(&crate::check::distinct_rows(&digests));
    assert_eq!(table.rows(), 4970);
    let schema = Schema::infer(&table, &spec).unwrap();
    assert_eq!(
        (schema.task, schema.classes.clone(), schema.positive),
        (Task::BinaryClassification, vec!["0".into(), "1".into()], Some(1))
    );
    let kinds: Vec<(&str, FeatureKind)> = schema.features.iter().map(|f| (f.name.as_str(), f.kind)).collect();
    use FeatureKind::{Category as C, Number as N};
    assert_eq!(
        kinds,
        [
            ("plan", C),
            ("region", C),
            ("device", C),
            ("tenure_months", N),
            ("monthly_fee", N),
            ("support_calls", N),
            ("usage_gb", N),
            ("satisfaction", N),
            ("autopay", C),
            ("credit_score", N)
        ]
    );
    let dropped: Vec<&str> = schema.dropped.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(dropped, ["customer_id", "partner_code", "currency"]);
    assert!(schema.dropped[0].reason.starts_with("is an identifier"), "{}", schema.dropped[0].reason);
    assert!(schema.dropped[1].reason.contains("177 levels"), "{}", schema.dropped[1].reason);
    assert!(schema.dropped[2].reason.starts_with("is constant"), "{}", schema.dropped[2].reason);
}

#[test]
fn many_levels_are_kept_when_listed() {
    let csv =
        (0..400).fold("k,x,y\n".to_owned(), |csv, i| format!("{csv}k{},{}.5,{}\n", i % 60, i % 7, i % 2));
    let dropped = infer(&csv, &spec("y")).unwrap().dropped;
    assert_eq!(dropped.len(), 1);
    let listed = DataSpec { categorical: vec!["k".into(), "x".into()], ..spec("y") };
    let kinds: Vec<FeatureKind> = infer(&csv, &listed).unwrap().features.iter().map(|f| f.kind).collect();
    assert_eq!(kinds, [FeatureKind::Category, FeatureKind::NumericCategory]);
}

#[test]
fn all_different_whole_numbers_far_apart_are_no_identifier() {
    let csv = (0..40).fold("income,id,y\n".to_owned(), |csv, i| {
        format!("{csv}{},{},{}\n", 20_000 + i * 977, i * 1000, i % 2)
    });
    let schema = infer(&csv, &spec("y")).unwrap();
    assert_eq!(schema.features.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["income"]);
}

#[test]
fn the_truth_is_the_class_index_and_none_where_a_target_is_missing() {
    let table = read_csv(b"x,y\n1.5,10\n2.5,9\n3.5,10\n4.5,\n").unwrap();
    let schema = Schema::infer(&table, &spec("y")).unwrap();
    assert_eq!(schema.classes, ["9", "10"]);
    assert_eq!(
        schema.truth(&table, &[0, 1, 2]),
        Some(Truth::Classes { labels: vec![1, 0, 1], classes: 2, positive: Some(1) })
    );
    assert_eq!(schema.truth(&table, &[3]), None);
    assert_eq!(schema.weights(&table, &[0, 1]), [1.0, 1.0]);
}

#[test]
fn a_schema_survives_json() {
    let schema = infer(&rows(10, |i| (i % 2).to_string()), &spec("y")).unwrap();
    let json = serde_json::to_string(&schema).unwrap();
    assert_eq!(serde_json::from_str::<Schema>(&json).unwrap(), schema);
}
