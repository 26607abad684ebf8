//! Behaviour of splits: what stays when data grow, move or repeat.

mod time;
mod trained_rows;

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::{Just, ProptestConfig, Strategy as _, any, prop_assert, prop_assert_eq, proptest};

use super::*;
use crate::digest::row_digests;
use crate::schema::DataSpec;
use crate::table::{Column, read_csv};

/// Rows with an id, a feature, a group of about three rows, a rising time and a class.
fn rows(ids: impl Iterator<Item = u64>) -> Table {
    let ids: Vec<f64> = ids.map(|i| i as f64).collect();
    let of = |f: fn(f64) -> f64| Column::Number(ids.iter().map(|&i| f(i)).collect());
    Table::new(vec![
        ("id".into(), of(|i| i)),
        ("x".into(), of(|i| (i * 0.37).sin())),
        ("group".into(), of(|i| (i / 3.0).floor())),
        ("time".into(), of(|i| (i / 2.0).floor())),
        ("y".into(), of(|i| f64::from(u8::from((i * 1.7).cos() > 0.3)))),
    ])
    .unwrap()
}

fn schema(table: &Table) -> Schema {
    let data = DataSpec {
        target: "y".into(),
        group_column: Some("group".into()),
        time_column: Some("time".into()),
        ..DataSpec::default()
    };
    Schema::infer(table, &data).unwrap()
}

fn spec(strategy: Strategy) -> SplitSpec {
    SplitSpec { holdout: 0.2, strategy, folds: 5, seed: 7 }
}

fn split_of(spec: SplitSpec, table: &Table) -> Result<Split, SplitError> {
    let all: Vec<usize> = (0..table.rows()).collect();
    spec.split(table, &row_digests(table), &all, &schema(table))
}

/// id -> -1 for the holdout, else the fold.
fn places(table: &Table, split: &Split) -> BTreeMap<u64, i64> {
    let Some(Column::Number(ids)) = table.column("id") else { panic!("no id") };
    let held = split.holdout.iter().map(|&r| (ids[r] as u64, -1));
    let folds =
        split.folds.iter().enumerate().flat_map(|(k, f)| f.validation.iter().map(move |&r| (r, k as i64)));
    held.chain(folds.map(|(r, k)| (ids[r] as u64, k))).collect()
}

fn assert_partition(table: &Table, split: &Split) {
    let holdout: HashSet<usize> = split.holdout.iter().copied().collect();
    let training: HashSet<usize> = split.training.iter().copied().collect();
    assert!(holdout.is_disjoint(&training));
    assert_eq!(holdout.len() + training.len(), table.rows());
    for fold in &split.folds {
        let train: HashSet<usize> = fold.train.iter().copied().collect();
        let validation: HashSet<usize> = fold.validation.iter().copied().collect();
        assert!(train.is_disjoint(&validation));
        assert_eq!(&train | &validation, training);
    }
    let checked: Vec<usize> = split.folds.iter().flat_map(|f| f.validation.clone()).collect();
    assert_eq!(checked.len(), training.len(), "every training row is checked once");
}

#[test]
fn every_row_is_held_out_or_checked_once() {
    let table = rows(0..2000);
    for strategy in [Strategy::Auto, Strategy::Stratified, Strategy::Shuffled, Strategy::Group] {
        let split = split_of(spec(strategy), &table).unwrap();
        assert_partition(&table, &split);
        let folds = split.fold_of_rows(2000);
        assert_eq!((folds[split.holdout[0]], folds[split.folds[3].validation[0]]), (None, Some(3)));
    }
}

#[test]
fn shares_are_near_what_was_asked() {
    let split = split_of(spec(Strategy::Stratified), &rows(0..10_000)).unwrap();
    let near = |n: usize, expected: f64| (n as f64 - expected).abs() < 4.0 * expected.sqrt();
    assert!(near(split.holdout.len(), 2000.0), "{}", split.holdout.len());
    assert!(split.folds.iter().all(|f| near(f.validation.len(), 1600.0)));
}

#[test]
fn auto_is_stratified_for_classes_and_shuffled_for_numbers() {
    let table = rows(0..500);
    assert_eq!(split_of(spec(Strategy::Auto), &table).unwrap().strategy, Strategy::Stratified);
    let mut regression = schema(&table);
    regression.task = Task::Regression;
    let all: Vec<usize> = (0..500).collect();
    let split = spec(Strategy::Auto).split(&table, &row_digests(&table), &all, &regression).unwrap();
    assert_eq!(split.strategy, Strategy::Shuffled);
    let refused = spec(Strategy::Stratified).split(&table, &row_digests(&table), &all, &regression);
    assert_eq!(refused, Err(SplitError::StratifiedRegression));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_row_keeps_its_side_and_fold_when_data_grow(seed in any::<u64>(), n in 300u64..600, more in 1u64..400) {
        for strategy in [Strategy::Stratified, Strategy::Shuffled, Strategy::Group] {
            let (before, after) = (rows(0..n), rows(0..n + more));
            let spec = SplitSpec { seed, ..spec(strategy) };
            let old = places(&before, &split_of(spec, &before).unwrap());
            let new = places(&after, &split_of(spec, &after).unwrap());
            for (id, place) in old {
                prop_assert_eq!(new[&id], place);
            }
        }
    }

    #[test]
    fn the_order_of_rows_in_the_file_changes_nothing(seed in any::<u64>(), mut ids in Just((0..400u64).collect::<Vec<_>>()).prop_shuffle()) {
        for strategy in [Strategy::Stratified, Strategy::Group, Strategy::TimeOrdered { gap: 3 }] {
            let spec = SplitSpec { seed, ..spec(strategy) };
            let (sorted, shuffled) = (rows(0..400), rows(ids.drain(..)));
            let (a, b) = (split_of(spec, &sorted).unwrap(), split_of(spec, &shuffled).unwrap());
            prop_assert_eq!(places(&sorted, &a), places(&shuffled, &b));
            let in_order = |t: &Table, rows: &[usize]| t.gather(rows).column("id").cloned();
            prop_assert_eq!(in_order(&sorted, &a.training), in_order(&shuffled, &b.training));
            prop_assert_eq!(in_order(&sorted, &a.folds[2].train), in_order(&shuffled, &b.folds[2].train));
            ids.extend(0..400);
        }
    }

    #[test]
    fn no_group_stands_on_both_sides(seed in any::<u64>()) {
        let table = rows(0..600);
        let split = split_of(SplitSpec { seed, ..spec(Strategy::Group) }, &table).unwrap();
        let groups = |rows: &[usize]| rows.iter().map(|&r| table.column("group").unwrap().cell(r).to_string()).collect::<HashSet<_>>();
        prop_assert!(groups(&split.training).is_disjoint(&groups(&split.holdout)));
        for fold in &split.folds {
            prop_assert!(groups(&fold.train).is_disjoint(&groups(&fold.validation)));
        }
    }
}

#[test]
fn another_seed_is_another_split_and_other_columns_do_not_matter() {
    let table = rows(0..500);
    let one = places(&table, &split_of(spec(Strategy::Shuffled), &table).unwrap());
    let other = places(&table, &split_of(SplitSpec { seed: 8, ..spec(Strategy::Shuffled) }, &table).unwrap());
    let moved = one.iter().filter(|(id, place)| other[id] != **place).count();
    assert!(moved > 300, "{moved}");
}

#[test]
fn holdout_and_fold_are_independent_draws() {
    let split = split_of(spec(Strategy::Shuffled), &rows(0..5000)).unwrap();
    assert!(
        split.folds.iter().all(|f| f.validation.len() > 650),
        "a fold of the training part is as likely as another"
    );
}

#[test]
fn copies_are_told_apart_by_their_occurrence() {
    let csv = (0..300).fold("id,x,group,time,y\n".to_owned(), |csv, i| {
        csv + if i % 2 == 0 { "1,2.5,1,1,0\n" } else { "1,3.5,1,1,1\n" }
    });
    let table = read_csv(csv.as_bytes()).unwrap();
    let data = DataSpec { target: "y".into(), ..DataSpec::default() };
    let schema = Schema::infer(&table, &data).unwrap();
    let all: Vec<usize> = (0..300).collect();
    let split = spec(Strategy::Shuffled).split(&table, &row_digests(&table), &all, &schema).unwrap();
    assert!(split.holdout.len() > 30 && split.training.len() > 200);
}

fn refused(table: &Table, spec: SplitSpec) -> String {
    split_of(spec, table).unwrap_err().to_string()
}

#[test]
fn shares_and_folds_out_of_range_are_refused() {
    let table = rows(0..100);
    for holdout in [0.0, 1.0, -0.1, f64::NAN] {
        let message = refused(&table, SplitSpec { holdout, ..spec(Strategy::Shuffled) });
        assert_eq!(
            message,
            format!("holdout {holdout} is out of range: must be greater than 0 and less than 1")
        );
    }
    let message = refused(&table, SplitSpec { folds: 1, ..spec(Strategy::Shuffled) });
    assert_eq!(message, "folds 1 is out of range: must be from 2 to 50");
}

#[test]
fn a_strategy_without_its_column_is_refused() {
    let table = rows(0..100);
    let data = DataSpec { target: "y".into(), ..DataSpec::default() };
    let schema = Schema::infer(&table, &data).unwrap();
    let all: Vec<usize> = (0..100).collect();
    let message =
        |strategy| spec(strategy).split(&table, &row_digests(&table), &all, &schema).unwrap_err().to_string();
    assert_eq!(message(Strategy::Group), "strategy Group needs data.groupColumn to be set");
    assert_eq!(
        message(Strategy::TimeOrdered { gap: 0 }),
        "strategy TimeOrdered needs data.timeColumn to be set"
    );
}

#[test]
fn a_row_without_group_or_time_is_refused() {
    let mut table = rows(0..50);
    let with_hole = |f: fn(f64) -> f64| {
        Column::Number((0..50).map(|i| if i == 6 { f64::NAN } else { f(f64::from(i)) }).collect())
    };
    table.replace("group", with_hole(|i| (i / 3.0).floor()));
    table.replace("time", with_hole(|i| i));
    assert_eq!(
        refused(&table, spec(Strategy::Group)),
        "column \"group\" is missing in row 7; every row needs a value to be split by"
    );
    assert_eq!(
        refused(&table, spec(Strategy::TimeOrdered { gap: 0 })),
        "column \"time\" is missing in row 7; every row needs a value to be split by"
    );
}

#[test]
fn fewer_groups_than_folds_are_refused() {
    let mut table = rows(0..60);
    table.replace("group", Column::Number((0..60).map(|i| f64::from(i % 4)).collect()));
    let message = refused(&table, spec(Strategy::Group));
    assert!(
        message.starts_with("column \"group\" has ") && message.ends_with(", fewer than folds 5"),
        "{message}"
    );
}

#[test]
fn a_class_absent_from_a_side_is_refused_and_a_small_one_warns() {
    let with_rare = |n: usize| {
        let mut table = rows(0..400);
        table.replace(
            "y",
            Column::Text(
                (0..400)
                    .map(|i| Some(if i < n { "rare".into() } else { ["a", "b"][i % 2].into() }))
                    .collect(),
            ),
        );
        table
    };
    let message = refused(&with_rare(1), spec(Strategy::Stratified));
    assert!(message.starts_with("class \"rare\" has no row in the "), "{message}");
    assert!(message.contains("it has 1 rows in all"), "{message}");
    let split = (0..50)
        .find_map(|seed| split_of(SplitSpec { seed, ..spec(Strategy::Stratified) }, &with_rare(4)).ok())
        .unwrap();
    assert_eq!(split.warnings.len(), 1);
    assert!(split.warnings[0].starts_with("class \"rare\" has "), "{}", split.warnings[0]);
}

#[test]
fn classes_that_are_all_smaller_than_the_folds_are_refused() {
    let table = rows(0..30);
    let spec = |seed| SplitSpec { folds: 40, holdout: 0.5, seed, ..spec(Strategy::Stratified) };
    let message = refused(&table, spec(1));
    assert!(message.contains("fold") && message.contains("has no rows"), "{message}");
}
