//! What a schema reads of rows beside the features: their truth and their weights.

use super::{Schema, Task};
use crate::metric::Truth;
use crate::table::{Cell, Column, ColumnType, Table};

impl Schema {
    /// The truth of these rows; `None` when the target column is absent, or one of the rows has no target or a class that the schema does not know.
    /// The checks exclude all three for the data that the schema was made of.
    #[must_use]
    pub fn truth(&self, table: &Table, rows: &[usize]) -> Option<Truth> {
        let column = table.column(&self.target)?;
        if self.task == Task::Regression {
            let Column::Number(values) = column else { return None };
            let values: Vec<f64> = rows.iter().map(|&r| values[r]).collect();
            return values.iter().all(|x| x.is_finite()).then_some(Truth::Values(values));
        }
        let labels: Option<Vec<u32>> = rows.iter().map(|&r| self.class_of(column.cell(r))).collect();
        let positive = self.positive.and_then(|p| u32::try_from(p).ok());
        Some(Truth::Classes { labels: labels?, classes: self.classes.len(), positive })
    }

    /// Sample weights of these rows; all 1 without a weight column.
    #[must_use]
    pub fn weights(&self, table: &Table, rows: &[usize]) -> Vec<f64> {
        match self.weight.as_deref().and_then(|name| table.column(name)) {
            Some(Column::Number(values)) => rows.iter().map(|&r| values[r]).collect(),
            _ => vec![1.0; rows.len()],
        }
    }

    fn class_of(&self, cell: Cell<'_>) -> Option<u32> {
        let at = match cell {
            Cell::Text(text) if self.target_type == ColumnType::Text => {
                self.classes.binary_search_by(|c| c.as_str().cmp(text)).ok()
            }
            Cell::Missing => None,
            other => {
                let text = other.to_string();
                self.classes.iter().position(|c| *c == text)
            }
        };
        at.and_then(|at| u32::try_from(at).ok())
    }
}
