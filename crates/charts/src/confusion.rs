//! A confusion matrix.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{BLACK, Color, IntoFont, TextStyle, WHITE};

use crate::Drawing;
use crate::font::FAMILY;
use crate::style::{PALETTE, TITLE};

/// Counts stand in the middle of their cells.
const CENTRE: Pos = Pos { h_pos: HPos::Center, v_pos: VPos::Center };

/// Rows are true classes, columns predicted ones, shade by the share of the true class.
#[derive(Debug, Clone, Copy)]
pub struct ConfusionMatrix<'a> {
    /// Above the matrix.
    pub title: &'a str,
    /// Names of the classes.
    pub classes: &'a [String],
    /// A row for each true class, with the count of each predicted one.
    pub counts: &'a [Vec<u64>],
}

impl ConfusionMatrix<'_> {
    pub(crate) fn draw_on<B>(&self, area: &DrawingArea<B, Shift>) -> Drawing
    where
        B: DrawingBackend,
        B::ErrorType: 'static,
    {
        let size = i32::try_from(self.classes.len()).unwrap_or(i32::MAX);
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, TITLE)
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(100)
            .build_cartesian_2d(0..size * 2, 0..size * 2)?;
        let across = |position: &i32| self.label(position / 2, *position);
        let down = |position: &i32| self.label(size - 1 - position / 2, *position);
        chart
            .configure_mesh()
            .disable_mesh()
            .x_desc("predicted")
            .y_desc("true")
            .x_labels(self.classes.len() * 2 + 1)
            .y_labels(self.classes.len() * 2 + 1)
            .x_label_formatter(&across)
            .y_label_formatter(&down)
            .draw()?;
        for (row, line) in (0..size).rev().zip(self.counts) {
            let total = line.iter().sum::<u64>().max(1) as f64;
            for (column, &count) in (0..size).zip(line) {
                let share = count as f64 / total;
                let corners = [(column * 2, row * 2), (column * 2 + 2, row * 2 + 2)];
                chart.draw_series([Rectangle::new(corners, PALETTE[0].mix(share).filled())])?;
                let color = if share > 0.5 { WHITE } else { BLACK };
                let style = TextStyle::from((FAMILY, 15).into_font()).color(&color).pos(CENTRE);
                chart.draw_series([Text::new(count.to_string(), (column * 2 + 1, row * 2 + 1), style)])?;
            }
        }
        Ok(())
    }
}

impl ConfusionMatrix<'_> {
    /// Labels stand at the middle of a cell, which is two units wide.
    fn label(&self, index: i32, position: i32) -> String {
        let class = usize::try_from(index).ok().and_then(|index| self.classes.get(index));
        class.filter(|_| position % 2 == 1).map(|class| class.chars().take(14).collect()).unwrap_or_default()
    }
}
