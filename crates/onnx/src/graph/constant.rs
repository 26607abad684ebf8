//! Constants.

use super::{Builder, Element, I64, Number, Text, Value};
use crate::message::Tensor;

impl Builder {
    /// A scalar.
    pub(crate) fn scalar<T: Number>(&mut self, value: T::Native) -> Value<T> {
        self.constant(tensor::<T>(&[], &[value]))
    }

    /// A row `[n]`.
    pub(crate) fn row<T: Number>(&mut self, values: &[T::Native]) -> Value<T> {
        self.constant(tensor::<T>(&[values.len()], values))
    }

    /// A matrix `[rows, columns]` of row-major values.
    pub(crate) fn matrix<T: Number>(
        &mut self,
        rows: usize,
        columns: usize,
        values: &[T::Native],
    ) -> Value<T> {
        self.constant(tensor::<T>(&[rows, columns], values))
    }

    /// Texts `[n]`.
    pub(crate) fn texts(&mut self, values: &[String]) -> Value<Text> {
        self.constant(Tensor {
            dims: vec![length(values.len())],
            data_type: Some(Text::TYPE as i32),
            string_data: values.iter().map(|text| text.as_bytes().to_vec()).collect(),
            ..Tensor::default()
        })
    }

    /// Indices `[n]`.
    pub(crate) fn indices(&mut self, values: &[usize]) -> Value<I64> {
        let values: Vec<i64> = values.iter().map(|&value| length(value)).collect();
        self.row(&values)
    }
}

/// A tensor without a name, for a constant or a setting.
pub(crate) fn tensor<T: Number>(dims: &[usize], values: &[T::Native]) -> Tensor {
    let mut bytes = Vec::new();
    for &value in values {
        T::write(value, &mut bytes);
    }
    Tensor {
        dims: dims.iter().map(|&n| length(n)).collect(),
        data_type: Some(T::TYPE as i32),
        raw_data: Some(bytes),
        ..Tensor::default()
    }
}

/// Lengths in memory fit the file's signed integers on every machine.
pub(crate) fn length(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
