//! Parallel coordinates: an axis a parameter, a line a trial, coloured by the last axis.

use plotters::style::{Color, WHITE};

use crate::Axis;
use crate::plane::{SMALL, along};
use crate::scene::{Anchor, Pixel, Scene, fitted, width};
use crate::style::{GREY, INK, MARK, SOFT, shade};

/// Size of the names of axes.
const LETTERS: i32 = 15;
/// Pixels from one axis to the next.
const STEP: i32 = 124;
/// Where axes begin and end, from the top.
const TOP: i32 = 108;
const BOTTOM: i32 = 470;
/// Where lines go whose value is absent.
const ABSENT: i32 = 506;

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Upright {
    /// Above it.
    pub name: String,
    /// Its values.
    pub axis: Axis,
    /// Whether some lines have no value here.
    pub may_be_absent: bool,
}

/// Lines over axes.
#[derive(Debug, Clone, Copy)]
pub struct Parallel<'a> {
    /// Above all.
    pub title: &'a str,
    /// Below the title.
    pub note: &'a str,
    /// The axes; the last one colours.
    pub axes: &'a [Upright],
    /// Whether low values of the last axis are the better ones, which are deep.
    pub is_lower_better: bool,
    /// A value for each axis, in drawing order. The caller bounds their number; the last line is the best, and marked.
    pub lines: &'a [Vec<Option<f64>>],
}

impl Parallel<'_> {
    pub(crate) fn scene(&self) -> Scene {
        let gaps = i32::try_from(self.axes.len().saturating_sub(1)).unwrap_or(i32::MAX);
        let mut scene = Scene::new(((gaps * STEP + 160).max(720), 540));
        scene.heading(self.title, self.note);
        let first = (scene.size.0 - gaps * STEP) / 2 + 10;
        let columns: Vec<i32> = (0..=gaps).map(|index| first + index * STEP).collect();
        let (best, others) = match self.lines.split_last() {
            Some((best, others)) => (Some(best), others),
            None => (None, self.lines),
        };
        for line in others {
            scene.path(self.path(line, &columns), self.colour(line).stroke_width(1));
        }
        if let Some(best) = best {
            scene.path(self.path(best, &columns), MARK.stroke_width(3));
        }
        for (index, (upright, column)) in self.axes.iter().zip(columns).enumerate() {
            if index + 1 == self.axes.len() {
                self.draw_scale(column, &mut scene);
            }
            upright.draw(column, &mut scene);
        }
        scene
    }

    /// A line has no point on an axis that has no place for its value.
    fn path(&self, line: &[Option<f64>], columns: &[i32]) -> Vec<Pixel> {
        let height = |(upright, value): (&Upright, &Option<f64>)| match value {
            Some(value) => upright.axis.place(*value).map(up),
            None => upright.may_be_absent.then_some(ABSENT),
        };
        let heights = self.axes.iter().zip(line).map(height);
        heights.zip(columns).filter_map(|(height, column)| Some((*column, height?))).collect()
    }

    fn colour(&self, line: &[Option<f64>]) -> plotters::style::RGBColor {
        let place = self.axes.last().zip(line.last()).and_then(|(last, value)| last.axis.place((*value)?));
        shade(self.goodness(place.unwrap_or_default()))
    }

    fn goodness(&self, place: f64) -> f64 {
        if self.is_lower_better { 1.0 - place } else { place }
    }

    /// The last axis shows what the colours mean.
    fn draw_scale(&self, column: i32, scene: &mut Scene) {
        const PARTS: i32 = 48;
        for part in 0..PARTS {
            let (low, high) = (f64::from(part) / f64::from(PARTS), f64::from(part + 1) / f64::from(PARTS));
            let corners = [(column - 4, up(high)), (column + 4, up(low))];
            scene.area(corners, shade(self.goodness(f64::midpoint(low, high))));
        }
    }
}

impl Upright {
    /// Names lie over the lines, on a ground of their own.
    fn draw(&self, column: i32, scene: &mut Scene) {
        let name = fitted(&self.name, LETTERS, STEP - 10);
        scene.words(name, (column, TOP - 26), LETTERS, INK, Anchor::Top);
        scene.path(vec![(column, TOP), (column, BOTTOM)], SOFT.stroke_width(1));
        let mut free_below = i32::MAX;
        for (place, name) in self.axis.ticks(8) {
            let row = up(place);
            if row + 8 <= free_below {
                label(&name, (column, row), scene);
                free_below = row - 8;
            }
        }
        if self.may_be_absent {
            scene.path(vec![(column - 4, ABSENT), (column + 4, ABSENT)], GREY.stroke_width(2));
            label("absent", (column, ABSENT), scene);
        }
    }
}

fn label(name: &str, (column, row): Pixel, scene: &mut Scene) {
    let name = fitted(name, SMALL, STEP - 30);
    let left = column - 10 - width(&name, SMALL);
    scene.area([(left - 2, row - 7), (column - 7, row + 7)], WHITE.mix(0.75));
    scene.path(vec![(column - 4, row), (column, row)], SOFT.stroke_width(1));
    scene.words(name, (column - 8, row), SMALL, INK, Anchor::Right);
}

fn up(place: f64) -> i32 {
    along(BOTTOM, TOP, place)
}
