//! The font of charts: in the binary, since the image has none. DejaVu Sans has Latin, Greek, Cyrillic, Arabic and Hebrew
//! letters; what it lacks is a box in the PNG and a letter of the viewer's own in the SVG.

use std::sync::OnceLock;

use plotters::style::{FontStyle, register_font};

/// Family by which charts name it, and viewers of an SVG their own.
pub(crate) const FAMILY: &str = "sans-serif";

/// Makes the font known to the drawing library, once a process.
pub(crate) fn register() -> Result<(), String> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE.get_or_init(|| register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular()).is_ok());
    if *done { Ok(()) } else { Err("the font in the program can't be read".to_owned()) }
}
