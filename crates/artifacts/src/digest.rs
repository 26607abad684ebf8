//! The digest of a model: what promotion and serving compute again before they trust a folder.

use std::collections::BTreeMap;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// Files of a model by their path in the model folder.
pub type Files = BTreeMap<String, Bytes>;

/// SHA-256 over one line a file, `<sha256 of the file> <path>\n`, sorted by path; lower-case hex.
pub fn of_files(files: &Files) -> String {
    of_sums(&files.iter().map(|(path, bytes)| (path.clone(), of_bytes(bytes))).collect())
}

/// As [`of_files`], from the sums of the files by their paths.
pub fn of_sums(sums: &BTreeMap<String, String>) -> String {
    let mut whole = Sha256::new();
    for (path, sum) in sums {
        whole.update(format!("{sum} {path}\n"));
    }
    hex(&whole.finalize())
}

/// SHA-256 of bytes, lower-case hex.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(pairs: &[(&str, &'static str)]) -> Files {
        pairs.iter().map(|(path, text)| ((*path).to_owned(), Bytes::from_static(text.as_bytes()))).collect()
    }

    #[test]
    fn the_digest_is_that_of_sorted_sha256sum_lines() {
        // The expected value is that of sha256sum in a shell.
        let expected = "49a37c6f09fae537f43764205d44e7d06f7d281bff421c13cda83d2278c18a83";
        assert_eq!(of_files(&files(&[("b", "2"), ("a", "1")])), expected);
        assert_ne!(of_files(&files(&[("a", "2"), ("b", "1")])), expected);
    }
}
