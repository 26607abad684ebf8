//! Charts as SVG: text stays text, no fonts are needed in the image. At most 2,000 points a line.

use bytes::Bytes;
use plotters::chart::{ChartBuilder, SeriesLabelPosition};
use plotters::drawing::IntoDrawingArea;
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::{BLACK, Color, IntoFont, RGBColor, ShapeStyle, TextStyle, WHITE};

const SIZE: (u32, u32) = (720, 540);
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

/// Why a chart could not be drawn: an error of the drawing library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("chart {title:?} could not be drawn: {message}")]
pub struct ChartError {
    title: String,
    message: String,
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

/// A line.
#[derive(Debug, Clone)]
pub struct Line {
    /// In the legend.
    pub label: String,
    /// Points in drawing order.
    pub points: Vec<(f64, f64)>,
}

type Result<T> = std::result::Result<T, ChartError>;

/// Lines in the unit square, with the diagonal when it means something: ROC, precision-recall, calibration.
///
/// # Errors
/// [`ChartError`].
pub fn unit_lines(frame: Frame<'_>, lines: &[Line], diagonal: bool) -> Result<Bytes> {
    svg(frame.title, |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(frame.title, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        chart.configure_mesh().x_desc(frame.x).y_desc(frame.y).light_line_style(WHITE).draw()?;
        if diagonal {
            chart.draw_series([PathElement::new(vec![(0.0, 0.0), (1.0, 1.0)], RGBColor(170, 170, 170))])?;
        }
        for (line, color) in lines.iter().zip(PALETTE.iter().cycle()) {
            chart
                .draw_series([PathElement::new(thinned(&line.points), color.stroke_width(2))])?
                .label(line.label.clone())
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], color.stroke_width(2)));
        }
        if lines.len() > 1 {
            let place =
                if diagonal { SeriesLabelPosition::LowerRight } else { SeriesLabelPosition::LowerLeft };
            chart
                .configure_series_labels()
                .position(place)
                .background_style(WHITE.mix(0.8))
                .border_style(RGBColor(170, 170, 170))
                .draw()?;
        }
        Ok(())
    })
}

/// Points and the diagonal: predicted over true values of a regression.
///
/// # Errors
/// [`ChartError`].
pub fn scatter(frame: Frame<'_>, points: &[(f64, f64)]) -> Result<Bytes> {
    let bounds = points.iter().flat_map(|&(x, y)| [x, y]).filter(|value| value.is_finite());
    let low = bounds.clone().fold(f64::INFINITY, f64::min);
    let high = bounds.fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = if low < high { (low, high) } else { (0.0, 1.0) };
    svg(frame.title, |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(frame.title, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(64)
            .build_cartesian_2d(low..high, low..high)?;
        chart.configure_mesh().x_desc(frame.x).y_desc(frame.y).light_line_style(WHITE).draw()?;
        chart.draw_series([PathElement::new(vec![(low, low), (high, high)], RGBColor(170, 170, 170))])?;
        let style = ShapeStyle::from(&PALETTE[0].mix(0.6)).filled();
        chart.draw_series(thinned(points).into_iter().map(|point| Circle::new(point, 3, style)))?;
        Ok(())
    })
}

/// Horizontal bars with a line of one standard deviation to each side, the first on top.
///
/// # Errors
/// [`ChartError`].
pub fn bars(frame: Frame<'_>, bars: &[(String, f64, f64)]) -> Result<Bytes> {
    let low = bars.iter().map(|(_, mean, deviation)| mean - deviation).fold(0.0, f64::min);
    let high = bars.iter().map(|(_, mean, deviation)| mean + deviation).fold(low + 1e-9, f64::max);
    let count = i32::try_from(bars.len().max(1)).unwrap_or(i32::MAX);
    let names: Vec<String> = bars.iter().map(|(name, ..)| name.chars().take(28).collect()).collect();
    svg(frame.title, |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(frame.title, ("sans-serif", 20))
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
            .x_desc(frame.x)
            .light_line_style(WHITE)
            .y_labels(bars.len() * 2 + 1)
            .y_label_formatter(&name)
            .draw()?;
        for (row, (_, mean, deviation)) in (0..count).rev().zip(bars) {
            let corners = [(0.0, row * 2), (*mean, row * 2 + 2)];
            let mut bar = Rectangle::new(corners, PALETTE[0].mix(0.8).filled());
            bar.set_margin(3, 3, 0, 0);
            chart.draw_series([bar])?;
            let ends = vec![(mean - deviation, row * 2 + 1), (mean + deviation, row * 2 + 1)];
            chart.draw_series([PathElement::new(ends, BLACK.stroke_width(1))])?;
        }
        Ok(())
    })
}

/// A confusion matrix: rows are true classes, columns predicted ones, shade by the share of the true class.
///
/// # Errors
/// [`ChartError`].
pub fn confusion(title: &str, classes: &[String], counts: &[Vec<u64>]) -> Result<Bytes> {
    let size = i32::try_from(classes.len()).unwrap_or(i32::MAX);
    svg(title, |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(100)
            .build_cartesian_2d(0..size * 2, 0..size * 2)?;
        let across = |position: &i32| class_label(classes, position / 2, *position);
        let down = |position: &i32| class_label(classes, size - 1 - position / 2, *position);
        chart
            .configure_mesh()
            .disable_mesh()
            .x_desc("predicted")
            .y_desc("true")
            .x_labels(classes.len() * 2 + 1)
            .y_labels(classes.len() * 2 + 1)
            .x_label_formatter(&across)
            .y_label_formatter(&down)
            .draw()?;
        for (row, line) in (0..size).rev().zip(counts) {
            let total = line.iter().sum::<u64>().max(1) as f64;
            for (column, &count) in (0..size).zip(line) {
                let share = count as f64 / total;
                let corners = [(column * 2, row * 2), (column * 2 + 2, row * 2 + 2)];
                chart.draw_series([Rectangle::new(corners, PALETTE[0].mix(share).filled())])?;
                let color = if share > 0.5 { WHITE } else { BLACK };
                let style = TextStyle::from(("sans-serif", 15).into_font()).color(&color);
                chart.draw_series([Text::new(count.to_string(), (column * 2 + 1, row * 2 + 1), style)])?;
            }
        }
        Ok(())
    })
}

fn class_label(classes: &[String], index: i32, position: i32) -> String {
    let class = usize::try_from(index).ok().and_then(|index| classes.get(index));
    // Labels stand at the middle of a cell, which is two units wide.
    class.filter(|_| position % 2 == 1).map(|class| class.chars().take(14).collect()).unwrap_or_default()
}

type Area<'a> = plotters::drawing::DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn svg<F>(title: &str, draw: F) -> Result<Bytes>
where
    F: FnOnce(&Area<'_>) -> std::result::Result<(), Box<dyn std::error::Error>>,
{
    let mut text = String::new();
    let drawn = {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE)
            .map_err(|error| error.to_string())
            .and_then(|()| draw(&area).map_err(|error| error.to_string()))
            .and_then(|()| area.present().map_err(|error| error.to_string()))
    };
    drawn.map_err(|message| ChartError { title: title.to_owned(), message })?;
    Ok(Bytes::from(text))
}

/// At most [`MOST_POINTS`], evenly taken, ends kept.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let last = points.len() - 1;
    (0..MOST_POINTS).map(|index| points[index * last / (MOST_POINTS - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &Bytes) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_chart_is_svg_with_its_labels_as_text() {
        let frame = Frame { title: "ROC <holdout>", x: "false positive rate", y: "true positive rate" };
        let line =
            |label: &str| Line { label: label.to_owned(), points: vec![(0.0, 0.0), (0.2, 0.9), (1.0, 1.0)] };
        let chart = unit_lines(frame, &[line("winner"), line("baseline")], true).unwrap();
        assert!(text(&chart).starts_with("<svg"));
        for label in ["ROC &lt;holdout&gt;", "false positive rate", "winner", "baseline"] {
            assert!(text(&chart).contains(label), "{label} is not in {}", text(&chart));
        }
    }

    #[test]
    fn a_confusion_matrix_shows_each_count_and_class() {
        let classes = ["bösartig".to_owned(), "gutartig".to_owned()];
        let chart = confusion("confusion", &classes, &[vec![41, 1], vec![2, 70]]).unwrap();
        for label in ["41", "70", "bösartig", "gutartig", "predicted"] {
            assert!(text(&chart).contains(label), "{label} is not in {}", text(&chart));
        }
    }

    #[test]
    fn bars_name_their_columns_and_long_lines_are_thinned() {
        let frame = Frame { title: "importance", x: "drop of roc_auc", y: "" };
        let chart = bars(frame, &[("age".to_owned(), 0.1, 0.01), ("plan".to_owned(), -0.01, 0.02)]).unwrap();
        assert!(text(&chart).contains("age") && text(&chart).contains("plan"));
        let many: Vec<_> = (0..10_000).map(|i| (f64::from(i), 0.0)).collect();
        let thin = thinned(&many);
        assert_eq!((thin.len(), thin[0], thin[1999]), (2000, many[0], many[9999]));
        assert!(scatter(frame, &many).unwrap().len() < 400_000);
    }
}
