//! Points in internal values, and back.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::dimension::{to_internal, to_value};
use super::{Domain, PointError, Space};
use crate::rng::Random;
use crate::{Point, Value};

/// The internal value of each parameter of the space, none where it is inactive.
pub(crate) type Row = Vec<Option<f64>>;

/// What makes two rows the same point.
pub(crate) type Key = Box<[u64]>;

/// The key of a row that [`Space::row`] gave.
pub(crate) fn key(row: &[Option<f64>]) -> Key {
    // No value of a space is a NaN, so the largest bits are free for the inactive ones.
    row.iter().map(|value| value.map_or(u64::MAX, f64::to_bits)).collect()
}

impl Space {
    /// The point with these values, in canonical form: ints from `3.0`, steps on their grid, categories as the space writes them.
    ///
    /// # Errors
    /// The first value that doesn't fit: unknown, missing, out of its domain, or of an inactive parameter.
    pub fn read(&self, values: &Map<String, Json>) -> Result<Point, PointError> {
        if let Some(name) = values.keys().find(|name| !self.names.contains_key(*name)) {
            return Err(PointError::Unknown { name: name.clone() });
        }
        let mut row: Row = vec![None; self.parameters.len()];
        for &index in &self.order {
            row[index] = self.read_one(index, &row, values)?;
        }
        Ok(self.point(&row))
    }

    fn read_one(
        &self,
        index: usize,
        row: &[Option<f64>],
        values: &Map<String, Json>,
    ) -> Result<Option<f64>, PointError> {
        let name = &self.parameters[index].name;
        let domain = &self.parameters[index].domain;
        match (values.get(name), self.is_active(index, row)) {
            (None, false) => Ok(None),
            (None, true) => Err(PointError::Missing { name: name.clone() }),
            (Some(_), false) => {
                let parent = self.parameters[index]
                    .when
                    .as_ref()
                    .map(|when| when.parameter.clone())
                    .unwrap_or_default();
                Err(PointError::Inactive { name: name.clone(), parent })
            }
            (Some(value), true) => match to_internal(domain, &self.dimensions[index], value) {
                Some(internal) => Ok(Some(internal)),
                None => Err(PointError::Value {
                    name: name.clone(),
                    value: value.clone(),
                    allowed: allowed(domain),
                }),
            },
        }
    }

    /// The point of a row: active parameters only, values snapped.
    pub(crate) fn point(&self, row: &[Option<f64>]) -> Point {
        let mut values = BTreeMap::new();
        for (index, internal) in row.iter().enumerate() {
            let Some(internal) = internal else { continue };
            let parameter = &self.parameters[index];
            let snapped = self.dimensions[index].snap(*internal);
            values.insert(
                parameter.name.clone(),
                to_value(&parameter.domain, &self.dimensions[index], snapped),
            );
        }
        Point::new(values)
    }

    /// The row of a point, none when the point is not of this space.
    pub(crate) fn row(&self, point: &Point) -> Option<Row> {
        let mut row: Row = vec![None; self.parameters.len()];
        for &index in &self.order {
            let value = point.get(&self.parameters[index].name);
            if value.is_some() != self.is_active(index, &row) {
                return None;
            }
            if let Some(value) = value {
                row[index] = Some(self.internal(index, value)?);
            }
        }
        (point.len() == row.iter().flatten().count()).then_some(row)
    }

    fn internal(&self, index: usize, value: &Value) -> Option<f64> {
        to_internal(&self.parameters[index].domain, &self.dimensions[index], &value.to_json())
    }

    /// Brings a row into canonical form, as if its point had been run and read back.
    pub(crate) fn canonical(&self, row: &[Option<f64>]) -> Row {
        self.row(&self.point(row)).unwrap_or_else(|| row.to_vec())
    }

    /// Makes the right parameters active: drops values whose condition doesn't hold, fills gaps by `fill(index)` with internal
    /// values. Parents come first.
    pub(crate) fn settle(&self, row: &mut [Option<f64>], mut fill: impl FnMut(usize) -> f64) {
        for &index in &self.order {
            row[index] = match (self.is_active(index, row), row[index]) {
                (false, _) => None,
                (true, Some(internal)) => Some(self.dimensions[index].snap(internal)),
                (true, None) => Some(self.dimensions[index].snap(fill(index))),
            };
        }
    }

    /// A row drawn at random: uniform in internal values, categories uniform.
    pub(crate) fn draw(&self, random: &mut Random) -> Row {
        let mut row = vec![None; self.parameters.len()];
        self.settle(&mut row, |index| self.dimensions[index].at_unit(random.uniform()));
        row
    }

    /// The features of a row: each place in [0, 1], the index of a category. Inactive: 0.5, and one category more.
    pub(crate) fn features(&self, row: &[Option<f64>]) -> Vec<f64> {
        let feature = |(value, dimension): (&Option<f64>, &super::Dimension)| match value {
            Some(internal) => dimension.to_unit(*internal),
            None => dimension.absent(),
        };
        row.iter().zip(&self.dimensions).map(feature).collect()
    }
}

/// A domain in words.
fn allowed(domain: &Domain) -> String {
    match domain {
        Domain::Double { min, max, step: None, .. } => format!("a number from {min} to {max}"),
        Domain::Double { min, max, step: Some(step), .. } => {
            format!("a number from {min} to {max} in steps of {step}")
        }
        Domain::Int { min, max, step: None, .. } => format!("a whole number from {min} to {max}"),
        Domain::Int { min, max, step: Some(step), .. } => {
            format!("a whole number from {min} to {max} in steps of {step}")
        }
        Domain::Categorical { values } => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            format!("one of {}", values.join(", "))
        }
    }
}
