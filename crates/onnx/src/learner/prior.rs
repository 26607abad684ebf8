//! The dummy: the same answer for each row.

use podium_learners::{PriorAnswer, PriorModel};

use super::Scores;
use crate::graph::{Builder, F64, Value};

pub(super) fn scores(builder: &mut Builder, model: &PriorModel, x: &Value<F64>) -> Scores {
    match model.answer() {
        PriorAnswer::Classes(shares) => Scores::Probabilities(for_each_row(builder, shares, x)),
        PriorAnswer::Mean(mean) => {
            let values = for_each_row(builder, &[*mean], x);
            Scores::Values(builder.flat(&values))
        }
    }
}

fn for_each_row(builder: &mut Builder, answer: &[f64], x: &Value<F64>) -> Value<F64> {
    let constant = builder.row::<F64>(answer);
    let one_column = builder.column_at(x, 0);
    builder.repeat(&constant, answer.len(), &one_column)
}
