//! Fitting: what is learned of each feature on the training part.

use std::collections::BTreeSet;

use super::transform::{TransformError, number_cell, timestamp_cell};
use super::{
    Fitted, FittedCategory, FittedFeature, FittedPreparation, Missing, PreparationSpec, TIMESTAMP_PARTS,
    statistics,
};
use crate::schema::{Feature, FeatureKind, Schema};
use crate::table::{Cell, Column, Table};

/// Why preparation can't be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PreparationError {
    /// Every feature lacks values in the training part.
    #[error("no feature has a value in the {rows} training rows")]
    NoValues {
        /// Training rows.
        rows: usize,
    },
    /// The constant can't be stored.
    #[error("missing: the constant {value} is out of range: must be finite and within float32 (3.4e38)")]
    Constant {
        /// The value.
        value: f64,
    },
    /// A column is absent or holds what the schema does not say.
    #[error(transparent)]
    Column(#[from] TransformError),
}

impl FittedPreparation {
    /// Learns fills, scales and levels from these rows. Sample weights are not used: statistics describe rows.
    ///
    /// # Errors
    /// See [`PreparationError`].
    pub fn fit(
        table: &Table,
        rows: &[usize],
        schema: &Schema,
        spec: &PreparationSpec,
    ) -> Result<Self, PreparationError> {
        if let Missing::Constant(value) = spec.missing
            && !(value as f32).is_finite()
        {
            return Err(PreparationError::Constant { value });
        }
        let mut out = Self { features: Vec::new(), dropped: Vec::new() };
        for feature in &schema.features {
            let column = table
                .column(&feature.name)
                .ok_or_else(|| TransformError::NoColumn { name: feature.name.clone() })?;
            match fit_feature(feature, column, rows, spec)? {
                Some(fitted) => {
                    out.features.push(FittedFeature {
                        name: feature.name.clone(),
                        kind: feature.kind,
                        fitted,
                    });
                }
                None => out.dropped.push(feature.name.clone()),
            }
        }
        if out.features.is_empty() { Err(PreparationError::NoValues { rows: rows.len() }) } else { Ok(out) }
    }
}

/// `None` without any value.
fn fit_feature(
    feature: &Feature,
    column: &Column,
    rows: &[usize],
    spec: &PreparationSpec,
) -> Result<Option<Fitted>, TransformError> {
    let missing = rows.iter().filter(|&&r| column.cell(r) == Cell::Missing).count();
    if missing == rows.len() {
        return Ok(None);
    }
    let indicator = missing > 0;
    let learn = |present| statistics::fit_number(present, missing, spec.missing, spec.scaling);
    Ok(Some(match feature.kind {
        FeatureKind::Number => {
            let present = collect(rows, |r| number_cell(&feature.name, column.cell(r), r))?;
            Fitted::Number { number: learn(present.into_iter().map(f64::from).collect()), indicator }
        }
        FeatureKind::Timestamp => {
            let present = collect(rows, |r| timestamp_cell(&feature.name, column.cell(r), r))?;
            let part = |at: usize| learn(present.iter().map(|parts| f64::from(parts[at])).collect());
            Fitted::Timestamp {
                parts: std::array::from_fn::<_, { TIMESTAMP_PARTS.len() }, _>(part),
                indicator,
            }
        }
        FeatureKind::Category => category(text_levels(column, rows), indicator, false, spec),
        FeatureKind::NumericCategory => {
            let present = collect(rows, |r| number_cell(&feature.name, column.cell(r), r))?;
            category(numeric_levels(present), indicator, true, spec)
        }
    }))
}

fn collect<T>(
    rows: &[usize],
    get: impl Fn(usize) -> Result<Option<T>, TransformError>,
) -> Result<Vec<T>, TransformError> {
    rows.iter().filter_map(|&r| get(r).transpose()).collect()
}

fn category(levels: Vec<String>, missing_level: bool, numeric: bool, spec: &PreparationSpec) -> Fitted {
    Fitted::Category(FittedCategory { levels, missing_level, numeric, encoding: spec.encoding })
}

fn text_levels(column: &Column, rows: &[usize]) -> Vec<String> {
    if let Column::Text(values) = column {
        let distinct: BTreeSet<&str> = rows.iter().filter_map(|&r| values[r].as_deref()).collect();
        return distinct.into_iter().map(str::to_owned).collect();
    }
    let cells = rows.iter().map(|&r| column.cell(r)).filter(|c| *c != Cell::Missing);
    cells.map(|c| c.to_string()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn numeric_levels(mut present: Vec<f32>) -> Vec<String> {
    present.iter_mut().for_each(|x| *x += 0.0);
    present.sort_unstable_by(f32::total_cmp);
    present.dedup();
    present.iter().map(ToString::to_string).collect()
}
