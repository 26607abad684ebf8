//! Behaviour of digests: what leaves them equal and what does not.

use proptest::prelude::*;

use super::*;
use crate::table::read_csv;

fn digest(csv: &str) -> Sha256Hex {
    let table = read_csv(csv.as_bytes()).unwrap();
    data_digest(&table, &row_digests(&table))
}

const CSV: &str = "a,b,c\n1,x,2024-01-01\n2.5,,2024-01-02T00:00:00Z\n,y,\n";

#[test]
fn order_of_rows_and_columns_and_spelling_of_values_do_not_matter() {
    let base = digest(CSV);
    assert_eq!(base.as_str().len(), 64);
    assert_eq!(digest("a,b,c\n,y,\n1,x,2024-01-01\n2.5,,2024-01-02T00:00:00Z\n"), base);
    assert_eq!(digest("c,a,b\r\n2024-01-01T01:00:00+01:00,1.0,\"x\"\r\n2024-01-02,25e-1,\r\n,,y\r\n"), base);
}

#[test]
fn any_other_value_name_or_number_of_rows_matters() {
    let base = digest(CSV);
    for other in [
        CSV.replace("2.5", "2.50001"),
        CSV.replace(",x,", ",X,"),
        CSV.replace("a,b,c", "a,b,d"),
        format!("{CSV}1,x,2024-01-01\n"),
        CSV.replace("2024-01-02", "2024-01-03"),
        CSV.replace(",y,", ",,"),
    ] {
        assert_ne!(digest(&other), base, "{other}");
    }
}

#[test]
fn values_do_not_move_between_cells_unseen() {
    assert_ne!(digest("a,b\nx,yz\nq,r\n"), digest("a,b\nxy,z\nq,r\n"));
    assert_ne!(digest("a,b\nx,\nq,r\n"), digest("a,b\n,x\nq,r\n"));
}

#[test]
fn a_row_keeps_its_digest_when_its_column_becomes_text() {
    let rows = |csv: &str| row_digests(&read_csv(csv.as_bytes()).unwrap());
    let before = rows("a,b\n1,2\n-3.5,4\n0,5\n");
    let after = rows("a,b\n1,2\n-3.5,4\n0,5\nn/a,6\n");
    assert_eq!(before, after[..3]);
    assert_ne!(rows("a\n1\nx\n")[0], rows("a\n01\nx\n")[0], "an identifier with a leading zero is no number");
}

#[test]
fn negative_zero_is_zero() {
    assert_eq!(digest("a\n-0\n1\n"), digest("a\n0\n1\n"));
}

#[test]
fn the_evaluation_digest_names_everything_a_comparison_rests_on() {
    let rows = row_digests(&read_csv(CSV.as_bytes()).unwrap());
    let data = digest(CSV);
    let base = evaluation_digest(&data, "y", Some("1"), Some(Average::Macro), rows.clone());
    let turned: Vec<RowDigest> = rows.iter().rev().copied().collect();
    assert_eq!(evaluation_digest(&data, "y", Some("1"), Some(Average::Macro), turned), base);
    assert_ne!(evaluation_digest(&data, "z", Some("1"), Some(Average::Macro), rows.clone()), base);
    assert_ne!(evaluation_digest(&data, "y", Some("0"), Some(Average::Macro), rows.clone()), base);
    assert_ne!(evaluation_digest(&data, "y", None, Some(Average::Macro), rows.clone()), base);
    assert_ne!(evaluation_digest(&data, "y", Some("1"), Some(Average::Weighted), rows.clone()), base);
    assert_ne!(evaluation_digest(&data, "y", Some("1"), Some(Average::Macro), rows[1..].to_vec()), base);
    assert_ne!(evaluation_digest(&digest("a\n1\n"), "y", Some("1"), Some(Average::Macro), rows), base);
}

proptest! {
    #[test]
    fn shuffled_rows_have_one_digest(mut rows in proptest::collection::vec("[a-c0-9.]{0,3},[0-9]{0,3}", 1..30), seed in any::<u64>()) {
        let csv = |rows: &[String]| format!("a,b\n{}\nz,1\n", rows.join("\n"));
        let before = digest(&csv(&rows));
        let n = rows.len();
        rows.rotate_left((seed % n as u64) as usize);
        rows.reverse();
        prop_assert_eq!(digest(&csv(&rows)), before);
    }
}
