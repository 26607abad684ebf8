//! A rectangle with two axes, and places in it.

use plotters::style::Color;

use crate::Axis;
use crate::scene::{Anchor, Pixel, Scene, fitted, width};
use crate::style::{FAINT, GREY, SOFT};

/// Between the edge and the ends of the axes, so that points at the ends are whole.
const INSET: i32 = 8;
/// Size of the names at axes.
pub(crate) const SMALL: i32 = 14;
/// Pixels that a tick takes at least.
const TICK_ROOM: (i32, i32) = (56, 25);

/// The rectangle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane<'a> {
    /// Its upper left corner.
    pub from: Pixel,
    /// Its lower right corner.
    pub to: Pixel,
    /// To the right.
    pub x: &'a Axis,
    /// Upwards.
    pub y: &'a Axis,
}

impl Plane<'_> {
    /// Where a point stands; none when one of its values has no place.
    pub fn at(&self, x: f64, y: f64) -> Option<Pixel> {
        Some((self.across(self.x.place(x)?), self.up(self.y.place(y)?)))
    }

    /// The pixel of a place on the lower axis.
    pub fn across(&self, place: f64) -> i32 {
        along(self.from.0 + INSET, self.to.0 - INSET, place)
    }

    /// The pixel of a place on the left axis.
    pub fn up(&self, place: f64) -> i32 {
        along(self.to.1 - INSET, self.from.1 + INSET, place)
    }

    /// Lines at the ticks, the two edges, names below from `names_at` on, and names at the left when asked for.
    pub fn draw_axes(&self, scene: &mut Scene, names_at: i32, has_names_left: bool) {
        for (place, name) in self.y.ticks(count(self.to.1 - self.from.1, TICK_ROOM.1)) {
            let row = self.up(place);
            scene.path(vec![(self.from.0, row), (self.to.0, row)], FAINT.stroke_width(1));
            if has_names_left {
                scene.words(name, (self.from.0 - 6, row), SMALL, SOFT, Anchor::Right);
            }
        }
        self.draw_names(scene, names_at, count(self.to.0 - self.from.0, TICK_ROOM.0));
        let corner = (self.from.0, self.to.1);
        scene.path(vec![self.from, corner, self.to], GREY.stroke_width(1));
    }

    /// Names that would run into the one before are left out.
    fn draw_names(&self, scene: &mut Scene, names_at: i32, count: usize) {
        /// A name of a category gets this at least, should it cost its neighbours theirs.
        const LEAST: i32 = 48;
        let room = match self.x {
            Axis::Categories(names) => {
                let share = (self.to.0 - self.from.0) / i32::try_from(names.len().max(1)).unwrap_or(i32::MAX);
                (share - 6).max(LEAST)
            }
            _ => self.to.0 - self.from.0,
        };
        let mut free_from = i32::MIN;
        for (place, name) in self.x.ticks(count) {
            let column = self.across(place);
            if !matches!(self.x, Axis::Categories(_)) {
                scene.path(vec![(column, self.from.1), (column, self.to.1)], FAINT.stroke_width(1));
            }
            let name = fitted(&name, SMALL, room);
            let half = width(&name, SMALL) / 2 + 3;
            if column - half >= free_from {
                scene.words(name, (column, names_at), SMALL, SOFT, Anchor::Top);
                free_from = column + half;
            }
        }
    }
}

/// Pixels that the names of an upward axis take, with what stands between them and the axis.
pub(crate) fn names_room(axis: &Axis, pixels: i32) -> i32 {
    let names = axis.ticks(count(pixels, TICK_ROOM.1)).into_iter().map(|(_, name)| width(&name, SMALL));
    names.max().unwrap_or_default() + 8
}

/// Ticks that there is room for.
fn count(pixels: i32, each: i32) -> usize {
    usize::try_from(pixels / each).unwrap_or(0).max(2)
}

/// The pixel at a part of the way.
pub(crate) fn along(from: i32, to: i32, part: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "within a picture")]
    let way = (f64::from(to - from) * part).round() as i32;
    from + way
}
