//! Behaviour of splits by time.

use super::*;

#[test]
fn time_order_is_scikit_learns_with_equal_times_together() {
    let table = Table::new(vec![
        ("id".into(), Column::Number((0..14).map(f64::from).collect())),
        ("x".into(), Column::Number((0..14).map(|i| (f64::from(i) * 7.3).sin()).collect())),
        ("group".into(), Column::Number(vec![1.0; 14])),
        ("time".into(), Column::Number((0..14).map(f64::from).collect())),
        ("y".into(), Column::Number((0..14).map(|i| f64::from(i % 2)).collect())),
    ])
    .unwrap();
    let spec = |gap| SplitSpec { holdout: 0.25, folds: 3, strategy: Strategy::TimeOrdered { gap }, seed: 1 };
    let split = split_of(spec(0), &table).unwrap();
    assert_eq!(split.holdout, [10, 11, 12, 13]);
    let sizes: Vec<(usize, usize)> =
        split.folds.iter().map(|f| (f.train.len(), f.validation.len())).collect();
    assert_eq!(sizes, [(4, 2), (6, 2), (8, 2)]);
    assert_eq!(split.folds[0].validation, [4, 5]);

    let gap = split_of(spec(1), &table).unwrap();
    assert_eq!((gap.training.last(), gap.holdout.first()), (Some(&8), Some(&10)));
    assert_eq!((gap.folds[2].train.last(), gap.folds[2].validation.as_slice()), (Some(&5), &[7, 8][..]));

    let mut tied = table.clone();
    tied.replace("time", Column::Number((0..14).map(|i| f64::from(i / 4)).collect()));
    let split = split_of(spec(0), &tied).unwrap_err();
    assert_eq!(
        split.to_string(),
        "the fold 1 of 3 has no rows: 14 rows are too few for this split; add data, lower folds or gap, or change the holdout's share"
    );
    tied.replace("time", Column::Number((0..14).map(|i| f64::from((i / 3) * 3)).collect()));
    let split = split_of(SplitSpec { folds: 2, ..spec(0) }, &tied).unwrap();
    let mut holdout = split.holdout.clone();
    holdout.sort_unstable();
    assert_eq!(holdout, [9, 10, 11, 12, 13], "the border moves to the first of equal times");
}

#[test]
fn churn_by_time_holds_out_the_last_rows() {
    let table = read_csv(&crate::testdata::read("churn_like.csv")).unwrap();
    let data =
        DataSpec { target: "churned".into(), time_column: Some("observed_at".into()), ..DataSpec::default() };
    let schema = Schema::infer(&table, &data).unwrap();
    let all: Vec<usize> = (0..table.rows()).collect();
    let spec = spec(Strategy::TimeOrdered { gap: 0 });
    let split = spec.split(&table, &row_digests(&table), &all, &schema).unwrap();
    let Some(Column::Timestamp(times)) = table.column("observed_at") else { panic!("no time") };
    let last_before = split.training.iter().map(|&r| times[r]).max().unwrap();
    let first_after = split.holdout.iter().map(|&r| times[r]).min().unwrap();
    assert!(last_before < first_after);
    assert_eq!(split.holdout.len(), 1000);
}
