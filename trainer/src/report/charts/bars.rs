//! Horizontal bars: importance of columns.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::DrawingBackend;
use plotters::style::{BLACK, Color, WHITE};

use super::{Chart, Drawing, Frame, PALETTE, TITLE};

/// Horizontal bars with a line of one standard deviation to each side, the first on top.
#[derive(Debug, Clone, Copy)]
pub struct Bars<'a> {
    /// Title and axes.
    pub frame: Frame<'a>,
    /// Name, mean and standard deviation.
    pub bars: &'a [(String, f64, f64)],
}

impl Chart for Bars<'_> {
    fn title(&self) -> &str {
        self.frame.title
    }

    fn draw_on<B>(&self, area: &DrawingArea<B, Shift>) -> Drawing
    where
        B: DrawingBackend,
        B::ErrorType: 'static,
    {
        let low = self.bars.iter().map(|(_, mean, deviation)| mean - deviation).fold(0.0, f64::min);
        let high = self.bars.iter().map(|(_, mean, deviation)| mean + deviation).fold(low + 1e-9, f64::max);
        let count = i32::try_from(self.bars.len().max(1)).unwrap_or(i32::MAX);
        let names: Vec<String> = self.bars.iter().map(|(name, ..)| name.chars().take(28).collect()).collect();
        let mut chart = ChartBuilder::on(area)
            .caption(self.frame.title, TITLE)
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(190)
            .build_cartesian_2d(low..high * 1.02, 0..count * 2)?;
        let name = |position: &i32| match usize::try_from(count - 1 - position / 2) {
            Ok(index) if position % 2 == 1 => names.get(index).cloned().unwrap_or_default(),
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .x_desc(self.frame.x)
            .light_line_style(WHITE)
            .y_labels(self.bars.len() * 2 + 1)
            .y_label_formatter(&name)
            .draw()?;
        for (row, (_, mean, deviation)) in (0..count).rev().zip(self.bars) {
            let corners = [(0.0, row * 2), (*mean, row * 2 + 2)];
            let mut bar = Rectangle::new(corners, PALETTE[0].mix(0.8).filled());
            bar.set_margin(3, 3, 0, 0);
            chart.draw_series([bar])?;
            let ends = vec![(mean - deviation, row * 2 + 1), (mean + deviation, row * 2 + 1)];
            chart.draw_series([PathElement::new(ends, BLACK.stroke_width(1))])?;
        }
        Ok(())
    }
}
