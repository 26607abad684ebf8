//! Row weights as the learners use them: sample weights times class weights.

use crate::{ClassWeight, FitError, Target, TrainingSet};

/// Weight of each class with rows: what [`ClassWeight`] says, 0 for a class without weight.
pub(crate) fn class_weights(rule: ClassWeight, totals: &[f64]) -> Vec<f64> {
    match rule {
        ClassWeight::None => vec![1.0; totals.len()],
        ClassWeight::Balanced => {
            let present = totals.iter().filter(|&&total| total > 0.0).count();
            let all: f64 = totals.iter().sum();
            let share = all / present.max(1) as f64;
            totals.iter().map(|&total| if total > 0.0 { share / total } else { 0.0 }).collect()
        }
    }
}

/// Sum of the sample weights of each class.
pub(crate) fn class_totals(set: &TrainingSet<'_>, labels: &[u32], classes: usize) -> Vec<f64> {
    let mut totals = vec![0.0; classes];
    for (row, &label) in labels.iter().enumerate() {
        totals[label as usize] += set.weight(row);
    }
    totals
}

/// Sample weights times class weights, one for each row.
///
/// # Errors
/// Class weights asked for a target of numbers.
pub(crate) fn row_weights(set: &TrainingSet<'_>, rule: ClassWeight) -> Result<Vec<f64>, FitError> {
    match set.target() {
        Target::Classes { labels, classes } => {
            let factors = class_weights(rule, &class_totals(set, labels, *classes));
            Ok(labels
                .iter()
                .enumerate()
                .map(|(row, &label)| set.weight(row) * factors[label as usize])
                .collect())
        }
        Target::Values(_) if rule == ClassWeight::Balanced => Err(FitError::Parameter {
            name: "class_weight",
            value: "balanced".to_owned(),
            reason: "a target of numbers has no classes".to_owned(),
        }),
        Target::Values(_) => Ok((0..set.rows()).map(|row| set.weight(row)).collect()),
    }
}
