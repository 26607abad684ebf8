//! One table in CSV and in Parquet (written by pyarrow 26) is one table.

use bytes::Bytes;
use podium_tabular::digest::{data_digest, row_digests};
use podium_tabular::table::{ColumnType, Table, read_csv, read_parquet};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn cells(table: &Table) -> Vec<(String, ColumnType, Vec<String>)> {
    let column = |(name, column): (&str, &podium_tabular::table::Column)| {
        (name.to_owned(), column.kind(), (0..table.rows()).map(|r| column.cell(r).to_string()).collect())
    };
    table.iter().map(column).collect()
}

#[test]
fn csv_and_parquet_of_one_table_have_the_same_columns_values_and_digest() {
    let csv = read_csv(&fixture("types.csv")).unwrap();
    let parquet = read_parquet(Bytes::from(fixture("types.parquet"))).unwrap();
    assert_eq!(csv.names().len(), 16);
    assert_eq!(cells(&csv), cells(&parquet));
    assert_eq!(row_digests(&csv), row_digests(&parquet));
    assert_eq!(data_digest(&csv, &row_digests(&csv)), data_digest(&parquet, &row_digests(&parquet)));
}

#[test]
fn a_type_that_is_no_column_is_refused_by_name() {
    let message = read_parquet(Bytes::from(fixture("list.parquet"))).unwrap_err().to_string();
    assert!(message.starts_with("column \"spans\" has type List("), "{message}");
}

#[test]
fn a_parquet_file_cut_short_is_refused() {
    let bytes = fixture("types.parquet");
    for cut in [0, 4, 100, bytes.len() - 1] {
        assert!(read_parquet(Bytes::copy_from_slice(&bytes[..cut])).is_err(), "{cut}");
    }
}
