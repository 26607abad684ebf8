//! Behaviour of the readers.

use super::*;
use crate::digest::{data_digest, row_digests};

fn cells(table: &Table, name: &str) -> Vec<String> {
    let column = table.column(name).unwrap();
    (0..table.rows()).map(|r| column.cell(r).to_string()).collect()
}

fn error(bytes: &[u8]) -> String {
    read_csv(bytes).unwrap_err().to_string()
}

#[test]
fn a_column_is_number_only_if_all_its_values_parse() {
    let t = read_csv(b"a,b,c\n1,1,\n2.5,x,\n,3,\n-1e3,,\n").unwrap();
    assert_eq!(t.rows(), 4);
    assert_eq!(t.column("a").unwrap().kind(), ColumnType::Number);
    assert_eq!(cells(&t, "a"), ["1", "2.5", "missing", "-1000"]);
    assert_eq!(t.column("b").unwrap().kind(), ColumnType::Text);
    assert_eq!(cells(&t, "b"), ["1", "x", "3", "missing"]);
    assert_eq!(t.column("c").unwrap().kind(), ColumnType::Number);
    assert_eq!(t.column("c").unwrap().missing(), 4);
}

#[test]
fn identifiers_that_a_number_would_bend_stay_text() {
    for text in ["007", "-01", "9007199254740993", "0x10", "inf", "-Infinity", "1e999", "1,5", "1_000", "٣"]
    {
        assert_eq!(parse_number(text), None, "{text}");
    }
    for (text, number) in [
        ("0", 0.0),
        ("-0.5", -0.5),
        ("+3", 3.0),
        (" 4 ", 4.0),
        ("9007199254740992", MAX),
        (".5", 0.5),
        ("1E2", 100.0),
    ] {
        assert_eq!(parse_number(text), Some(number), "{text}");
    }
    assert!(parse_number("NaN").unwrap().is_nan());
}

const MAX: f64 = 9_007_199_254_740_992.0;

#[test]
fn nan_in_a_column_of_numbers_is_missing() {
    let t = read_csv(b"a\n1\nnan\nNaN\n").unwrap();
    assert_eq!(cells(&t, "a"), ["1", "missing", "missing"]);
}

#[test]
fn timestamps_are_rfc_3339_and_nothing_else() {
    assert_eq!(parse_timestamp("1970-01-01T00:00:01Z"), Some(1_000_000_000));
    assert_eq!(parse_timestamp("1970-01-01t02:00:00.5+02:00"), Some(500_000_000));
    assert_eq!(parse_timestamp("1970-01-02"), Some(86_400_000_000_000));
    assert_eq!(parse_timestamp("2024-02-29"), Some(1_709_164_800_000_000_000));
    for text in [
        "2023-02-29",
        "2024-13-01",
        "2024-07-13T05:34:40",
        "20240713T053440Z",
        "9999-12-31T00:00:00Z",
        "2024-07-13T05Z",
        "1.1.2024",
    ] {
        assert_eq!(parse_timestamp(text), None, "{text}");
    }
}

#[test]
fn quotes_commas_line_breaks_unicode_names_and_a_byte_order_mark_are_read() {
    let t = read_csv(
        "\u{feff}città,\"na,me\"\r\n\"Washington, D.C.\",\"say \"\"hi\"\"\nthere\"\r\nSão Paulo,x\r\n"
            .as_bytes(),
    )
    .unwrap();
    assert_eq!(t.names(), ["città", "na,me"]);
    assert_eq!(cells(&t, "città"), ["Washington, D.C.", "São Paulo"]);
    assert_eq!(cells(&t, "na,me"), ["say \"hi\"\nthere", "x"]);
}

#[test]
fn an_empty_file_is_refused() {
    assert_eq!(read_csv(b""), Err(CsvError::Empty));
    assert_eq!(read_csv(b"\n\n"), Err(CsvError::Empty));
    assert_eq!(read_csv(b"\xEF\xBB\xBF"), Err(CsvError::Empty));
}

#[test]
fn a_header_without_rows_is_a_table_of_none() {
    let t = read_csv(b"a,b\n").unwrap();
    assert_eq!((t.rows(), t.names().len()), (0, 2));
}

#[test]
fn a_duplicate_header_is_refused_with_both_positions() {
    assert_eq!(
        error(b"a,b,a\n1,2,3\n"),
        "line 1: duplicate header: column \"a\" stands at positions 1 and 3; rename one of them"
    );
}

#[test]
fn an_empty_header_cell_is_refused() {
    assert_eq!(error(b"a,,c\n1,2,3\n"), "line 1: the header of column 2 is empty; every column needs a name");
}

#[test]
fn a_ragged_row_is_refused_with_its_line() {
    assert_eq!(
        error(b"a,b\n1,2\n\n1,2,3\n"),
        "line 4 has 3 cells where the header has 2; look for a missing or unquoted comma or quote"
    );
    assert_eq!(read_csv(b"a,b\n\"x\ny\",2\n1\n"), Err(CsvError::Ragged { line: 4, found: 1, expected: 2 }));
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_their_line() {
    assert_eq!(read_csv(b"a,b\n1,2\n3,S\xe3o\n"), Err(CsvError::NotUtf8 { line: 3 }));
    assert_eq!(read_csv(b"\xff\xfea\x00"), Err(CsvError::NotUtf8 { line: 1 }));
}

#[test]
fn a_table_of_columns_of_different_length_is_refused() {
    let columns = vec![("a".to_owned(), Column::Number(vec![1.0])), ("b".to_owned(), Column::Number(vec![]))];
    assert_eq!(
        Table::new(columns).unwrap_err(),
        TableError::Length { name: "b".into(), found: 0, expected: 1 }
    );
}

#[test]
fn bytes_that_are_no_parquet_file_are_refused() {
    let message = read_parquet(bytes::Bytes::from_static(b"a,b\n1,2\n")).unwrap_err().to_string();
    assert!(message.starts_with("not a readable Parquet file: "), "{message}");
}

/// One table in CSV and in Parquet as pyarrow 26 writes it: zstd, dictionaries, zones, decimals, float32.
fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/src/table/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn all_cells(table: &Table) -> Vec<(String, ColumnType, Vec<String>)> {
    let column = |(name, column): (&str, &Column)| {
        (name.to_owned(), column.kind(), (0..table.rows()).map(|r| column.cell(r).to_string()).collect())
    };
    table.iter().map(column).collect()
}

#[test]
fn csv_and_parquet_of_one_table_have_the_same_columns_values_and_digest() {
    let csv = read_csv(&fixture("types.csv")).unwrap();
    let parquet = read_parquet(bytes::Bytes::from(fixture("types.parquet"))).unwrap();
    assert_eq!(csv.names().len(), 16);
    assert_eq!(all_cells(&csv), all_cells(&parquet));
    assert_eq!(row_digests(&csv), row_digests(&parquet));
    assert_eq!(data_digest(&csv, &row_digests(&csv)), data_digest(&parquet, &row_digests(&parquet)));
}

#[test]
fn a_type_that_is_no_column_is_refused_by_name() {
    let message = read_parquet(bytes::Bytes::from(fixture("list.parquet"))).unwrap_err().to_string();
    assert!(message.starts_with("column \"spans\" has type List("), "{message}");
}

#[test]
fn a_parquet_file_cut_short_is_refused() {
    let bytes = fixture("types.parquet");
    for cut in [0, 4, 100, bytes.len() - 1] {
        assert!(read_parquet(bytes::Bytes::copy_from_slice(&bytes[..cut])).is_err(), "{cut}");
    }
}
