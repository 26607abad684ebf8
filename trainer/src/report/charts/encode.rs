//! A chart as bytes.

use bytes::Bytes;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::WHITE;

use super::{Chart, ChartError, Drawn, font};

const WIDTH: u32 = 720;
const HEIGHT: u32 = 540;
/// Red, green and blue.
const COLOURS: usize = 3;

/// Draws a chart.
///
/// # Errors
/// [`ChartError`].
pub fn draw(chart: &impl Chart) -> Result<Drawn, ChartError> {
    let failed = |message: String| ChartError { title: chart.title().to_owned(), message };
    font::register().map_err(failed)?;
    Ok(Drawn { svg: svg(chart).map_err(failed)?, png: png(chart).map_err(failed)? })
}

fn svg(chart: &impl Chart) -> Result<Bytes, String> {
    let mut text = String::new();
    paint(chart, &SVGBackend::with_string(&mut text, (WIDTH, HEIGHT)).into_drawing_area())?;
    Ok(Bytes::from(text))
}

fn png(chart: &impl Chart) -> Result<Bytes, String> {
    let mut pixels = vec![0; WIDTH as usize * HEIGHT as usize * COLOURS];
    paint(chart, &BitMapBackend::with_buffer(&mut pixels, (WIDTH, HEIGHT)).into_drawing_area())?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
    written.map_err(|error| error.to_string())?;
    Ok(Bytes::from(file))
}

fn paint<B>(chart: &impl Chart, area: &DrawingArea<B, plotters::coord::Shift>) -> Result<(), String>
where
    B: DrawingBackend,
    B::ErrorType: 'static,
{
    area.fill(&WHITE).map_err(|error| error.to_string())?;
    chart.draw_on(area).map_err(|error| error.to_string())?;
    area.present().map_err(|error| error.to_string())
}
