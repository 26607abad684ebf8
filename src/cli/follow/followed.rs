//! What is followed, from look to look: what it shows now, and how it ended.

use k8s_openapi::jiff::Timestamp;

use super::outcome::Outcome;
use super::screen::Fact;
use super::style::Style;
use super::view::View;
use super::{progress, summary, sweep};
use crate::api::HyperparameterSweep;
use crate::cli::Until;

/// What one look found.
pub(super) enum Look {
    /// A pipeline with its version, or a version.
    Model(Box<View>),
    /// A sweep.
    Sweep(Box<HyperparameterSweep>),
}

/// The last look, and what is known from those before it.
pub(super) struct Followed {
    look: Look,
    /// Who held the alias at the first look.
    before: Option<String>,
    /// How fast trials end.
    pace: sweep::Pace,
}

/// How it ended.
pub(super) struct End {
    /// Whether as asked.
    pub is_reached: bool,
    /// Its tables, and a sentence about it.
    pub text: String,
}

impl Followed {
    /// Begins with a first look.
    pub fn new(look: Look, now: Timestamp) -> Self {
        let before = match &look {
            Look::Model(view) => view.holder(),
            Look::Sweep(_) => None,
        };
        let mut followed = Self { look, before, pace: sweep::Pace::default() };
        followed.keep_pace(now);
        followed
    }

    /// Goes on with another look.
    pub fn see(&mut self, look: Look, now: Timestamp) {
        self.look = look;
        self.keep_pace(now);
    }

    fn keep_pace(&mut self, now: Timestamp) {
        match &self.look {
            Look::Model(_) => {}
            Look::Sweep(object) => self.pace.see(object, now),
        }
    }

    /// Where it is.
    pub fn facts(&self, now: Timestamp) -> Vec<Fact> {
        match &self.look {
            Look::Model(view) => progress::facts(view, now),
            Look::Sweep(object) => sweep::facts(object, &self.pace, now),
        }
    }

    /// How it ended; `None` while it goes on.
    pub fn end(&self, until: Until, style: Style) -> Option<End> {
        match &self.look {
            Look::Model(view) => {
                let before = self.before.as_deref();
                let outcome = Outcome::of(view)?;
                let is_reached = outcome.reaches(until, before, view);
                let sentence = outcome.sentence(until, is_reached);
                let text = format!("{}{sentence}\n", summary::text(view, before, style));
                Some(End { is_reached, text })
            }
            Look::Sweep(object) => {
                let outcome = sweep::Outcome::of(object)?;
                let text = format!("{}{}\n", sweep::summary(object, style), outcome.sentence());
                Some(End { is_reached: outcome.is_good(), text })
            }
        }
    }
}
