//! Numbers: rounded to float, missing ones filled, scaled; and the indicators of missing ones.

use podium_tabular::prepare::FittedNumber;

use super::Place;
use crate::graph::{Builder, F32, F64, Value};

/// All numbers of the preparation, one column each.
#[derive(Default)]
pub(super) struct Numbers {
    raw: Vec<Value<F64>>,
    fitted: Vec<FittedNumber>,
    indicators: Vec<usize>,
}

impl Numbers {
    /// Adds the numbers `[N]` of one feature and, where asked for, the indicator that the first of them is missing.
    pub(super) fn add(
        &mut self,
        builder: &mut Builder,
        raw: &[Value<F64>],
        fitted: &[FittedNumber],
        indicator: bool,
        places: &mut Vec<Place>,
    ) {
        let first = self.raw.len();
        for value in raw {
            places.push(Place::Number(self.raw.len()));
            self.raw.push(builder.column(value));
        }
        self.fitted.extend_from_slice(fitted);
        if indicator {
            places.push(Place::Indicator(self.indicators.len()));
            self.indicators.push(first);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.raw.len()
    }

    pub(super) fn indicators(&self) -> usize {
        self.indicators.len()
    }

    /// The block of numbers and the block of indicators, as far as there are any.
    pub(super) fn blocks(&self, builder: &mut Builder) -> Vec<Value<F32>> {
        if self.raw.is_empty() {
            return Vec::new();
        }
        let raw = builder.beside(&self.raw);
        let rounded: Value<F32> = builder.cast(&raw);
        let missing = builder.is_nan(&rounded);
        let fill = self.row(builder, |number| number.fill);
        let filled = builder.select(&missing, &fill, &rounded);
        let offset = self.row(builder, |number| number.offset);
        let centred = builder.subtract(&filled, &offset);
        let factor = self.row(builder, |number| number.factor);
        let scaled = builder.multiply(&centred, &factor);
        let mut blocks = vec![builder.clip(&scaled, f32::MIN, f32::MAX)];
        if !self.indicators.is_empty() {
            let all: Value<F32> = builder.cast(&missing);
            blocks.push(builder.columns(&all, &self.indicators));
        }
        blocks
    }

    fn row(&self, builder: &mut Builder, part: impl Fn(&FittedNumber) -> f32) -> Value<F32> {
        let values: Vec<f32> = self.fitted.iter().map(part).collect();
        builder.row(&values)
    }
}
