//! The rows that models are tried on: all kinds of features, missing values, unknown levels, names in any script.

use podium_tabular::prepare::{Encoding, FittedPreparation, Missing, PreparationSpec, Scaling};
use podium_tabular::schema::{Feature, FeatureKind, Schema, Task};
use podium_tabular::table::{Column, ColumnType, Table};

/// Rows that preparation is fitted on; the rows behind them hold levels it has not seen.
pub const FITTED: usize = 200;
/// All rows.
pub const ROWS: usize = 300;

/// Numbers in 0..1, the same in each run (Steele, Lea and Flood 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

pub fn table() -> Table {
    let mut random = Random(7);
    let columns = vec![
        (
            "größe in m²".into(),
            Column::Number(numbers(&mut random, 0.1, |u| (u * 200.0).round() / 10.0 - 5.0)),
        ),
        // An input that has the name of an output.
        ("label".into(), Column::Number(numbers(&mut random, 0.0, |u| 1e6 + u * 1e5))),
        (
            "プラン".into(),
            Column::Text(texts(&mut random, &["basic", "pro", "ünï 😀", "it's"], "never seen")),
        ),
        ("code".into(), Column::Number(codes(&mut random))),
        ("signup_at".into(), Column::Timestamp(instants(&mut random))),
        ("tier".into(), Column::Text(texts(&mut random, &["gold", "None", "silver"], "bronze"))),
    ];
    Table::new(columns).unwrap()
}

fn numbers(random: &mut Random, missing: f64, value: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..ROWS).map(|_| if random.uniform() < missing { f64::NAN } else { value(random.uniform()) }).collect()
}

fn texts(random: &mut Random, levels: &[&str], unknown: &str) -> Vec<Option<Box<str>>> {
    (0..ROWS)
        .map(|row| match random.below(levels.len() + 2) {
            0 => None,
            1 if row >= FITTED => Some(unknown.into()),
            pick => Some(levels[pick % levels.len()].into()),
        })
        .collect()
}

fn codes(random: &mut Random) -> Vec<f64> {
    let levels = [0.0, -0.0, 0.1, 16_777_217.0, 3.0, f64::NAN];
    (0..ROWS)
        .map(|row| if row % 17 == 16 && row >= FITTED { 99.5 } else { levels[random.below(levels.len())] })
        .collect()
}

/// Instants of the years 1700 to 2250, among them the edges of days, years and leap days; every third one is a moment
/// before the next second.
fn instants(random: &mut Random) -> Vec<Option<i64>> {
    let edges = ["1970-01-01T00:00:00", "1969-12-31T23:59:59", "2000-02-29T12:00:00", "1900-02-28T23:59:59"];
    let edges = edges.iter().chain(&["2100-03-01T00:00:00", "1999-12-31T23:59:59", "2024-12-31T23:00:00"]);
    let edges: Vec<i64> = edges.map(|text| seconds(text)).collect();
    (0..ROWS)
        .map(|row| match row % 10 {
            9 => None,
            8 => Some(edges[random.below(edges.len())]),
            _ => Some((-8.5e9 + random.uniform() * 17.3e9).floor() as i64),
        })
        .enumerate()
        .map(|(row, seconds)| seconds.map(|s| s * 1_000_000_000 + if row % 3 == 0 { 999_990_000 } else { 0 }))
        .collect()
}

/// Seconds since the epoch, counted day by day: not by the arithmetic under test.
fn seconds(text: &str) -> i64 {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let leap = |y: i64| (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let years: i64 = (1600..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = lengths.iter().take(month as usize - 1).sum();
    // 1970-01-01 is 135,140 days after 1600-01-01.
    (years + months + day - 1 - 135_140) * 86_400
        + number(11, 13) * 3_600
        + number(14, 16) * 60
        + number(17, 19)
}

pub fn schema(classes: &[&str], target_type: ColumnType) -> Schema {
    let feature = |name: &str, kind| Feature { name: name.into(), kind };
    Schema {
        task: match classes.len() {
            0 => Task::Regression,
            2 => Task::BinaryClassification,
            _ => Task::MulticlassClassification,
        },
        target: "ziel".into(),
        target_type,
        classes: classes.iter().map(|&class| class.to_owned()).collect(),
        positive: (classes.len() == 2).then_some(1),
        features: vec![
            feature("größe in m²", FeatureKind::Number),
            feature("プラン", FeatureKind::Category),
            feature("label", FeatureKind::Number),
            feature("code", FeatureKind::NumericCategory),
            feature("signup_at", FeatureKind::Timestamp),
            feature("tier", FeatureKind::Category),
        ],
        weight: None,
        time: None,
        group: None,
        dropped: Vec::new(),
    }
}

pub fn preparation(schema: &Schema, encoding: Encoding, scaling: Scaling) -> FittedPreparation {
    let spec = PreparationSpec { missing: Missing::Median, scaling, encoding, ..PreparationSpec::default() };
    let rows: Vec<usize> = (0..FITTED).collect();
    FittedPreparation::fit(&table(), &rows, schema, &spec).unwrap()
}
