//! The preparation as nodes: raw columns in, the learner's matrix out, to the bit what `podium_tabular::prepare` computes.
//!
//! Numbers of all features are handled together as one matrix, so a thousand columns need a thousand small nodes and
//! not ten thousand.

mod category;
mod number;
mod timestamp;

use std::collections::HashSet;

use podium_tabular::prepare::{Encoding, Fitted, FittedFeature, FittedPreparation};

use crate::ExportError;
use crate::graph::{Builder, F32, I64, Value};
use crate::signature::{Column, ColumnType};
use number::Numbers;

/// The prepared rows inside the graph.
pub(crate) struct Prepared {
    /// The learner's matrix, `[N, columns]`.
    pub(crate) matrix: Value<F32>,
    /// Number of its columns.
    pub(crate) columns: usize,
    /// The inputs in order.
    pub(crate) inputs: Vec<Column>,
}

/// Where an output column of the preparation stands before the columns are put in order.
#[derive(Clone, Copy)]
enum Place {
    /// In the block of numbers.
    Number(usize),
    /// In the block of missing indicators.
    Indicator(usize),
    /// In the block of categories.
    Category(usize),
}

/// Inputs, and the nodes from them to the learner's matrix.
pub(crate) fn build(builder: &mut Builder, preparation: &FittedPreparation) -> Result<Prepared, ExportError> {
    check_names(preparation.features())?;
    let mut numbers = Numbers::default();
    let mut categories: Vec<Value<F32>> = Vec::new();
    let mut category_columns = 0;
    let mut places = Vec::new();
    let mut inputs = Vec::new();
    for feature in preparation.features() {
        inputs.push(Column { name: feature.name.clone(), r#type: input_type(&feature.fitted) });
        match &feature.fitted {
            Fitted::Number { number, indicator } => {
                let raw = builder.input(&feature.name, "a number; NaN is missing");
                numbers.add(builder, &[raw], &[*number], *indicator, &mut places);
            }
            Fitted::Timestamp { parts, indicator } => {
                let seconds =
                    builder.input(&feature.name, "seconds since 1970-01-01T00:00:00Z; NaN is missing");
                let raw = timestamp::parts(builder, &seconds);
                numbers.add(builder, &raw, parts, *indicator, &mut places);
            }
            Fitted::Category(category) => {
                let (encoded, width) = category::encode(builder, &feature.name, category)?;
                categories.extend(encoded);
                places.extend((category_columns..category_columns + width).map(Place::Category));
                category_columns += width;
            }
        }
    }
    let matrix = assemble(builder, &numbers, &categories, &places).ok_or(ExportError::NoInputs)?;
    Ok(Prepared { matrix, columns: places.len(), inputs })
}

/// Texts are strings, all the rest is double: MLflow feeds what the signature says, and the first node rounds to float.
fn input_type(fitted: &Fitted) -> ColumnType {
    match fitted {
        Fitted::Category(category) if !category.numeric => ColumnType::String,
        Fitted::Category(_) | Fitted::Number { .. } | Fitted::Timestamp { .. } => ColumnType::Double,
    }
}

fn check_names(features: &[FittedFeature]) -> Result<(), ExportError> {
    if features.is_empty() {
        return Err(ExportError::NoInputs);
    }
    let mut seen = HashSet::new();
    for (at, feature) in features.iter().enumerate() {
        if feature.name.is_empty() {
            return Err(ExportError::EmptyName { position: at + 1 });
        }
        if !seen.insert(&feature.name) {
            return Err(ExportError::DuplicateName { name: feature.name.clone() });
        }
    }
    Ok(())
}

/// The blocks side by side, then each column at its place; none without any column.
fn assemble(
    builder: &mut Builder,
    numbers: &Numbers,
    categories: &[Value<F32>],
    places: &[Place],
) -> Option<Value<F32>> {
    if places.is_empty() {
        return None;
    }
    let mut blocks = numbers.blocks(builder);
    blocks.extend(categories.iter().cloned());
    let side_by_side = builder.beside(&blocks);
    let order: Vec<usize> = places
        .iter()
        .map(|place| match *place {
            Place::Number(at) => at,
            Place::Indicator(at) => numbers.len() + at,
            Place::Category(at) => numbers.len() + numbers.indicators() + at,
        })
        .collect();
    let in_order = order.iter().enumerate().all(|(at, &place)| at == place);
    Some(if in_order { side_by_side } else { builder.columns(&side_by_side, &order) })
}

/// Columns of a category in the learner's matrix.
fn width(levels: usize, encoding: Encoding) -> usize {
    match encoding {
        Encoding::OneHot => levels,
        Encoding::Ordinal => 1,
    }
}

/// Indices `0..n` as a constant row.
fn numbered(builder: &mut Builder, n: usize) -> Value<I64> {
    let places: Vec<usize> = (0..n).collect();
    builder.indices(&places)
}
