//! How the winner compares with champion, baseline and dummy on the same holdout rows. Pure.
//! A comparison that would not be honest is refused with its reason, never guessed.

mod champion;
mod differences;
#[cfg(test)]
mod tests;

pub use champion::{Rival, champion_rows};
pub use differences::{Contest, Scored, compare};

use podium_contract::ComparisonOutcome;

/// Gate reason: the champion was fitted on holdout rows, or nobody knows.
pub const CHAMPION_SAW_HOLDOUT: &str = "ChampionSawHoldout";
/// Gate reason: the two can't be scored on the same rows by the same rule.
pub const NOT_COMPARABLE: &str = "NotComparable";

/// A refusal.
pub fn refused(reason: &str, message: impl ToString) -> ComparisonOutcome {
    ComparisonOutcome::Refused { reason: reason.to_owned(), message: message.to_string() }
}
