//! Behaviour of preparation, against scikit-learn where it has the same step.

use super::*;
use crate::metric::Truth;
use crate::schema::{DataSpec, Schema};
use crate::table::{Table, read_csv};

fn data(csv: &str) -> (Table, Schema) {
    let table = read_csv(csv.as_bytes()).unwrap();
    let spec = DataSpec { target: "y".into(), ..DataSpec::default() };
    let schema = Schema::infer(&table, &spec).unwrap();
    (table, schema)
}

fn all(table: &Table) -> Vec<usize> {
    (0..table.rows()).collect()
}

fn plain() -> PreparationSpec {
    PreparationSpec { scaling: Scaling::None, ..PreparationSpec::default() }
}

/// Columns by name after fit and transform on all rows.
fn columns(csv: &str, spec: &PreparationSpec) -> Vec<(String, Vec<f32>)> {
    let (table, schema) = data(csv);
    let fitted = FittedPreparation::fit(&table, &all(&table), &schema, spec).unwrap();
    let m = fitted.transform(&table, &all(&table)).unwrap();
    assert_eq!(m.values.len(), m.rows * m.columns);
    m.names.iter().cloned().zip(m.values.chunks(m.rows).map(<[f32]>::to_vec)).collect()
}

fn number(csv: &str, spec: &PreparationSpec, feature: usize) -> FittedNumber {
    let (table, schema) = data(csv);
    let fitted = FittedPreparation::fit(&table, &all(&table), &schema, spec).unwrap();
    match &fitted.features()[feature].fitted {
        Fitted::Number { number, .. } => *number,
        other => panic!("{other:?}"),
    }
}

const GAP: &str = "x,y\n1.5,0\n,1\n4.5,0\n2.5,1\n1.5,1\n10.5,0\n";

#[test]
fn missing_numbers_are_filled_and_shown_by_an_indicator() {
    let fill = |missing| number(GAP, &PreparationSpec { missing, ..plain() }, 0).fill;
    assert_eq!(fill(Missing::Median), 2.5);
    assert_eq!(fill(Missing::Mean), 4.1);
    assert_eq!(fill(Missing::MostFrequent), 1.5);
    assert_eq!(fill(Missing::Constant(-1.0)), -1.0);
    assert_eq!(
        columns(GAP, &plain()),
        [
            ("x".into(), vec![1.5, 2.5, 4.5, 2.5, 1.5, 10.5]),
            ("x.missing".into(), vec![0.0, 1.0, 0.0, 0.0, 0.0, 0.0])
        ]
    );
}

#[test]
fn the_median_of_an_even_count_is_the_mean_of_the_middle_two() {
    assert_eq!(number("x,y\n1.5,0\n,1\n2.5,0\n", &plain(), 0).fill, 2.0);
}

#[test]
fn of_equally_frequent_values_the_smallest_fills() {
    let spec = PreparationSpec { missing: Missing::MostFrequent, ..plain() };
    assert_eq!(number("x,y\n3.5,0\n2.5,1\n,0\n2.5,1\n3.5,0\n1.5,0\n", &spec, 0).fill, 2.5);
}

#[test]
fn a_constant_beyond_float32_is_refused() {
    let (table, schema) = data(GAP);
    let spec = PreparationSpec { missing: Missing::Constant(1e39), ..plain() };
    let message = FittedPreparation::fit(&table, &all(&table), &schema, &spec).unwrap_err().to_string();
    assert!(message.starts_with("missing: the constant 1000"), "{message}");
}

#[test]
fn scales_equal_scikit_learns_on_churn() {
    let table = read_csv(&crate::testdata::read("churn_like.csv")).unwrap();
    let table = table.gather(&crate::check::distinct_rows(&crate::digest::row_digests(&table)));
    let spec = DataSpec { target: "churned".into(), ..DataSpec::default() };
    let mut schema = Schema::infer(&table, &spec).unwrap();
    schema.features.retain(|f| ["usage_gb", "credit_score"].contains(&f.name.as_str()));
    let fit = |scaling| {
        let spec = PreparationSpec { scaling, ..PreparationSpec::default() };
        let fitted = FittedPreparation::fit(&table, &all(&table), &schema, &spec).unwrap();
        fitted
            .features()
            .iter()
            .map(|f| match &f.fitted {
                Fitted::Number { number, indicator: true } => {
                    (number.fill, number.offset, 1.0 / f64::from(number.factor))
                }
                other => panic!("{other:?}"),
            })
            .collect::<Vec<_>>()
    };
    // scikit-learn 1.9.1, pandas 3.1.1: median, then StandardScaler, RobustScaler, MinMaxScaler on float32 values.
    let expected = [
        (
            Scaling::Standard,
            [
                (9.14, 14.387_903_192_243_586, 19.775_809_296_805_534),
                (598.75, 598.347_827_289_665_7, 73.278_523_351_112_64),
            ],
        ),
        (
            Scaling::Robust,
            [(9.14, 9.139_999_389_648_438, 11.897_249_817_848_206), (598.75, 598.75, 85.299_987_792_968_75)],
        ),
        (
            Scaling::MinMax,
            [
                (9.14, 0.314_999_997_615_814_2, 540.716_982_424_259_2),
                (598.75, 292.600_006_103_515_6, 592.300_018_310_546_9),
            ],
        ),
    ];
    for (scaling, columns) in expected {
        for ((fill, offset, scale), (f, o, s)) in fit(scaling).into_iter().zip(columns) {
            assert!((f64::from(fill) - f).abs() < 1e-6 * f, "{scaling:?} fill {fill}");
            assert!((f64::from(offset) - o).abs() < 1e-6 * o, "{scaling:?} offset {offset}");
            assert!((scale - s).abs() < 1e-6 * s, "{scaling:?} scale {scale}");
        }
    }
}

#[test]
fn a_constant_column_becomes_x_minus_mean() {
    let (table, mut schema) = data("x,y\n3.5,0\n4.5,1\n");
    schema.features[0].name = "x".into();
    let constant = read_csv(b"x,y\n0.1,0\n0.1,1\n0.1,0\n").unwrap();
    for scaling in [Scaling::Standard, Scaling::MinMax, Scaling::Robust] {
        let spec = PreparationSpec { scaling, ..PreparationSpec::default() };
        let fitted = FittedPreparation::fit(&constant, &[0, 1, 2], &schema, &spec).unwrap();
        let m = fitted.transform(&table, &[0, 1]).unwrap();
        assert_eq!(m.values, [3.5 - 0.1, 4.5 - 0.1]);
    }
}

#[test]
fn min_max_is_not_clipped_and_the_matrix_stays_finite() {
    let (table, schema) = data("x,y\n0,0\n10,1\n");
    let spec = PreparationSpec { scaling: Scaling::MinMax, ..PreparationSpec::default() };
    let fitted = FittedPreparation::fit(&table, &[0, 1], &schema, &spec).unwrap();
    let other = read_csv(b"x\n15\n-5\n3e38\n").unwrap();
    assert_eq!(fitted.transform(&other, &[0, 1]).unwrap().values, [1.5, -0.5]);
    let tiny = FittedNumber { fill: 0.0, offset: -3e38, factor: 1e10 };
    assert_eq!(tiny.apply(3e38), f32::MAX);
}

#[test]
fn categories_become_sorted_columns_and_missing_is_a_level_where_training_has_it() {
    let csv = "c,y\nb,0\na,1\n,0\nb,1\n";
    assert_eq!(
        columns(csv, &plain()),
        [
            ("c=a".into(), vec![0.0, 1.0, 0.0, 0.0]),
            ("c=b".into(), vec![1.0, 0.0, 0.0, 1.0]),
            ("c.missing".into(), vec![0.0, 0.0, 1.0, 0.0])
        ]
    );
    let ordinal = PreparationSpec { encoding: Encoding::Ordinal, ..plain() };
    assert_eq!(columns(csv, &ordinal), [("c".into(), vec![1.0, 0.0, 2.0, 1.0])]);
}

#[test]
fn an_unknown_level_is_all_zeros_and_minus_one_as_ordinal() {
    let (table, schema) = data("c,y\nb,0\na,1\n");
    let other = read_csv(b"c,x\nz,1\n,2\na,3\n").unwrap();
    let one_hot = FittedPreparation::fit(&table, &[0, 1], &schema, &plain()).unwrap();
    assert_eq!(one_hot.transform(&other, &[0, 1, 2]).unwrap().values, [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    let ordinal = PreparationSpec { encoding: Encoding::Ordinal, ..plain() };
    let ordinal = FittedPreparation::fit(&table, &[0, 1], &schema, &ordinal).unwrap();
    assert_eq!(ordinal.transform(&other, &[0, 1, 2]).unwrap().values, [-1.0, -1.0, 0.0]);
}

#[test]
fn levels_come_from_the_training_rows_only() {
    let (table, schema) = data("c,y\nb,0\na,1\nlate,1\n");
    let fitted = FittedPreparation::fit(&table, &[0, 1], &schema, &plain()).unwrap();
    assert_eq!(fitted.output_names(), ["c=a", "c=b"]);
    assert_eq!(fitted.transform(&table, &[2]).unwrap().values, [0.0, 0.0]);
}

#[test]
fn listed_numbers_are_categories_compared_as_float32() {
    let table = read_csv(b"c,y\n10,0\n9,1\n0.1,0\n-0,1\n").unwrap();
    let spec = DataSpec { target: "y".into(), categorical: vec!["c".into()], ..DataSpec::default() };
    let schema = Schema::infer(&table, &spec).unwrap();
    let fitted = FittedPreparation::fit(&table, &all(&table), &schema, &plain()).unwrap();
    assert_eq!(fitted.output_names(), ["c=0", "c=0.1", "c=9", "c=10"]);
    let other = read_csv(b"c\n0\n0.10000000149\n9.5\n").unwrap();
    let m = fitted.transform(&other, &[0, 1, 2]).unwrap();
    assert_eq!(m.values, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_timestamp_becomes_year_month_weekday_and_hour() {
    let csv = "t,y\n2024-07-13T05:34:40Z,0\n2023-01-01T23:00:00-02:00,1\n,1\n";
    assert_eq!(
        columns(csv, &plain()),
        [
            ("t.year".into(), vec![2024.0, 2023.0, 2023.5]),
            ("t.month".into(), vec![7.0, 1.0, 4.0]),
            ("t.weekday".into(), vec![6.0, 1.0, 3.5]),
            ("t.hour".into(), vec![5.0, 1.0, 3.0]),
            ("t.missing".into(), vec![0.0, 0.0, 1.0]),
        ]
    );
}

#[test]
fn a_column_without_a_value_in_training_is_dropped_and_told() {
    let (table, schema) = data("a,b,y\n1.5,,0\n2.5,,1\n3.5,7.5,1\n");
    let fitted = FittedPreparation::fit(&table, &[0, 1], &schema, &plain()).unwrap();
    assert_eq!((fitted.output_names(), fitted.dropped()), (vec!["a".to_owned()], &["b".to_owned()][..]));
    let (table, schema) = data("b,y\n,0\n,1\n3.5,1\n4.5,0\n");
    let message = FittedPreparation::fit(&table, &[0, 1], &schema, &plain()).unwrap_err().to_string();
    assert_eq!(message, "no feature has a value in the 2 training rows");
}

#[test]
fn features_are_rounded_to_float32_before_statistics() {
    let csv = "x,y\n16777217,0\n0.5,1\n16777217,1\n";
    let spec = PreparationSpec { scaling: Scaling::MinMax, ..PreparationSpec::default() };
    assert_eq!(number(csv, &spec, 0).factor, (1.0 / (16_777_216.0_f64 - 0.5)) as f32);
}

#[test]
fn text_where_training_had_numbers_is_refused_with_row_and_value() {
    let (table, schema) = data("x,y\n1.5,0\n2.5,1\n");
    let fitted = FittedPreparation::fit(&table, &[0, 1], &schema, &plain()).unwrap();
    let message = |csv: &str, row| {
        fitted.transform(&read_csv(csv.as_bytes()).unwrap(), &[row]).unwrap_err().to_string()
    };
    assert_eq!(message("x\n1\nold\n", 1), "column \"x\" holds \"old\" in row 2, must be a number");
    assert_eq!(message("z\n1\n", 0), "feature column \"x\" is not in the data");
}

#[test]
fn zero_rows_and_one_row_are_prepared() {
    let (table, schema) = data(GAP);
    let fitted = FittedPreparation::fit(&table, &all(&table), &schema, &plain()).unwrap();
    let none = fitted.transform(&table, &[]).unwrap();
    assert_eq!((none.rows, none.columns, none.values.len()), (0, 2, 0));
    assert_eq!(fitted.transform(&table, &[1]).unwrap().values, [2.5, 1.0]);
}

#[test]
fn preparation_survives_json() {
    let (table, schema) = data("x,c,t,y\n1.5,a,2024-01-01,0\n,b,2024-01-02,1\n0.1,,2024-05-01,1\n");
    let fitted = FittedPreparation::fit(&table, &all(&table), &schema, &PreparationSpec::default()).unwrap();
    let json = serde_json::to_string(&fitted).unwrap();
    let back: FittedPreparation = serde_json::from_str(&json).unwrap();
    assert_eq!(back, fitted);
    assert_eq!(back.transform(&table, &all(&table)), fitted.transform(&table, &all(&table)));
}

#[test]
fn class_weights_are_balanced_and_multiply_sample_weights() {
    let truth = Truth::Classes { labels: vec![0, 0, 0, 1], classes: 2, positive: Some(1) };
    let weights = row_weights(Imbalance::ClassWeight, &truth, &[1.0, 1.0, 3.0, 1.0]);
    let third = 2.0 / 3.0;
    assert_eq!(weights, [third, third, 3.0 * third, 2.0]);
    assert_eq!(row_weights(Imbalance::None, &truth, &[1.0, 1.0, 3.0, 1.0]), [1.0, 1.0, 3.0, 1.0]);
    assert_eq!(row_weights(Imbalance::ClassWeight, &Truth::Values(vec![1.0]), &[2.0]), [2.0]);
}
