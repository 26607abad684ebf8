//! CSV to a table: UTF-8 with or without byte order mark, header row, comma, RFC 4180 quoting.
//! A column is Number only if all its non-empty cells parse; an empty cell is missing.

use csv::{ReaderBuilder, StringRecord};

use super::cell::{parse_number, parse_timestamp};
use super::{Column, Table, TableError};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Why bytes are not a table in CSV.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// No bytes, or nothing but blank lines.
    #[error("the file is empty: a CSV file starts with a header row")]
    Empty,
    /// Not UTF-8.
    #[error("line {line} is not UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// Line, from 1.
        line: usize,
    },
    /// A header cell is empty.
    #[error("line 1: the header of column {position} is empty; every column needs a name")]
    EmptyHeader {
        /// Position, from 1.
        position: usize,
    },
    /// Duplicate header.
    #[error("line 1: {0}")]
    Header(#[from] TableError),
    /// A row with more or fewer cells than the header.
    #[error(
        "line {line} has {found} cells where the header has {expected}; look for a missing or unquoted comma or quote"
    )]
    Ragged {
        /// Line where the row starts, from 1.
        line: u64,
        /// Cells found.
        found: u64,
        /// Cells of the header.
        expected: u64,
    },
    /// What the reader says.
    #[error("line {line}: {message}")]
    Malformed {
        /// Line, from 1; 0 when unknown.
        line: u64,
        /// The reader's message.
        message: String,
    },
}

/// Reads a table.
///
/// # Errors
/// See [`CsvError`]; a file with a header and no rows is a table of 0 rows.
pub fn read_csv(bytes: &[u8]) -> Result<Table, CsvError> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    if let Err(e) = std::str::from_utf8(bytes) {
        let line = bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        return Err(CsvError::NotUtf8 { line });
    }
    let names = header(bytes)?;
    let typed = first_pass(bytes, names.len())?;
    let texts = second_pass(bytes, &typed)?;
    let columns = typed.into_iter().zip(texts).map(|(typed, text)| typed.finish(text));
    Ok(Table::new(names.into_iter().zip(columns).collect())?)
}

fn reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().has_headers(true).from_reader(bytes)
}

fn header(bytes: &[u8]) -> Result<Vec<String>, CsvError> {
    let mut reader = reader(bytes);
    let header = reader.headers().map_err(|e| malformed(bytes, &e))?;
    if header.is_empty() {
        return Err(CsvError::Empty);
    }
    let names: Vec<String> = header.iter().map(str::to_owned).collect();
    match names.iter().position(|n| n.trim().is_empty()) {
        Some(at) => Err(CsvError::EmptyHeader { position: at + 1 }),
        None => Ok(names),
    }
}

/// What a column still can be, with its values so far. A column leaves `Number` at its first cell that is none.
struct Typed {
    number: Option<Vec<f64>>,
    timestamp: Option<Vec<Option<i64>>>,
}

impl Typed {
    fn push(&mut self, cell: &str) {
        if let Some(values) = &mut self.number {
            match if cell.is_empty() { Some(f64::NAN) } else { parse_number(cell) } {
                Some(x) => values.push(x),
                None => self.number = None,
            }
        }
        if let Some(values) = &mut self.timestamp {
            match if cell.is_empty() { Some(None) } else { parse_timestamp(cell).map(Some) } {
                Some(t) => values.push(t),
                None => self.timestamp = None,
            }
        }
    }

    fn is_text(&self) -> bool {
        self.number.is_none() && self.timestamp.is_none()
    }

    /// A column without any value counts as Number.
    fn finish(self, text: Vec<Option<Box<str>>>) -> Column {
        match (self.number, self.timestamp) {
            (Some(values), _) => Column::Number(values),
            (None, Some(values)) => Column::Timestamp(values),
            (None, None) => Column::Text(text),
        }
    }
}

fn first_pass(bytes: &[u8], columns: usize) -> Result<Vec<Typed>, CsvError> {
    let new = || Typed { number: Some(Vec::new()), timestamp: Some(Vec::new()) };
    let mut typed: Vec<Typed> = std::iter::repeat_with(new).take(columns).collect();
    for_each_row(bytes, |row| typed.iter_mut().zip(row).for_each(|(t, cell)| t.push(cell)))?;
    Ok(typed)
}

/// Texts of the columns that are neither numbers nor timestamps; the others stay empty.
fn second_pass(bytes: &[u8], typed: &[Typed]) -> Result<Vec<Vec<Option<Box<str>>>>, CsvError> {
    let mut texts: Vec<Vec<Option<Box<str>>>> = vec![Vec::new(); typed.len()];
    let wanted: Vec<usize> = (0..typed.len()).filter(|&at| typed[at].is_text()).collect();
    if wanted.is_empty() {
        return Ok(texts);
    }
    for_each_row(bytes, |row| {
        for &at in &wanted {
            texts[at].push(row.get(at).filter(|cell| !cell.is_empty()).map(Into::into));
        }
    })?;
    Ok(texts)
}

fn for_each_row(bytes: &[u8], mut each: impl FnMut(&StringRecord)) -> Result<(), CsvError> {
    let mut reader = reader(bytes);
    let mut row = StringRecord::new();
    while reader.read_record(&mut row).map_err(|e| malformed(bytes, &e))? {
        each(&row);
    }
    Ok(())
}

fn malformed(bytes: &[u8], error: &csv::Error) -> CsvError {
    let line = error.position().map_or(0, |at| first_line(bytes, at));
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            CsvError::Ragged { line, found: *len, expected: *expected_len }
        }
        _ => CsvError::Malformed { line, message: error.to_string() },
    }
}

/// The reader's position stands before the blank lines that it skips; users look for the row itself.
fn first_line(bytes: &[u8], at: &csv::Position) -> u64 {
    let rest = bytes.get(at.byte() as usize..).unwrap_or_default();
    let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    at.line() + blank.filter(|b| **b == b'\n').count() as u64
}
