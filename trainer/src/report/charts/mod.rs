//! Charts as SVG, whose text stays text, and as PNG, which MLflow's page and chat programs show. Both by the same code. At
//! most 2,000 points a line.

mod bars;
mod confusion;
mod encode;
mod font;
mod lines;
mod scatter;
#[cfg(test)]
mod tests;

use std::error::Error;

use bytes::Bytes;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

pub use bars::Bars;
pub use confusion::ConfusionMatrix;
pub use encode::draw;
pub use lines::{Line, UnitLines};
pub use scatter::Scatter;

const MOST_POINTS: usize = 2000;
/// Okabe and Ito's palette: told apart by colour-blind readers too.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(90, 90, 90),
];
/// What is there for comparison.
const GREY: RGBColor = RGBColor(170, 170, 170);
/// Family and size of titles.
const TITLE: (&str, i32) = (font::FAMILY, 20);

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
    pub svg: Bytes,
    /// Pixels.
    pub png: Bytes,
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

/// What an area says when it can't be drawn on.
pub type Drawing = Result<(), Box<dyn Error>>;

/// A chart that any backend can draw.
pub trait Chart {
    /// Its title.
    fn title(&self) -> &str;

    /// Draws it over the whole of an area.
    ///
    /// # Errors
    /// Those of the backend.
    fn draw_on<B>(&self, area: &DrawingArea<B, Shift>) -> Drawing
    where
        B: DrawingBackend,
        B::ErrorType: 'static;
}

/// At most [`MOST_POINTS`], evenly taken, ends kept.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let last = points.len() - 1;
    (0..MOST_POINTS).map(|index| points[index * last / (MOST_POINTS - 1)]).collect()
}
