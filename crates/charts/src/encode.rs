//! A chart as bytes.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::WHITE;

use crate::scene::Scene;
use crate::{Chart, ChartError, ConfusionMatrix, Drawn, Scatter, UnitLines, font};

/// Pixels of charts that have no size of their own.
const SIZE: (u32, u32) = (720, 540);
/// Red, green and blue.
const COLOURS: usize = 3;

/// Draws a chart.
///
/// # Errors
/// [`ChartError`].
pub fn draw(chart: &Chart<'_>) -> Result<Drawn, ChartError> {
    let failed = |message: String| ChartError { title: chart.title().to_owned(), message };
    font::register().map_err(failed)?;
    let picture = Picture::of(chart);
    Ok(Drawn { svg: picture.svg().map_err(failed)?, png: picture.png().map_err(failed)? })
}

/// A chart laid out, as far as it is laid out by us.
enum Picture<'a> {
    Scene(Scene),
    Confusion(&'a ConfusionMatrix<'a>),
    Lines(&'a UnitLines<'a>),
    Scatter(&'a Scatter<'a>),
}

impl<'a> Picture<'a> {
    fn of(chart: &'a Chart<'a>) -> Self {
        match chart {
            Chart::Bars(chart) => Self::Scene(chart.scene()),
            Chart::History(chart) => Self::Scene(chart.scene()),
            Chart::Panels(chart) => Self::Scene(chart.scene()),
            Chart::Parallel(chart) => Self::Scene(chart.scene()),
            Chart::Confusion(chart) => Self::Confusion(chart),
            Chart::Lines(chart) => Self::Lines(chart),
            Chart::Scatter(chart) => Self::Scatter(chart),
        }
    }

    fn size(&self) -> (u32, u32) {
        match self {
            Self::Scene(scene) => (scene.size.0.unsigned_abs(), scene.size.1.unsigned_abs()),
            Self::Confusion(_) | Self::Lines(_) | Self::Scatter(_) => SIZE,
        }
    }

    fn svg(&self) -> Result<String, String> {
        let mut text = String::new();
        self.paint(&SVGBackend::with_string(&mut text, self.size()).into_drawing_area())?;
        Ok(text)
    }

    fn png(&self) -> Result<Vec<u8>, String> {
        let (width, height) = self.size();
        let mut pixels = vec![0; width as usize * height as usize * COLOURS];
        self.paint(&BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area())?;
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
        written.map_err(|error| error.to_string())?;
        Ok(file)
    }

    fn paint<B>(&self, area: &DrawingArea<B, Shift>) -> Result<(), String>
    where
        B: DrawingBackend,
        B::ErrorType: 'static,
    {
        area.fill(&WHITE).map_err(|error| error.to_string())?;
        let drawn = match self {
            Self::Scene(scene) => scene.paint(area),
            Self::Confusion(chart) => chart.draw_on(area),
            Self::Lines(chart) => chart.draw_on(area),
            Self::Scatter(chart) => chart.draw_on(area),
        };
        drawn.map_err(|error| error.to_string())?;
        area.present().map_err(|error| error.to_string())
    }
}
