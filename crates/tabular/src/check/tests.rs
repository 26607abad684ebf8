//! Behaviour of checks and profile.

use super::*;
use crate::digest::row_digests;
use crate::schema::TaskSpec;
use crate::table::{ColumnType, read_csv};

fn data(target: &str) -> DataSpec {
    DataSpec { target: target.into(), ..DataSpec::default() }
}

fn run(csv: &str, data: &DataSpec, checks: &ChecksSpec) -> Vec<String> {
    let table = read_csv(csv.as_bytes()).unwrap();
    let rows = distinct_rows(&row_digests(&table));
    violations(&table, &rows, data, checks).iter().map(ToString::to_string).collect()
}

fn column(check: ColumnCheck) -> ChecksSpec {
    ChecksSpec { min_rows: None, columns: vec![check] }
}

fn named(name: &str) -> ColumnCheck {
    ColumnCheck { name: name.into(), ..ColumnCheck::default() }
}

const GOOD: &str = "age,y\n30,0\n40,1\n50,0\n";

#[test]
fn good_data_break_no_rule() {
    let checks = column(ColumnCheck {
        kind: Some(ColumnType::Number),
        required: true,
        min: Some(30.0),
        max: Some(50.0),
        max_missing: Some(0.0),
        ..named("age")
    });
    assert_eq!(run(GOOD, &data("y"), &checks), Vec::<String>::new());
}

#[test]
fn too_few_rows_are_counted_without_copies() {
    let checks = ChecksSpec { min_rows: Some(4), columns: vec![] };
    assert_eq!(
        run("age,y\n30,0\n40,1\n50,0\n30,0\n", &data("y"), &checks),
        ["found 3 distinct rows, allowed: at least 4"]
    );
}

#[test]
fn a_file_without_rows_is_refused() {
    assert_eq!(
        run("age,y\n", &data("y"), &ChecksSpec::default()),
        ["found 0 distinct rows, allowed: at least 1"]
    );
}

#[test]
fn an_unknown_target_is_refused_with_the_columns_there_are() {
    assert_eq!(
        run(GOOD, &data("z"), &ChecksSpec::default()),
        ["column \"z\": found no such column, allowed: age, y"]
    );
}

#[test]
fn a_required_column_must_exist_and_an_optional_one_need_not() {
    assert_eq!(
        run(GOOD, &data("y"), &column(ColumnCheck { required: true, ..named("size") })),
        ["column \"size\": found no such column, allowed: age, y"]
    );
    assert_eq!(
        run(GOOD, &data("y"), &column(ColumnCheck { min: Some(1.0), ..named("size") })),
        Vec::<String>::new()
    );
}

#[test]
fn text_in_a_column_declared_number_is_named_with_row_and_value() {
    let csv = "age,y\n30,0\nforty,1\n50,0\nold,1\n";
    assert_eq!(
        run(csv, &data("y"), &column(ColumnCheck { kind: Some(ColumnType::Number), ..named("age") })),
        ["column \"age\": found \"forty\" in row 2 and 1 more, allowed: Number"]
    );
}

#[test]
fn a_few_texts_among_numbers_are_refused_until_the_column_is_declared() {
    let csv = (0..30).fold("age,y\n".to_owned(), |csv, i| {
        csv + &if i == 7 { "n/a,1\n".into() } else { format!("{i}.5,{}\n", i % 2) }
    });
    assert_eq!(
        run(&csv, &data("y"), &ChecksSpec::default()),
        [
            "column \"age\": found \"n/a\" in row 8, allowed: numbers, as 29 of its 30 values are; or declare type Text in checks.columns, or exclude the column"
        ]
    );
    let declared = column(ColumnCheck { kind: Some(ColumnType::Text), ..named("age") });
    assert_eq!(run(&csv, &data("y"), &declared), Vec::<String>::new());
    let number = column(ColumnCheck { kind: Some(ColumnType::Number), ..named("age") });
    assert_eq!(run(&csv, &data("y"), &number), ["column \"age\": found \"n/a\" in row 8, allowed: Number"]);
    let excluded = DataSpec { exclude: vec!["age".into()], ..data("y") };
    assert_eq!(run(&csv, &excluded, &ChecksSpec::default()), Vec::<String>::new());
}

#[test]
fn numbers_in_a_column_declared_timestamp_are_refused() {
    assert_eq!(
        run(GOOD, &data("y"), &column(ColumnCheck { kind: Some(ColumnType::Timestamp), ..named("age") })),
        ["column \"age\": found \"30\" in row 1 and 2 more, allowed: Timestamp"]
    );
}

#[test]
fn values_out_of_range_are_named_with_the_range() {
    let check = ColumnCheck { min: Some(35.0), max: Some(45.5), ..named("age") };
    assert_eq!(
        run(GOOD, &data("y"), &column(check)),
        ["column \"age\": found 30 in row 1 and 1 more, allowed: numbers from 35 to 45.5"]
    );
    let check = ColumnCheck { max: Some(45.0), ..named("age") };
    assert_eq!(
        run(GOOD, &data("y"), &column(check)),
        ["column \"age\": found 50 in row 3, allowed: numbers of at most 45"]
    );
}

#[test]
fn more_missing_values_than_allowed_are_refused() {
    let check = ColumnCheck { max_missing: Some(0.25), ..named("age") };
    assert_eq!(
        run("age,y\n30,0\n,1\n50,0\n", &data("y"), &column(check)),
        ["column \"age\": found 1 of 3 values missing (0.3333), allowed: a share of at most 0.25"]
    );
}

#[test]
fn an_all_missing_column_is_refused_unless_excluded() {
    let csv = "age,note,y\n30,,0\n40,,1\n";
    assert_eq!(
        run(csv, &data("y"), &ChecksSpec::default()),
        [
            "column \"note\": found no value in 2 rows, allowed: at least one value; otherwise exclude the column"
        ]
    );
    let excluded = DataSpec { exclude: vec!["note".into()], ..data("y") };
    assert_eq!(run(csv, &excluded, &ChecksSpec::default()), Vec::<String>::new());
}

#[test]
fn missing_targets_are_refused() {
    assert_eq!(
        run("age,y\n30,0\n40,\n50,1\n60,\n", &data("y"), &ChecksSpec::default()),
        ["column \"y\": found missing in row 2 and 1 more, allowed: a target in every row"]
    );
    assert_eq!(
        run("age,y\n30,\n40,\n", &data("y"), &ChecksSpec::default()),
        ["column \"y\": found no value in 2 rows, allowed: at least one value; otherwise exclude the column"]
    );
}

#[test]
fn one_class_is_refused_but_not_for_a_regression() {
    let csv = "age,y\n30,1\n40,1\n";
    assert_eq!(
        run(csv, &data("y"), &ChecksSpec::default()),
        ["column \"y\": found only the class \"1\", allowed: at least 2 classes"]
    );
    let regression = DataSpec { task: TaskSpec::Regression, ..data("y") };
    assert_eq!(run(csv, &regression, &ChecksSpec::default()), Vec::<String>::new());
}

#[test]
fn a_number_beyond_float32_is_refused() {
    assert_eq!(
        run("age,y\n30,0\n1e39,1\n", &data("y"), &ChecksSpec::default()),
        [format!(
            "column \"age\": found {} in row 2, allowed: finite numbers from -3.4e38 to 3.4e38 (float32)",
            1e39_f64
        )]
    );
}

#[test]
fn weights_are_above_zero() {
    let weighted = DataSpec { weight_column: Some("w".into()), ..data("y") };
    assert_eq!(
        run("w,x,y\n1,1.5,0\n0,2.5,1\n,3.5,1\n", &weighted, &ChecksSpec::default()),
        ["column \"w\": found 0 in row 2 and 1 more, allowed: numbers greater than 0"]
    );
}

#[test]
fn all_violations_are_listed() {
    let checks = ChecksSpec {
        min_rows: Some(10),
        columns: vec![
            ColumnCheck { max: Some(1.0), ..named("age") },
            ColumnCheck { required: true, ..named("b") },
        ],
    };
    let found = run("age,note,y\n30,,0\n40,,0\n", &data("y"), &checks);
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn the_first_of_copies_is_kept() {
    let table = read_csv(b"a,b\n1,x\n1,y\n1,x\n1.0,x\n").unwrap();
    assert_eq!(distinct_rows(&row_digests(&table)), [0, 1]);
    let churn = read_csv(&crate::testdata::read("churn_like.csv")).unwrap();
    assert_eq!(distinct_rows(&row_digests(&churn)).len(), 4970);
    let iris = read_csv(&crate::testdata::read("iris.csv")).unwrap();
    assert_eq!(distinct_rows(&row_digests(&iris)).len(), 149);
}

#[test]
fn the_profile_says_what_is_in_each_column() {
    let table =
        read_csv(b"a,b,t\n1,x,2024-01-02\n2,y,2024-01-01\n,x,\n4,x,2024-01-03\n4,x,2024-01-03\n").unwrap();
    let profile = Profile::of(&table, &distinct_rows(&row_digests(&table)));
    assert_eq!(
        serde_json::to_value(&profile).unwrap(),
        serde_json::json!({"rows": 4, "duplicates": 1, "columns": [
            {"name": "a", "type": "Number", "missing": 1, "distinct": 3,
             "number": {"min": 1.0, "q25": 1.5, "median": 2.0, "q75": 3.0, "max": 4.0, "mean": 7.0 / 3.0, "sd": (14.0_f64 / 9.0).sqrt()},
             "levels": [{"value": "1", "count": 1}, {"value": "2", "count": 1}, {"value": "4", "count": 1}]},
            {"name": "b", "type": "Text", "missing": 0, "distinct": 2,
             "levels": [{"value": "x", "count": 3}, {"value": "y", "count": 1}]},
            {"name": "t", "type": "Timestamp", "missing": 1, "distinct": 3,
             "range": ["2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z"]},
        ]})
    );
}

#[test]
fn negative_numbers_are_listed_in_their_order() {
    let table = read_csv(b"a\n-2\n3\n-10\n0\n").unwrap();
    let profile = Profile::of(&table, &[0, 1, 2, 3]);
    let values: Vec<&str> = profile.columns[0].levels.iter().map(|l| l.value.as_str()).collect();
    assert_eq!(values, ["-10", "-2", "0", "3"]);
}
