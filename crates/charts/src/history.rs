//! Values one after the other, and the best so far: the course of a search.

use plotters::style::{Color, RGBColor};

use crate::plane::{Plane, names_room};
use crate::scene::{Anchor, Pixel, Scene, fitted, width};
use crate::style::{GREY, INK, MARK, PALETTE, SOFT};
use crate::thin::MOST_POINTS;
use crate::{Axis, Frame, thinned};

/// Size of names and of the legend.
const LETTERS: i32 = 15;
/// Marks of what gave no value.
const MOST_CROSSES: usize = 500;
/// Where the plane begins, below title, note and legend.
const TOP: i32 = 92;
/// Pixels below the plane that those marks get.
const STRIP: i32 = 16;

/// Values by number. Of each kind at most some 2,000 are drawn; the legend counts all.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    /// Title and axes.
    pub frame: Frame<'a>,
    /// Below the title.
    pub note: &'a str,
    /// Numbers.
    pub x: &'a Axis,
    /// Values.
    pub y: &'a Axis,
    /// Those that ran to their end: number and value.
    pub complete: &'a [(f64, f64)],
    /// Those that were stopped, with their last value.
    pub stopped: &'a [(f64, f64)],
    /// Numbers of those without a value.
    pub failed: &'a [f64],
    /// Each that was better than all before it.
    pub best: &'a [(f64, f64)],
}

#[derive(Clone, Copy)]
enum Symbol {
    Dot,
    Diamond,
    Cross,
    Line,
}

const COLOUR: RGBColor = PALETTE[0];

impl History<'_> {
    pub(crate) fn scene(&self) -> Scene {
        let mut scene = Scene::new((900, 520));
        scene.heading(self.frame.title, self.note);
        let (wide, high) = scene.size;
        let strip = if self.failed.is_empty() { 0 } else { STRIP };
        let lower = high - 56 - strip;
        let left = 34 + names_room(self.y, lower - TOP);
        let plane = Plane { from: (left, TOP), to: (wide - 24, lower), x: self.x, y: self.y };
        plane.draw_axes(&mut scene, plane.to.1 + 8 + strip, true);
        let middle = i32::midpoint(plane.from.0, plane.to.0);
        scene.words(self.frame.x, (middle, high - 26), LETTERS, INK, Anchor::Top);
        let words = fitted(self.frame.y, LETTERS, plane.to.1 - plane.from.1);
        let centre = (20, i32::midpoint(plane.from.1, plane.to.1));
        scene.words(words, centre, LETTERS, INK, Anchor::Upright);
        Self::draw_points(self.stopped, Symbol::Diamond, &plane, &mut scene);
        self.draw_best(&plane, &mut scene);
        Self::draw_points(self.complete, Symbol::Dot, &plane, &mut scene);
        self.draw_crosses(&plane, &mut scene);
        self.draw_legend(&mut scene);
        scene
    }

    fn draw_points(points: &[(f64, f64)], symbol: Symbol, plane: &Plane<'_>, scene: &mut Scene) {
        let places = thinned(points, MOST_POINTS).into_iter().filter_map(|(x, y)| plane.at(x, y));
        places.for_each(|place| symbol.draw(place, scene));
    }

    fn draw_crosses(&self, plane: &Plane<'_>, scene: &mut Scene) {
        for number in thinned(self.failed, MOST_CROSSES) {
            if let Some(place) = self.x.place(number) {
                Symbol::Cross.draw((plane.across(place), plane.to.1 + STRIP / 2), scene);
            }
        }
    }

    /// The best value stays until a better one comes.
    fn draw_best(&self, plane: &Plane<'_>, scene: &mut Scene) {
        let places: Vec<Pixel> =
            thinned(self.best, MOST_POINTS).into_iter().filter_map(|(x, y)| plane.at(x, y)).collect();
        let mut line: Vec<Pixel> = Vec::new();
        for place in places {
            line.extend(line.last().map(|last| (place.0, last.1)));
            line.push(place);
        }
        let Some(&(_, height)) = line.last() else { return };
        line.push((plane.across(1.0), height));
        scene.path(line, MARK.stroke_width(2));
    }

    fn draw_legend(&self, scene: &mut Scene) {
        let counted = |name: &str, count: usize| (count > 0).then(|| format!("{name} ({count})"));
        let entries = [
            (Symbol::Dot, counted("complete", self.complete.len())),
            (Symbol::Diamond, counted("stopped early, last value", self.stopped.len())),
            (Symbol::Cross, counted("failed", self.failed.len())),
            (Symbol::Line, (!self.best.is_empty()).then(|| "best so far".to_owned())),
        ];
        let shown: Vec<(Symbol, String)> =
            entries.into_iter().filter_map(|(symbol, text)| Some((symbol, text?))).collect();
        let room = |text: &String| 24 + width(text, LETTERS) + 22;
        let all: i32 = shown.iter().map(|(_, text)| room(text)).sum();
        let mut column = (scene.size.0 - all) / 2;
        for (symbol, text) in shown {
            symbol.draw((column + 8, 74), scene);
            let next = column + room(&text);
            scene.words(text, (column + 24, 74), LETTERS, SOFT, Anchor::Left);
            column = next;
        }
    }
}

impl Symbol {
    fn draw(self, (x, y): Pixel, scene: &mut Scene) {
        match self {
            Self::Dot => scene.dot((x, y), 3, COLOUR.mix(0.6).filled()),
            Self::Diamond => {
                let corners = vec![(x, y - 4), (x + 4, y), (x, y + 4), (x - 4, y), (x, y - 4)];
                scene.path(corners, GREY.stroke_width(1));
            }
            Self::Cross => {
                let strokes = [[(x - 3, y - 3), (x + 3, y + 3)], [(x - 3, y + 3), (x + 3, y - 3)]];
                strokes.into_iter().for_each(|ends| scene.path(ends.to_vec(), INK.stroke_width(1)));
            }
            Self::Line => scene.path(vec![(x - 9, y), (x + 9, y)], MARK.stroke_width(2)),
        }
    }
}
