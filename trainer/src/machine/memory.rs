//! The memory limit of the container, from which the largest data follow.

use std::fs;

/// Control groups v2, then v1: the container sees its own group at the root.
const LIMITS: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
/// Without a limit. Beyond that, one pod is the wrong tool.
const UNLIMITED: u64 = 64 << 30;

/// Largest object to read, in bytes: half of the memory limit, since bytes and parsed table stand in memory together.
/// A clear message is better than a kill for memory.
pub fn data_limit() -> u64 {
    let limit = LIMITS.iter().find_map(|path| parse(&fs::read_to_string(path).ok()?));
    limit.unwrap_or(UNLIMITED).min(UNLIMITED) / 2
}

/// `max` and the v1 form of "no limit", a huge number, give `None` or are cut by the caller.
fn parse(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_is_not_a_number() {
        assert_eq!(parse("max\n"), None);
        assert_eq!(parse("4294967296\n"), Some(4 << 30));
    }
}
