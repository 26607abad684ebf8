//! The axis of the objective, which three pictures share.

use podium_charts::Axis;
use podium_search::Goal;

use super::super::{Report, TrialResult};

/// Trials below which none is taken for far off.
const FEWEST: usize = 10;
/// A range is cut when all values span so many times what the better nine tenths do.
const FAR: f64 = 3.0;

/// What is known about the objective of complete trials.
pub(super) struct Objective<'a> {
    /// Complete trials with their values, by number.
    pub scored: Vec<(&'a TrialResult, f64)>,
    /// The best of them; of equal ones the first.
    pub best: (&'a TrialResult, f64),
    /// From the best to the worst, or to what is not far off.
    pub axis: Axis,
    /// Whatever is worse, when minimised, stands at the axis's end.
    worst: f64,
    goal: Goal,
    /// The metric and which way is better.
    pub label: String,
}

impl<'a> Objective<'a> {
    /// None without a complete trial.
    pub fn of(report: &'a Report) -> Option<Self> {
        let (scored, goal) = (report.scored(), report.goal);
        let better = |first: &(&TrialResult, f64), second: &(&TrialResult, f64)| {
            goal.minimised(first.1).total_cmp(&goal.minimised(second.1))
        };
        let best = scored.iter().min_by(|first, second| better(first, second)).copied()?;
        let mut values: Vec<f64> = scored.iter().map(|(_, value)| goal.minimised(*value)).collect();
        values.sort_by(f64::total_cmp);
        let worst = worst_shown(&values);
        let way = match goal {
            Goal::Minimize => "lower is better",
            Goal::Maximize => "higher is better",
        };
        let label = format!("{} ({way})", report.metric);
        Some(Self { best, axis: padded(best.1, goal.minimised(worst)), worst, goal, label, scored })
    }

    /// Says that some complete trials are not where their values are.
    pub fn beyond_note(&self) -> Option<String> {
        self.beyond_note_of(self.scored.iter().map(|(_, value)| *value))
    }

    /// The same of any values.
    pub fn beyond_note_of(&self, values: impl Iterator<Item = f64>) -> Option<String> {
        match values.filter(|value| self.goal.minimised(*value) > self.worst).count() {
            0 => None,
            1 => Some("1 trial is worse than the axis shows, and stands at its end".to_owned()),
            beyond => Some(format!("{beyond} trials are worse than the axis shows, and stand at its end")),
        }
    }
}

/// The worst of minimised values, ascending, that the axis shows. A few far off would leave the others a line.
fn worst_shown(values: &[f64]) -> f64 {
    let (Some(best), Some(worst)) = (values.first(), values.last()) else { return f64::NAN };
    let near = values.get(values.len() * 9 / 10).copied().unwrap_or(*worst) - best;
    let is_far = values.len() >= FEWEST && near > 0.0 && (worst - best) / near > FAR;
    if is_far { best + 1.5 * near } else { *worst }
}

/// With room at both ends, and around a single value.
fn padded(first: f64, second: f64) -> Axis {
    let (low, high) = (first.min(second), first.max(second));
    let room = if low < high { (high / 2.0 - low / 2.0) * 0.08 } else { (low.abs() * 0.1).max(1e-9) };
    Axis::Linear { low: (low - room).max(f64::MIN), high: (high + room).min(f64::MAX) }
}
