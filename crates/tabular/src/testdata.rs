//! The data sets of the tests: `PODIUM_DATA`, or `shared/data` beside the repository.

/// Bytes of a data set.
pub(crate) fn read(name: &str) -> Vec<u8> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var("PODIUM_DATA").unwrap_or_else(|_| beside.to_owned());
    let path = std::path::Path::new(&folder).join(name);
    std::fs::read(&path)
        .unwrap_or_else(|e| panic!("set PODIUM_DATA to the folder of data sets: {}: {e}", path.display()))
}
