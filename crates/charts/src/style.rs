//! Colours and letters that all charts share.

use plotters::style::RGBColor;

use crate::font::FAMILY;

/// Okabe and Ito's palette: told apart by colour-blind readers too.
pub(crate) const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(90, 90, 90),
];
/// What is there for comparison.
pub(crate) const GREY: RGBColor = RGBColor(170, 170, 170);
/// Lines behind the data.
pub(crate) const FAINT: RGBColor = RGBColor(230, 230, 230);
/// Words that explain.
pub(crate) const SOFT: RGBColor = RGBColor(90, 90, 90);
/// Names and numbers.
pub(crate) const INK: RGBColor = RGBColor(30, 30, 30);
/// What the eye shall find: the best.
pub(crate) const MARK: RGBColor = PALETTE[1];
/// Areas: the first colour of the palette, lighter.
pub(crate) const SOLID: RGBColor = RGBColor(51, 142, 193);
/// Size of titles.
pub(crate) const TITLE_SIZE: i32 = 20;
/// Family and size of titles.
pub(crate) const TITLE: (&str, i32) = (FAMILY, TITLE_SIZE);

/// The two ends of a scale of one colour.
const PALE: RGBColor = RGBColor(208, 219, 232);
const DEEP: RGBColor = RGBColor(8, 64, 120);

/// A colour from pale at 0 to deep at 1.
pub(crate) fn shade(part: f64) -> RGBColor {
    let part = part.clamp(0.0, 1.0);
    let mix = |pale: u8, deep: u8| {
        let mixed = f64::from(pale) + part * (f64::from(deep) - f64::from(pale));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
        let byte = mixed.round() as u8;
        byte
    };
    RGBColor(mix(PALE.0, DEEP.0), mix(PALE.1, DEEP.1), mix(PALE.2, DEEP.2))
}
