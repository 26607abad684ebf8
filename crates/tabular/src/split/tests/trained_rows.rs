//! Behaviour of the list of rows that a model was fitted on.

use super::*;

#[test]
fn trained_rows_know_their_rows_and_survive_bytes() {
    let table = rows(0..1000);
    let digests = row_digests(&table);
    let mut schema = schema(&table);
    schema.group = None;
    let fitted: Vec<usize> = (0..1000).filter(|r| r % 3 != 0).collect();
    let trained = TrainedRows::of(&table, &digests, &fitted, &schema);
    assert_eq!(trained.len(), 666);
    assert!((0..1000).all(|r| trained.contains(digests[r]) == (r % 3 != 0)));
    let all: Vec<usize> = (0..1000).collect();
    assert_eq!(
        trained.unseen(&table, &digests, &all, &schema),
        (0..1000).filter(|r| r % 3 == 0).collect::<Vec<_>>()
    );
    let bytes = trained.to_bytes();
    assert_eq!(TrainedRows::from_bytes(&bytes), Ok(trained));
    assert!(bytes.len() < 666 * 9, "{}", bytes.len());
}

#[test]
fn trained_rows_exclude_the_groups_they_come_from() {
    let table = rows(0..90);
    let digests = row_digests(&table);
    let schema = schema(&table);
    let trained = TrainedRows::of(&table, &digests, &[0, 31], &schema);
    let all: Vec<usize> = (0..90).collect();
    let unseen = trained.unseen(&table, &digests, &all, &schema);
    assert_eq!(unseen, (3..30).chain(33..90).collect::<Vec<_>>());
}

#[test]
fn trained_rows_of_other_columns_are_told_apart() {
    let table = rows(0..50);
    let trained = TrainedRows::of(&table, &row_digests(&table), &[1, 2], &schema(&table));
    assert!(trained.same_columns(&table));
    let other = Table::new(vec![("id".into(), Column::Number(vec![1.0]))]).unwrap();
    assert!(!trained.same_columns(&other));
}

#[test]
fn damaged_trained_rows_are_refused() {
    let table = rows(0..50);
    let bytes = TrainedRows::of(&table, &row_digests(&table), &[1, 2, 3], &schema(&table)).to_bytes();
    for cut in 0..bytes.len() {
        assert!(TrainedRows::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
    assert!(TrainedRows::from_bytes(&[&bytes[..], b"x"].concat()).is_err());
    assert_eq!(TrainedRows::from_bytes(b"no list"), Err(TrainedRowsError::Magic));
    let huge = [b"PODROWS1".as_slice(), &[0; 8], &[0xff; 9], &[0x01]].concat();
    assert_eq!(TrainedRows::from_bytes(&huge), Err(TrainedRowsError::Damaged { at: 26 }));
}
