//! What a search knew when it suggested a trial.

use serde::{Deserialize, Serialize};

/// What stands in the run of a trial whose search learns from values: the tag [`crate::TRIAL_SUGGESTED_TAG`]. With the results
/// of the trials it is all that decided about the point, so every suggestion of a sweep can be checked afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suggested {
    /// Trials that there were, the sweep's own.
    pub trials: u64,
    /// Numbers of those that were open, as `3,5-7`. The search knew how all the others had ended.
    pub open: String,
}

impl Suggested {
    /// What is known of so many trials, of which these are open, by ascending number.
    pub fn new(trials: u64, open: impl IntoIterator<Item = i64>) -> Self {
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for number in open {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => ranges.push((number, number)),
            }
        }
        let text = |(first, last): &(i64, i64)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        };
        Self { trials, open: ranges.iter().map(text).collect::<Vec<_>>().join(",") }
    }

    /// Whether a trial was open.
    #[must_use]
    pub fn was_open(&self, number: i64) -> bool {
        self.open.split(',').any(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            first.parse().is_ok_and(|first: i64| first <= number)
                && last.parse().is_ok_and(|last: i64| number <= last)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_trials_are_told_in_ranges_and_found_again() {
        let suggested = Suggested::new(12, [3, 5, 6, 7, 10, 11]);
        assert_eq!(suggested, Suggested { trials: 12, open: "3,5-7,10-11".to_owned() });
        let open: Vec<i64> = (0..20).filter(|number| suggested.was_open(*number)).collect();
        assert_eq!(open, [3, 5, 6, 7, 10, 11]);
        assert_eq!(Suggested::new(1, []), Suggested { trials: 1, open: String::new() });
        assert!(!Suggested::new(1, []).was_open(0));
    }
}
