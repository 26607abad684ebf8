//! A chart as shapes at pixels: laid out once, painted by each backend.

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle};

use crate::Drawing;
use crate::font::FAMILY;
use crate::style::{INK, SOFT, TITLE_SIZE};

/// A place: from the left, from the top.
pub(crate) type Pixel = (i32, i32);

/// What stands between words and the edge of the picture.
const EDGE: i32 = 12;

enum Shape {
    Path(Vec<Pixel>, ShapeStyle),
    Area([Pixel; 2], ShapeStyle),
    Dot(Pixel, i32, ShapeStyle),
    Words(String, Pixel, Letters),
}

/// Which point of a text its place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// The middle of the upper edge.
    Top,
    /// The middle of the left edge.
    Left,
    /// The middle of the right edge.
    Right,
    /// The centre of a text that reads upwards.
    Upright,
}

/// How a text looks. The drawing library's own style carries the whole font.
struct Letters {
    size: i32,
    colour: RGBColor,
    anchor: Anchor,
}

impl Letters {
    fn style(&self) -> TextStyle<'static> {
        let (h_pos, v_pos) = match self.anchor {
            Anchor::Top => (HPos::Center, VPos::Top),
            Anchor::Left => (HPos::Left, VPos::Center),
            Anchor::Right => (HPos::Right, VPos::Center),
            Anchor::Upright => (HPos::Center, VPos::Center),
        };
        let font = (FAMILY, self.size).into_font();
        let is_upright = self.anchor == Anchor::Upright;
        let font = if is_upright { font.transform(FontTransform::Rotate270) } else { font };
        TextStyle { font, color: self.colour.to_backend_color(), pos: Pos { h_pos, v_pos } }
    }
}

/// Shapes in drawing order.
pub(crate) struct Scene {
    /// Width and height.
    pub size: Pixel,
    shapes: Vec<Shape>,
}

impl Scene {
    /// An empty one.
    pub fn new(size: Pixel) -> Self {
        Self { size, shapes: Vec::new() }
    }

    /// A line through points.
    pub fn path(&mut self, points: Vec<Pixel>, style: impl Into<ShapeStyle>) {
        self.shapes.push(Shape::Path(points, style.into()));
    }

    /// A filled rectangle between two corners.
    pub fn area(&mut self, corners: [Pixel; 2], colour: impl Color) {
        self.shapes.push(Shape::Area(corners, colour.filled()));
    }

    /// A circle.
    pub fn dot(&mut self, centre: Pixel, radius: i32, style: impl Into<ShapeStyle>) {
        self.shapes.push(Shape::Dot(centre, radius, style.into()));
    }

    /// A text.
    pub fn words(&mut self, text: impl Into<String>, at: Pixel, size: i32, colour: RGBColor, anchor: Anchor) {
        self.shapes.push(Shape::Words(text.into(), at, Letters { size, colour, anchor }));
    }

    /// Title, and below it a line that explains.
    pub fn heading(&mut self, title: &str, note: &str) {
        let (middle, room) = (self.size.0 / 2, self.size.0 - 2 * EDGE);
        self.words(fitted(title, TITLE_SIZE, room), (middle, EDGE), TITLE_SIZE, INK, Anchor::Top);
        if !note.is_empty() {
            self.words(fitted(note, 15, room), (middle, EDGE + 28), 15, SOFT, Anchor::Top);
        }
    }

    /// Paints all of it.
    pub fn paint<B>(&self, area: &DrawingArea<B, Shift>) -> Drawing
    where
        B: DrawingBackend,
        B::ErrorType: 'static,
    {
        for shape in &self.shapes {
            match shape {
                Shape::Path(points, style) => area.draw(&PathElement::new(points.clone(), *style))?,
                Shape::Area(corners, style) => area.draw(&Rectangle::new(*corners, *style))?,
                Shape::Dot(centre, radius, style) => area.draw(&Circle::new(*centre, *radius, *style))?,
                Shape::Words(text, at, letters) => {
                    area.draw(&Text::new(text.as_str(), *at, letters.style()))?
                }
            }
        }
        Ok(())
    }
}

/// Pixels that a text takes across.
pub(crate) fn width(text: &str, size: i32) -> i32 {
    let font = (FAMILY, size).into_font();
    // A font that can't be measured can't be drawn either, and that is told then.
    font.box_size(text).map_or(0, |(width, _)| i32::try_from(width).unwrap_or(i32::MAX))
}

/// The text, or as much of it as `room` has place for, with an ellipsis.
pub(crate) fn fitted(text: &str, size: i32, room: i32) -> String {
    /// No picture has place for more, and measuring takes time.
    const MOST: usize = 200;
    let letters: Vec<char> = text.chars().take(MOST).collect();
    let part =
        |count: usize| -> String { letters.iter().take(count).chain(std::iter::once(&'…')).collect() };
    if letters.len() < MOST && width(text, size) <= room {
        return text.to_owned();
    }
    // Halved each time: measuring is what charts spend most of their time with.
    let (mut fits, mut too_many) = (0, letters.len());
    while too_many - fits > 1 {
        let middle = usize::midpoint(fits, too_many);
        if width(&part(middle), size) <= room { fits = middle } else { too_many = middle }
    }
    part(fits)
}
