//! Reads the sources: nothing in here may touch the world.
#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::path::Path;

/// What would let in a file, a clock, a thread, the environment or chance that no seed rules.
const IMPURE: [&str; 9] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::time",
    "std::thread",
    "std::process",
    "SystemTime",
    "RandomState",
    "thread_rng",
];

#[test]
fn the_library_knows_no_file_no_clock_no_thread_and_no_chance_but_the_seed() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            read += 1;
            for word in IMPURE {
                assert!(!text.contains(word), "{} mentions {word}", path.display());
            }
        }
    }
    assert!(read > 20);
}
