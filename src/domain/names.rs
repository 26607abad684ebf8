//! Names of child objects: pure functions of who owns them and what they are for.

use sha2::{Digest, Sha256};

/// Longest readable part of a child's name.
const READABLE: usize = 40;
/// Hex digits of the hash that makes it unique.
const HASH: usize = 10;

/// SHA-256 over parts, each preceded by its length, so that no two lists of parts share a hash. Lower-case hex.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// SHA-256 of bytes, lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Name of a child: at most 40 characters of the owner's name, a dash, 10 hex digits over `parts`. It is a legal label
/// value and short enough for a Job, whose pods add a suffix.
pub fn child_name(owner: &str, parts: &[&str]) -> String {
    let readable: String = owner.chars().take(READABLE).map(|c| if c == '.' { '-' } else { c }).collect();
    let hash = digest(parts);
    format!("{}-{}", readable.trim_end_matches('-'), hash.get(..HASH).unwrap_or(&hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_of_an_owner_with_a_very_long_name_still_fits_a_label() {
        let name = child_name(&"a.".repeat(126), &["uid", "run"]);
        assert_eq!(name.len(), 39 + 1 + 10);
        assert!(name.starts_with("a-a-") && !name.contains("--"));
    }

    #[test]
    fn parts_that_only_join_alike_give_other_names() {
        assert_ne!(child_name("o", &["ab", "c"]), child_name("o", &["a", "bc"]));
        assert_eq!(child_name("o", &["ab", "c"]), child_name("o", &["ab", "c"]));
    }
}
