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
    let hash = digest(parts);
    format!("{}-{}", readable(owner), hash.get(..HASH).unwrap_or(&hash))
}

/// Whether a name is that of a pod as a child of this owner would have it: the child's name, a dash, and what its controller
/// appends.
pub fn is_pod_of_child(owner: &str, name: &str) -> bool {
    let rest = name.strip_prefix(&readable(owner)).and_then(|rest| rest.strip_prefix('-'));
    let parts = rest.and_then(|rest| rest.split_once('-'));
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    parts.is_some_and(|(hash, suffix)| {
        hash.len() == HASH && hash.bytes().all(is_hex) && !suffix.is_empty() && !suffix.contains('-')
    })
}

fn readable(owner: &str) -> String {
    let readable: String = owner.chars().take(READABLE).map(|c| if c == '.' { '-' } else { c }).collect();
    readable.trim_end_matches('-').to_owned()
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
    fn the_pod_of_a_child_is_told_from_those_of_owners_with_a_longer_or_shorter_name() {
        for owner in ["churn", "churn-2", "churn.2", &"a.".repeat(126)] {
            let pod = format!("{}-x7k2p", child_name(owner, &["uid"]));
            assert!(is_pod_of_child(owner, &pod), "{pod}");
            assert!(!is_pod_of_child("wine", &pod) && !is_pod_of_child("chur", &pod), "{pod}");
        }
        assert!(!is_pod_of_child("churn", &format!("{}-x7k2p", child_name("churn-2", &["uid"]))));
        for name in [
            "churn",
            "churn-",
            "churn-0123456789",
            "churn-0123456789-",
            "churn-012345678G-x",
            "churn-0123456789-x-y",
        ] {
            assert!(!is_pod_of_child("churn", name), "{name}");
        }
    }

    #[test]
    fn parts_that_only_join_alike_give_other_names() {
        assert_ne!(child_name("o", &["ab", "c"]), child_name("o", &["a", "bc"]));
        assert_eq!(child_name("o", &["ab", "c"]), child_name("o", &["ab", "c"]));
    }
}
