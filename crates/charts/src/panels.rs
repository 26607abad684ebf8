//! Small scatters beside each other, on one scale of values: how each parameter bears on the objective.

use plotters::style::Color;

use crate::Axis;
use crate::plane::{Plane, names_room};
use crate::scene::{Anchor, Scene, fitted};
use crate::style::{INK, MARK, shade};

/// Size of names.
const LETTERS: i32 = 15;
/// Above the first row, below the last one.
const MARGIN: (i32, i32) = (70, 12);
/// Height of a panel with its title and its names, and of the title and the names.
const HEIGHT: i32 = 210;
const AROUND: i32 = 60;

/// One point of a panel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// From pale at 0 to deep at 1.
    pub shade: f64,
}

/// One scatter.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Above it.
    pub title: String,
    /// The axis below.
    pub x: Axis,
    /// In drawing order.
    pub spots: Vec<Spot>,
    /// The point that stands out.
    pub marked: Option<(f64, f64)>,
}

/// Panels by rows.
#[derive(Debug, Clone, Copy)]
pub struct Panels<'a> {
    /// Above all.
    pub title: &'a str,
    /// Below the title.
    pub note: &'a str,
    /// What the left axis is.
    pub label: &'a str,
    /// The left axis of all.
    pub y: &'a Axis,
    /// The panels. All points together are the caller's to bound.
    pub panels: &'a [Panel],
}

impl Panels<'_> {
    pub(crate) fn scene(&self) -> Scene {
        let count = i32::try_from(self.panels.len().max(1)).unwrap_or(i32::MAX);
        let (columns, width) = match count {
            1 => (1, 600),
            2 | 4 => (2, 380),
            3 | 5..=9 => (3, 300),
            _ => (4, 240),
        };
        let rows = count.div_euclid(columns) + i32::from(count % columns > 0);
        let (top, bottom) = MARGIN;
        let left = 34 + names_room(self.y, HEIGHT - AROUND);
        let mut scene = Scene::new((left + columns * width + 8, top + rows * HEIGHT + bottom));
        scene.heading(self.title, self.note);
        let centre = (20, top + (scene.size.1 - top) / 2);
        let label = fitted(self.label, LETTERS, scene.size.1 - top);
        scene.words(label, centre, LETTERS, INK, Anchor::Upright);
        for (index, panel) in (0..).zip(self.panels) {
            let (row, column) = (index / columns, index % columns);
            let from = (left + column * width, top + row * HEIGHT + 22);
            let to = (from.0 + width - 18, from.1 + HEIGHT - AROUND);
            let plane = Plane { from, to, x: &panel.x, y: self.y };
            plane.draw_axes(&mut scene, to.1 + 6, column == 0);
            panel.draw(&plane, &mut scene);
        }
        scene
    }
}

impl Panel {
    fn draw(&self, plane: &Plane<'_>, scene: &mut Scene) {
        let (from, to) = (plane.from, plane.to);
        let title = fitted(&self.title, LETTERS, to.0 - from.0);
        scene.words(title, (i32::midpoint(from.0, to.0), from.1 - 19), LETTERS, INK, Anchor::Top);
        for spot in &self.spots {
            if let Some(place) = plane.at(spot.x, spot.y) {
                scene.dot(place, 3, shade(spot.shade).mix(0.85).filled());
            }
        }
        if let Some(place) = self.marked.and_then(|(x, y)| plane.at(x, y)) {
            scene.dot(place, 5, MARK.filled());
        }
    }
}
