//! What a sweep found, as pictures.
//!
//! | picture | what |
//! |---|---|
//! | `charts/optimization_history` | the value of each trial by number, and the best so far |
//! | `charts/parameter_importance` | what the objective depends on (fANOVA) |
//! | `charts/parallel_coordinates` | complete trials as lines over their parameters |
//! | `charts/parameter_impact` | each parameter against the objective |
//! | `charts/top_trials` | the ten best |
//!
//! Each is there as `.svg` and `.png`. One that has nothing to show, as without a complete trial, is left out. Sizes have
//! bounds: many trials are thinned, always in the same way, and of many parameters the most important are drawn.

mod axis;
mod history;
mod impact;
mod importance;
mod objective;
mod parallel;
#[cfg(test)]
mod tests;
mod top;

use podium_charts::ChartError;
use podium_search::Parameter;

use super::{Report, Standing, TrialResult};
use objective::Objective;

/// Names of all pictures without their ending. A report has some of them.
pub const CHARTS: [&str; 5] = [
    "charts/optimization_history",
    "charts/parameter_importance",
    "charts/parallel_coordinates",
    "charts/parameter_impact",
    "charts/top_trials",
];
/// Endings of each picture.
pub const CHART_FORMS: [&str; 2] = ["svg", "png"];

/// A picture of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its path below the report: one of [`CHARTS`] with one of [`CHART_FORMS`].
    pub name: String,
    /// What is in the file.
    pub bytes: Vec<u8>,
}

impl Report {
    /// All pictures that have something to show.
    ///
    /// # Errors
    /// When the drawing library fails, which rests on nothing in the report.
    pub fn charts(&self) -> Result<Vec<Picture>, ChartError> {
        let Some(objective) = Objective::of(self) else { return Ok(Vec::new()) };
        let drawn = [
            Some(history::draw(self, &objective)?),
            importance::draw(self)?,
            Some(parallel::draw(self, &objective)?),
            Some(impact::draw(self, &objective)?),
            Some(top::draw(self, &objective)?),
        ];
        let mut pictures = Vec::new();
        for (name, drawn) in CHARTS.into_iter().zip(drawn) {
            let Some(drawn) = drawn else { continue };
            let [svg, png] = CHART_FORMS.map(|form| format!("{name}.{form}"));
            pictures.push(Picture { name: svg, bytes: drawn.svg.into_bytes() });
            pictures.push(Picture { name: png, bytes: drawn.png });
        }
        Ok(pictures)
    }

    /// Complete trials with their values, by number.
    fn scored(&self) -> Vec<(&TrialResult, f64)> {
        let complete = self.trials.iter().filter(|trial| trial.state == Standing::Complete);
        complete.filter_map(|trial| Some((trial, trial.value.filter(|value| value.is_finite())?))).collect()
    }

    /// At most so many parameters in the order of the space: the most important ones, or the first when nothing is known.
    fn foremost(&self, most: usize) -> Vec<&Parameter> {
        let mut places: Vec<usize> = (0..self.parameters.len()).collect();
        if let Ok(importance) = &self.importance {
            let share = |place: &usize| importance.shares.get(*place).map_or(0.0, |one| one.share);
            places.sort_by(|first, second| share(second).total_cmp(&share(first)));
        }
        places.truncate(most);
        places.sort_unstable();
        places.into_iter().filter_map(|place| self.parameters.get(place)).collect()
    }

    /// What is said where not all parameters are drawn.
    fn selection(&self, drawn: usize) -> Option<String> {
        let all = self.parameters.len();
        let which = if self.importance.is_ok() { "most important" } else { "first" };
        (drawn < all).then(|| format!("the {drawn} {which} of {all} parameters"))
    }
}

/// Parts of a note, one behind the other.
fn note(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// A number of a metric as people read it: four digits, and an exponent where the number is tiny or huge.
fn short(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{value:.3e}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 6")]
    let digits = if size == 0.0 { 0 } else { (3.0 - size.log10().floor()).clamp(0.0, 6.0) as usize };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
