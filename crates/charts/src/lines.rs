//! Lines in the unit square: ROC, precision-recall, calibration.

use plotters::chart::{ChartBuilder, SeriesLabelPosition};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::PathElement;
use plotters::prelude::DrawingBackend;
use plotters::style::{Color, WHITE};

use crate::style::{GREY, PALETTE, TITLE};
use crate::thin::MOST_POINTS;
use crate::{Drawing, Frame, thinned};

/// A line.
#[derive(Debug, Clone)]
pub struct Line {
    /// In the legend.
    pub label: String,
    /// Points in drawing order.
    pub points: Vec<(f64, f64)>,
}

/// Lines in the unit square, with a legend when there are several.
#[derive(Debug, Clone, Copy)]
pub struct UnitLines<'a> {
    /// Title and axes.
    pub frame: Frame<'a>,
    /// Up to seven can be told apart.
    pub lines: &'a [Line],
    /// Whether the diagonal means something and is drawn.
    pub diagonal: bool,
}

impl UnitLines<'_> {
    pub(crate) fn draw_on<B>(&self, area: &DrawingArea<B, Shift>) -> Drawing
    where
        B: DrawingBackend,
        B::ErrorType: 'static,
    {
        let mut chart = ChartBuilder::on(area)
            .caption(self.frame.title, TITLE)
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(self.frame.x).y_desc(self.frame.y).light_line_style(WHITE).draw()?;
        if self.diagonal {
            chart.draw_series([PathElement::new(vec![(0.0, 0.0), (1.0, 1.0)], GREY)])?;
        }
        for (line, color) in self.lines.iter().zip(PALETTE.iter().cycle()) {
            chart
                .draw_series([PathElement::new(thinned(&line.points, MOST_POINTS), color.stroke_width(2))])?
                .label(line.label.clone())
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], color.stroke_width(2)));
        }
        if self.lines.len() > 1 {
            let place =
                if self.diagonal { SeriesLabelPosition::LowerRight } else { SeriesLabelPosition::LowerLeft };
            let mut legend = chart.configure_series_labels();
            legend.position(place).background_style(WHITE.mix(0.8)).border_style(GREY).draw()?;
        }
        Ok(())
    }
}
