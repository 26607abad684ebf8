//! Horizontal bars: importance of columns or parameters, the best trials.

use plotters::style::{BLACK, Color};

use crate::plane::Plane;
use crate::scene::{Anchor, Scene, fitted, width};
use crate::style::{GREY, INK, SOFT, SOLID};
use crate::{Axis, Frame};

/// Pixels that names at the left take at most.
const NAMES: i32 = 220;
/// Size of names and labels.
const LETTERS: i32 = 15;
/// Size of notes.
const NOTES: i32 = 13;
/// Width of the picture, and height of all bars at most.
const WIDTH: i32 = 720;
const MOST_HIGH: i32 = 420;
/// Pixels between two bars at most, so that few are no blocks.
const WIDEST: i32 = 56;

/// One bar.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bar {
    /// At the left.
    pub name: String,
    /// Where it ends.
    pub value: f64,
    /// One standard deviation, drawn as a line to both sides of the end.
    pub deviation: Option<f64>,
    /// Behind its end.
    pub label: String,
    /// Below it, in small letters.
    pub note: String,
    /// Whether it is no such thing as the others, and grey.
    pub is_aside: bool,
}

/// Horizontal bars, the first on top.
#[derive(Debug, Clone, Copy)]
pub struct Bars<'a> {
    /// Title and the axis below; `y` is not shown.
    pub frame: Frame<'a>,
    /// The bars.
    pub bars: &'a [Bar],
    /// Where they begin.
    pub from: f64,
}

impl Bars<'_> {
    pub(crate) fn scene(&self) -> Scene {
        let widest = |text: fn(&Bar) -> &str| {
            self.bars.iter().map(|bar| width(text(bar), LETTERS)).max().unwrap_or_default()
        };
        let left = 24 + widest(|bar| &bar.name).min(NAMES);
        let right = WIDTH - 24 - widest(|bar| &bar.label).min(NAMES);
        let count = i32::try_from(self.bars.len().max(1)).unwrap_or(i32::MAX);
        let each = (MOST_HIGH / count).clamp(1, WIDEST);
        let x = self.axis();
        let y = Axis::Categories(Vec::new());
        let plane = Plane { from: (left, 56), to: (right, 56 + each * count + 4), x: &x, y: &y };
        let mut scene = Scene::new((WIDTH, plane.to.1 + 60));
        scene.heading(self.frame.title, "");
        plane.draw_axes(&mut scene, plane.to.1 + 6, false);
        for (row, bar) in (0..).zip(self.bars) {
            self.draw(bar, &plane, (plane.from.1 + 2 + row * each, each), &mut scene);
        }
        let end = scene.size.0 / 2;
        let words = fitted(self.frame.x, LETTERS, scene.size.0 - 24);
        scene.words(words, (end, plane.to.1 + 30), LETTERS, INK, Anchor::Top);
        scene
    }

    /// From the least to the most of what is drawn.
    fn axis(&self) -> Axis {
        let reach = |bar: &Bar| {
            let deviation = bar.deviation.unwrap_or_default();
            [bar.value - deviation, bar.value + deviation]
        };
        let ends = self.bars.iter().flat_map(reach).filter(|end| end.is_finite());
        let low = ends.clone().fold(self.from, f64::min);
        let high = ends.fold(self.from, f64::max);
        Axis::Linear { low, high: if low < high { high } else { low + 1e-9 } }
    }

    fn draw(&self, bar: &Bar, plane: &Plane<'_>, (top, each): (i32, i32), scene: &mut Scene) {
        let note = if bar.note.is_empty() { 0 } else { NOTES + 5 };
        let gap = ((each - note) / 6).max(1);
        let (upper, lower) = (top + gap, top + each - note - gap);
        let middle = i32::midpoint(upper, lower);
        let name = fitted(&bar.name, LETTERS, NAMES);
        scene.words(name, (plane.from.0 - 8, middle), LETTERS, INK, Anchor::Right);
        let column = |value: f64| plane.x.place(value).map(|place| plane.across(place));
        let (Some(start), Some(end)) = (column(self.from), column(bar.value)) else { return };
        let colour = if bar.is_aside { GREY } else { SOLID };
        scene.area([(start.min(end), upper), (start.max(end), lower)], colour);
        let mut last = start.max(end);
        if let Some(deviation) = bar.deviation {
            let ends = [column(bar.value - deviation), column(bar.value + deviation)];
            if let [Some(from), Some(to)] = ends {
                scene.path(vec![(from, middle), (to, middle)], BLACK.stroke_width(1));
                last = last.max(to);
            }
        }
        scene.words(fitted(&bar.label, LETTERS, NAMES), (last + 6, middle), LETTERS, INK, Anchor::Left);
        if note > 0 {
            let room = scene.size.0 - plane.from.0 - 20;
            let text = fitted(&bar.note, NOTES, room);
            scene.words(text, (plane.from.0 + 8, lower + 3 + NOTES / 2), NOTES, SOFT, Anchor::Left);
        }
    }
}
