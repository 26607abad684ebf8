//! Categories: levels to columns of 0 and 1, or to the index of the level.

use podium_tabular::prepare::{Encoding, FittedCategory};

use super::{numbered, width};
use crate::ExportError;
use crate::graph::{Builder, F32, F64, I64, Text, Value};

/// How a missing text arrives from Python: as the text of an empty string, of `None`, of NaN (twice, as writers differ)
/// or of `pandas.NA`. A level of the same text goes first.
const MISSING_TEXTS: [&str; 5] = ["", "None", "nan", "NaN", "<NA>"];

/// The input and the nodes of one category: its columns, and how many they are. A category without any level has none.
pub(super) fn encode(
    builder: &mut Builder,
    name: &str,
    category: &FittedCategory,
) -> Result<(Option<Value<F32>>, usize), ExportError> {
    let levels = category.levels.len() + usize::from(category.missing_level);
    let columns = width(levels, category.encoding);
    let encoded = if category.numeric {
        let input = builder.input(name, "a category written as a number; NaN is missing");
        of_number(builder, name, category, &input)?
    } else {
        let input = builder.input(name, "a category; an empty text is missing");
        of_text(builder, category, &input)
    };
    Ok(((columns > 0).then_some(encoded), columns))
}

fn of_text(builder: &mut Builder, category: &FittedCategory, input: &Value<Text>) -> Value<F32> {
    let mut texts: Vec<(&str, i64)> = Vec::new();
    let mut next = 0;
    for level in &category.levels {
        texts.push((level, next));
        next += 1;
    }
    if category.missing_level {
        let spelled = MISSING_TEXTS.iter().filter(|text| !category.levels.iter().any(|level| level == *text));
        texts.extend(spelled.map(|&text| (text, next)));
    }
    // A text encoder must have an entry; what is no level is -1 anyhow.
    if texts.is_empty() {
        texts.push(("", -1));
    }
    let index = builder.number_of_text(input, &texts);
    let index = builder.column(&index);
    match category.encoding {
        Encoding::Ordinal => builder.cast(&index),
        Encoding::OneHot => {
            let levels = numbered(builder, category.levels.len() + usize::from(category.missing_level));
            let hot = builder.equal::<I64>(&index, &levels);
            builder.cast(&hot)
        }
    }
}

/// Numbers compare as floats, like all numbers of the preparation; 0 equals -0.
fn of_number(
    builder: &mut Builder,
    name: &str,
    category: &FittedCategory,
    input: &Value<F64>,
) -> Result<Value<F32>, ExportError> {
    let levels = level_numbers(name, &category.levels)?;
    let value = builder.column(input);
    let value: Value<F32> = builder.cast(&value);
    let constants = builder.row::<F32>(&levels);
    let matches = builder.equal(&value, &constants);
    let mut hot: Vec<Value<F32>> = vec![builder.cast(&matches)];
    if category.missing_level {
        let missing = builder.is_nan(&value);
        hot.push(builder.cast(&missing));
    }
    let hot = builder.beside(&hot);
    Ok(match category.encoding {
        Encoding::OneHot => hot,
        Encoding::Ordinal => index_of_hot(builder, &hot, levels.len() + usize::from(category.missing_level)),
    })
}

/// Index of the 1 in each row, -1 without one. Exact: indices of levels are far below 2^24.
fn index_of_hot(builder: &mut Builder, hot: &Value<F32>, levels: usize) -> Value<F32> {
    let from_one = (1..=levels).map(|at| at as f32).collect::<Vec<_>>();
    let from_one = builder.row::<F32>(&from_one);
    let numbered = builder.multiply(hot, &from_one);
    let sum = builder.row_sum(&numbered);
    let one = builder.scalar::<F32>(1.0);
    builder.subtract(&sum, &one)
}

fn level_numbers(column: &str, levels: &[String]) -> Result<Vec<f32>, ExportError> {
    levels
        .iter()
        .map(|level| {
            level.parse().map_err(|_| ExportError::Level { column: column.to_owned(), level: level.clone() })
        })
        .collect()
}
