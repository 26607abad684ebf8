//! The preparation by itself, to the bit: timestamps, levels, missing values, rounding.

use podium_tabular::prepare::{Encoding, Scaling};
use podium_tabular::table::ColumnType;

use crate::case::Case;
use crate::{data, models};

/// A linear model that picks one prepared column answers that column exactly.
fn assert_prepared_alike(encoding: Encoding, scaling: Scaling) {
    let schema = data::schema(&[], ColumnType::Number);
    let preparation = data::preparation(&schema, encoding, scaling);
    let (names, table) = (preparation.output_names(), data::table());
    let native = Case::prepared(&preparation, &table);
    for (column, name) in names.iter().enumerate() {
        let case = Case {
            schema: schema.clone(),
            preparation: preparation.clone(),
            model: models::picking(names.len(), column),
            calibration: None,
            threshold: 0.5,
            table: table.clone(),
        };
        let answer = case.run(&[(0, native.rows())]);
        let got = answer.slices[0].mlflow["prediction"].iter().map(|value| value.as_f64().unwrap());
        let want: Vec<f64> = native.column(column).iter().map(|&x| f64::from(x)).collect();
        assert_eq!(got.collect::<Vec<f64>>(), want, "column {name}");
    }
}

#[test]
fn one_hot_columns_and_scaled_numbers_are_equal_to_the_bit() {
    assert_prepared_alike(Encoding::OneHot, Scaling::Standard);
}

#[test]
fn level_indices_and_unscaled_numbers_are_equal_to_the_bit() {
    assert_prepared_alike(Encoding::Ordinal, Scaling::None);
}
