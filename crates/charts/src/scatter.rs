//! Points and the diagonal: predicted over true values of a regression.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement};
use plotters::prelude::DrawingBackend;
use plotters::style::{Color, ShapeStyle, WHITE};

use crate::style::{GREY, PALETTE, TITLE};
use crate::thin::MOST_POINTS;
use crate::{Drawing, Frame, thinned};

/// Points on axes of one range, with the diagonal.
#[derive(Debug, Clone, Copy)]
pub struct Scatter<'a> {
    /// Title and axes.
    pub frame: Frame<'a>,
    /// The points.
    pub points: &'a [(f64, f64)],
}

impl Scatter<'_> {
    /// From the smallest to the largest number of either axis.
    fn range(&self) -> (f64, f64) {
        let numbers = self.points.iter().flat_map(|&(x, y)| [x, y]).filter(|value| value.is_finite());
        let low = numbers.clone().fold(f64::INFINITY, f64::min);
        let high = numbers.fold(f64::NEG_INFINITY, f64::max);
        if low < high { (low, high) } else { (0.0, 1.0) }
    }
}

impl Scatter<'_> {
    pub(crate) fn draw_on<B>(&self, area: &DrawingArea<B, Shift>) -> Drawing
    where
        B: DrawingBackend,
        B::ErrorType: 'static,
    {
        let (low, high) = self.range();
        let mut chart = ChartBuilder::on(area)
            .caption(self.frame.title, TITLE)
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(64)
            .build_cartesian_2d(low..high, low..high)?;
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(self.frame.x).y_desc(self.frame.y).light_line_style(WHITE).draw()?;
        chart.draw_series([PathElement::new(vec![(low, low), (high, high)], GREY)])?;
        let style = ShapeStyle::from(&PALETTE[0].mix(0.6)).filled();
        chart.draw_series(
            thinned(self.points, MOST_POINTS).into_iter().map(|point| Circle::new(point, 3, style)),
        )?;
        Ok(())
    }
}
