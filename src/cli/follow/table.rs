//! Text in columns.

use super::style::Style;

/// Rows below a heading, columns as wide as their longest cell; cells that are states are coloured.
pub(in crate::cli) fn table(heading: &[&str], rows: &[Vec<String>], style: Style) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heading[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..heading.len()).map(width).collect();
    let line = |cells: Vec<&str>, show: &dyn Fn(&str) -> String| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| show(&format!("{cell:<width$}")));
        format!("  {}\n", padded.collect::<Vec<_>>().join("  ")).replace(" \n", "\n")
    };
    let mut text = line(heading.to_vec(), &|cell| style.bold(cell));
    for row in rows {
        text.push_str(&line(row.iter().map(String::as_str).collect(), &|cell| style.state(cell)));
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
