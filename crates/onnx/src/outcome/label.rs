//! The decision for a class, and the class as the target column writes it.

use podium_tabular::schema::Schema;
use podium_tabular::table::ColumnType as TableType;

use super::LABEL;
use crate::Source;
use crate::graph::{Builder, F64, I64, Text, Value};
use crate::signature::{Column, ColumnType};

/// Adds the output.
pub(super) fn output(builder: &mut Builder, source: &Source<'_>, probabilities: &Value<F64>) -> Column {
    let class = decide(builder, source, probabilities);
    match integers(source.schema) {
        Some(labels) => {
            let labels = builder.row::<I64>(&labels);
            let label = builder.look_up(&labels, &class);
            Column { name: builder.output(LABEL, &label), r#type: ColumnType::Long }
        }
        None => {
            let labels: Value<Text> = builder.texts(&source.schema.classes);
            let label = builder.look_up(&labels, &class);
            Column { name: builder.output(LABEL, &label), r#type: ColumnType::String }
        }
    }
}

/// Index of the class: the positive one at or above the threshold, or the most probable one.
fn decide(builder: &mut Builder, source: &Source<'_>, probabilities: &Value<F64>) -> Value<I64> {
    match source.schema.positive {
        Some(positive @ (0 | 1)) if source.schema.classes.len() == 2 => {
            let probability = builder.column_at(probabilities, positive);
            let threshold = builder.scalar::<F64>(source.threshold);
            let reached = builder.at_least(&probability, &threshold);
            let (yes, no) = if positive == 1 { (1, 0) } else { (0, 1) };
            let (yes, no) = (builder.scalar::<I64>(yes), builder.scalar::<I64>(no));
            builder.select(&reached, &yes, &no)
        }
        _ => builder.first_largest(probabilities),
    }
}

/// The labels as integers, when the target column holds numbers and all of its classes are whole.
fn integers(schema: &Schema) -> Option<Vec<i64>> {
    match schema.target_type {
        TableType::Number => schema.classes.iter().map(|label| label.parse().ok()).collect(),
        TableType::Text | TableType::Timestamp => None,
    }
}
