use plotters::style::RGBColor;

use super::*;
use crate::style::PALETTE;

fn text(drawn: &Drawn) -> &str {
    &drawn.svg
}

/// The pixels of a PNG, three bytes each, with their number in a row.
fn pixels(png: &[u8]) -> (Vec<u8>, usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png.to_vec())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height, info.color_type), (720, info.height, png::ColorType::Rgb));
    (pixels, info.width as usize)
}

/// Pixels of a colour within a part of the picture, from its left, top, right and bottom edge in per cent.
fn count(png: &[u8], colour: RGBColor, [left, top, right, bottom]: [usize; 4]) -> usize {
    let (pixels, width) = pixels(png);
    let height = pixels.len() / 3 / width;
    let (columns, rows) =
        (width * left / 100..width * right / 100, height * top / 100..height * bottom / 100);
    let is_it = |pixel: &[u8]| pixel == [colour.0, colour.1, colour.2];
    rows.flat_map(|row| columns.clone().map(move |column| (row * width + column) * 3))
        .filter(|&at| is_it(&pixels[at..at + 3]))
        .count()
}

const WHITE: RGBColor = RGBColor(255, 255, 255);
const ALL: [usize; 4] = [0, 0, 100, 100];

/// Pixels that are not white.
fn ink(png: &[u8], part: [usize; 4]) -> usize {
    let (pixels, width) = pixels(png);
    let height = pixels.len() / 3 / width;
    let area =
        (width * part[2] / 100 - width * part[0] / 100) * (height * part[3] / 100 - height * part[1] / 100);
    area - count(png, WHITE, part)
}

fn curves(labels: &[&str]) -> Vec<Line> {
    let line =
        |label: &&str| Line { label: (*label).to_owned(), points: vec![(0.0, 0.0), (0.2, 0.9), (1.0, 1.0)] };
    labels.iter().map(line).collect()
}

#[test]
fn a_chart_is_svg_with_its_labels_as_text() {
    let frame = Frame { title: "ROC <holdout>", x: "false positive rate", y: "true positive rate" };
    let lines = curves(&["winner", "baseline"]);
    let chart = draw(&Chart::Lines(UnitLines { frame, lines: &lines, diagonal: true })).unwrap();
    assert!(text(&chart).starts_with("<svg"));
    for label in ["ROC &lt;holdout&gt;", "false positive rate", "winner", "baseline"] {
        assert!(text(&chart).contains(label), "{label} is not in {}", text(&chart));
    }
}

#[test]
fn the_same_chart_is_png_with_title_axes_and_a_line_of_its_colour() {
    let frame = Frame { title: "ROC, holdout", x: "false positive rate", y: "true positive rate" };
    let chart =
        draw(&Chart::Lines(UnitLines { frame, lines: &curves(&["winner"]), diagonal: true })).unwrap();
    assert!(ink(&chart.png, [20, 0, 80, 9]) > 500, "no title");
    assert!(ink(&chart.png, [30, 95, 70, 100]) > 200, "no x axis label");
    assert!(ink(&chart.png, [0, 20, 4, 80]) > 200, "no y axis label");
    assert!(count(&chart.png, PALETTE[0], ALL) > 500, "no line");
    assert_eq!(count(&chart.png, PALETTE[1], ALL), 0);
    let without = draw(&Chart::Lines(UnitLines { frame, lines: &[], diagonal: true })).unwrap();
    assert_eq!(count(&without.png, PALETTE[0], ALL), 0);
}

#[test]
fn a_confusion_matrix_shows_each_count_and_class() {
    let classes = ["bösartig".to_owned(), "gutartig".to_owned()];
    let counts = [vec![41, 1], vec![2, 70]];
    let chart =
        draw(&Chart::Confusion(ConfusionMatrix { title: "confusion", classes: &classes, counts: &counts }))
            .unwrap();
    for label in ["41", "70", "bösartig", "gutartig", "predicted"] {
        assert!(text(&chart).contains(label), "{label} is not in {}", text(&chart));
    }
    assert!(ink(&chart.png, [5, 10, 17, 90]) > 200, "no names of classes");
}

#[test]
fn bars_name_their_columns_and_long_lines_are_thinned() {
    let frame = Frame { title: "importance", x: "drop of roc_auc", y: "" };
    let bar = |name: &str, value, deviation| Bar {
        name: name.to_owned(),
        value,
        deviation: Some(deviation),
        ..Bar::default()
    };
    let columns = [bar("age", 0.1, 0.01), bar("plan", -0.01, 0.02)];
    let chart = draw(&Chart::Bars(Bars { frame, bars: &columns, from: 0.0 })).unwrap();
    assert!(text(&chart).contains("age") && text(&chart).contains("plan"));
    assert!(ink(&chart.png, [0, 10, 28, 90]) > 100, "no names of columns");
    let many: Vec<_> = (0..10_000).map(|i| (f64::from(i), 0.0)).collect();
    let thin = thinned(&many, 2000);
    assert_eq!((thin.len(), thin[0], thin[1999]), (2000, many[0], many[9999]));
    let scattered = draw(&Chart::Scatter(Scatter { frame, points: &many })).unwrap();
    assert!(scattered.svg.len() < 400_000 && scattered.png.len() < 100_000);
}

#[test]
fn equal_charts_are_equal_bytes() {
    let frame = Frame { title: "t", x: "x", y: "y" };
    let points = [(0.0, 1.0), (2.0, 1.5), (f64::NAN, 1.0)];
    assert_eq!(
        draw(&Chart::Scatter(Scatter { frame, points: &points })),
        draw(&Chart::Scatter(Scatter { frame, points: &points }))
    );
}

#[test]
fn letters_of_many_languages_are_in_the_font() {
    use ab_glyph::Font;
    let font = ab_glyph::FontRef::try_from_slice(dejavu::sans::regular()).unwrap();
    let missing: String =
        "Äéñøłžşğ αβγ ДЖЯ שלום".chars().filter(|&letter| font.glyph_id(letter).0 == 0).collect();
    assert_eq!(missing, "");
}

fn bars(count: usize) -> Vec<Bar> {
    let bar = |index: usize| Bar { name: format!("bar {index}"), value: index as f64, ..Bar::default() };
    (0..count).map(bar).collect()
}

/// Width and height as the SVG says them.
fn size(svg: &str) -> (u32, u32) {
    let number = |name: &str| {
        let after = svg.split_once(name).unwrap().1;
        after.split('"').next().unwrap().parse().unwrap()
    };
    (number("width=\""), number("height=\""))
}

#[test]
fn the_png_of_a_chart_is_as_large_as_its_svg() {
    let y = Axis::Linear { low: 0.0, high: 1.0 };
    let x = Axis::Categories(vec!["a".to_owned(), "b".to_owned()]);
    let spots = vec![Spot { x: 1.0, y: 0.5, shade: 1.0 }, Spot { x: f64::NAN, y: 0.5, shade: 0.0 }];
    let panel = Panel { title: "p".to_owned(), x: x.clone(), spots, marked: None };
    let upright = Upright { name: "p".to_owned(), axis: y.clone(), may_be_absent: true };
    let frame = Frame { title: "t", x: "x", y: "y" };
    let (few, many) = (bars(2), bars(30));
    let panels = vec![panel; 11];
    let uprights = vec![upright; 9];
    let points = [(0.0, 0.5), (1.0, f64::NAN)];
    let history = History {
        frame,
        note: "n",
        x: &y,
        y: &y,
        complete: &points,
        stopped: &points,
        failed: &[0.5],
        best: &points,
    };
    for chart in [
        Chart::Bars(Bars { frame, bars: &few, from: 0.0 }),
        Chart::Bars(Bars { frame, bars: &many, from: 0.0 }),
        Chart::Panels(Panels { title: "t", note: "", label: "l", y: &y, panels: &panels }),
        Chart::Panels(Panels { title: "t", note: "", label: "l", y: &y, panels: &[] }),
        Chart::Parallel(Parallel {
            title: "t",
            note: "",
            axes: &uprights,
            is_lower_better: true,
            lines: &[vec![Some(0.5); 9], vec![None; 9]],
        }),
        Chart::History(history),
    ] {
        let drawn = draw(&chart).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(drawn.png)).read_info().unwrap();
        assert_eq!((reader.info().width, reader.info().height), size(&drawn.svg), "{}", chart.title());
    }
}

#[test]
fn a_text_that_has_no_room_ends_with_an_ellipsis() {
    font::register().unwrap();
    let cut = scene::fitted("a name that is longer than its room", 14, 100);
    assert!(cut.ends_with('…') && cut.starts_with("a name") && scene::width(&cut, 14) <= 100, "{cut}");
    assert_eq!(scene::fitted("short", 14, 100), "short");
}

#[test]
fn values_have_places_on_every_kind_of_axis() {
    let log = Axis::Log { low: 0.01, high: 1.0 };
    let names = Axis::Categories(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(log.place(0.1).map(|place| (place * 1000.0).round()), Some(500.0));
    assert_eq!((log.place(0.0), log.place(-1.0), log.place(f64::NAN)), (None, None, None));
    assert_eq!((log.place(5.0), log.place(1e-9)), (Some(1.0), Some(0.0)), "beyond an end is at it");
    assert_eq!((names.place(0.0), names.place(1.0)), (Some(0.25), Some(0.75)));
    let wide = Axis::Linear { low: f64::MIN, high: f64::MAX };
    assert_eq!(wide.place(0.0), Some(0.5));
}
