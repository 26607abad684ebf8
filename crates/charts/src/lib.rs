//! Charts as SVG, whose text stays text, and as PNG, which MLflow's page and chat programs show. Both by the same code.
//!
//! A pure library: data in, bytes out; equal data give equal bytes. Lines and points are thinned where there are too many to
//! be seen, so that a chart's size has a bound. What is drawn by plotters' own axes goes straight to it; what needs its own
//! is laid out as a `scene` first. [`draw()`] is the only function that draws, and not generic, so that a program built for
//! tests draws as fast as this crate is built.
#![forbid(unsafe_code)]

mod axis;
mod bars;
mod confusion;
mod encode;
mod font;
mod history;
mod lines;
mod panels;
mod parallel;
mod plane;
mod scatter;
mod scene;
mod style;
#[cfg(test)]
mod tests;
mod thin;

use std::error::Error;

pub use axis::Axis;
pub use bars::{Bar, Bars};
pub use confusion::ConfusionMatrix;
pub use encode::draw;
pub use history::History;
pub use lines::{Line, UnitLines};
pub use panels::{Panel, Panels, Spot};
pub use parallel::{Parallel, Upright};
pub use scatter::Scatter;
pub use thin::thinned;

/// Why a chart could not be drawn: an error of the drawing library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("chart {title:?} could not be drawn: {message}")]
pub struct ChartError {
    title: String,
    message: String,
}

/// One chart in both forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Lines and text.
    pub svg: String,
    /// Pixels.
    pub png: Vec<u8>,
}

/// Title and axes.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Above the chart.
    pub title: &'a str,
    /// Below.
    pub x: &'a str,
    /// Left.
    pub y: &'a str,
}

/// What can be drawn.
#[derive(Debug, Clone, Copy)]
pub enum Chart<'a> {
    /// Horizontal bars.
    Bars(Bars<'a>),
    /// A confusion matrix.
    Confusion(ConfusionMatrix<'a>),
    /// Lines in the unit square.
    Lines(UnitLines<'a>),
    /// Points and the diagonal.
    Scatter(Scatter<'a>),
    /// Values one after the other, and the best so far.
    History(History<'a>),
    /// Small scatters beside each other.
    Panels(Panels<'a>),
    /// Parallel coordinates.
    Parallel(Parallel<'a>),
}

impl Chart<'_> {
    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Bars(chart) => chart.frame.title,
            Self::Confusion(chart) => chart.title,
            Self::Lines(chart) => chart.frame.title,
            Self::Scatter(chart) => chart.frame.title,
            Self::History(chart) => chart.frame.title,
            Self::Panels(chart) => chart.title,
            Self::Parallel(chart) => chart.title,
        }
    }
}

/// What an area says when it can't be drawn on.
type Drawing = Result<(), Box<dyn Error>>;
