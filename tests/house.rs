//! Reads the imports of `src/` and holds them to the table of the house: which room may use which, and that the pure
//! rooms know no client, no clock and no random source.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each room may use besides itself. A file beside the rooms is a room of its own name.
const ROOMS: [(&str, &[&str]); 13] = [
    ("api", &[]),
    ("settings", &[]),
    ("domain", &["api", "settings"]),
    ("plan", &["api", "domain", "settings"]),
    ("build", &["api", "domain", "plan", "settings"]),
    ("telemetry", &["api", "cli"]),
    ("tracking", &["api", "plan", "settings", "telemetry"]),
    ("cluster", &["api", "domain", "plan", "build", "settings", "tracking", "telemetry"]),
    ("reconcile", &["api", "domain", "plan", "build", "settings", "tracking", "cluster", "telemetry"]),
    ("serve", &["api", "plan", "cluster", "reconcile", "settings", "telemetry"]),
    ("cli", &["api", "domain", "settings", "cluster", "run"]),
    ("run", &["cli", "cluster", "plan", "reconcile", "serve", "settings", "telemetry", "tracking"]),
    ("main", &[]),
];

/// Our other crates, and the rooms that may use them.
const CRATES: [(&str, &[&str]); 10] = [
    ("podium_artifacts", &["tracking"]),
    ("podium_charts", &[]),
    (
        "podium_contract",
        &["api", "domain", "plan", "build", "cluster", "tracking", "reconcile", "serve", "run"],
    ),
    ("podium_learners", &["domain", "plan", "cli"]),
    ("podium_mlflow", &["tracking", "telemetry"]),
    ("podium_tabular", &[]),
    ("podium_onnx", &[]),
    ("podium_onnxruntime", &[]),
    ("podium_search", &["domain", "plan", "cli"]),
    ("podium_tuning", &["domain", "plan", "cli"]),
];

/// Rooms whose functions depend on their arguments alone.
const PURE: [&str; 4] = ["api", "domain", "plan", "build"];

/// What a pure room never mentions.
const IMPURE: [&str; 12] = [
    "kube::Client",
    "reqwest",
    "tokio",
    "Timestamp::now",
    "Zoned::now",
    "SystemTime",
    "Instant::now",
    "rand",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
];

/// Parts of kube by which one talks to the API server: for `cluster` alone, and for `run`, which makes the client.
const TALK: [&str; 5] = ["Client", "Api", "runtime", "Config", "client"];

struct Source {
    file: String,
    room: String,
    /// Without comments and literals.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let source = |path: PathBuf| {
        let relative = path.strip_prefix(&root).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
        let code = bare(&std::fs::read_to_string(&path).unwrap());
        Source { file: relative.display().to_string(), room: first.trim_end_matches(".rs").to_owned(), code }
    };
    files.into_iter().map(source).filter(|source| source.room != "lib").collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The text without line comments and string literals.
fn bare(text: &str) -> String {
    let literal = regex::Regex::new(r##"r#"(?s:.*?)"#|"(?:[^"\\]|\\(?s:.))*""##).unwrap();
    let comment = regex::Regex::new(r"(?m)^\s*//.*$|\s//[^\n]*").unwrap();
    literal.replace_all(&comment.replace_all(text, ""), "\"\"").into_owned()
}

/// Whether code names a path as a whole word.
fn mentions(code: &str, path: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(path).any(|(place, _)| {
        let (before, after) = (&code[..place], &code[place + path.len()..]);
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })
}

/// First segments behind a prefix: of `crate::a::b` and `crate::{a, b::{c, d}}` they are a and b.
fn segments(code: &str, prefix: &str) -> BTreeSet<String> {
    let start = regex::Regex::new(&format!(r"\b{prefix}::")).unwrap();
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let mut found = BTreeSet::new();
    for place in start.find_iter(code) {
        let rest = &code[place.end()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut part = String::new();
        for letter in group.chars() {
            match letter {
                '}' if depth == 0 => break,
                ',' if depth == 0 => found.insert(word(&std::mem::take(&mut part))),
                _ => {
                    depth += i32::from(letter == '{') - i32::from(letter == '}');
                    part.push(letter);
                    continue;
                }
            };
        }
        found.insert(word(&part));
    }
    found.remove("");
    found
}

fn broken(rule: impl Fn(&Source) -> Vec<String>) -> Vec<String> {
    let all = sources();
    assert!(all.len() > 20, "the sources were not found");
    all.iter()
        .flat_map(|source| rule(source).into_iter().map(|what| format!("{}: {what}", source.file)))
        .collect()
}

#[test]
fn a_room_uses_only_the_rooms_that_the_table_gives_it() {
    let rooms: BTreeMap<_, _> = ROOMS.into_iter().collect();
    let found = broken(|source| {
        let Some(may_use) = rooms.get(source.room.as_str()) else {
            return vec![format!("the room {} is not in the table", source.room)];
        };
        let used = segments(&source.code, "crate").into_iter();
        used.filter(|room| rooms.contains_key(room.as_str()))
            .filter(|room| *room != source.room && !may_use.contains(&room.as_str()))
            .map(|room| format!("uses crate::{room}"))
            .collect()
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn our_other_crates_are_used_only_where_they_belong() {
    let found = broken(|source| {
        let used = CRATES.into_iter().filter(|(name, _)| mentions(&source.code, name));
        used.filter(|(_, rooms)| !rooms.contains(&source.room.as_str()))
            .map(|(name, _)| format!("uses {name}"))
            .collect()
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn only_the_room_cluster_talks_to_the_api_server() {
    let found = broken(|source| {
        if ["cluster", "run"].contains(&source.room.as_str()) {
            return Vec::new();
        }
        let used = segments(&source.code, "kube");
        TALK.into_iter()
            .filter(|part| used.contains(*part))
            .map(|part| format!("uses kube::{part}"))
            .collect()
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn pure_rooms_know_no_client_no_clock_and_no_random_source() {
    let found = broken(|source| {
        if !PURE.contains(&source.room.as_str()) {
            return Vec::new();
        }
        IMPURE
            .into_iter()
            .filter(|path| mentions(&source.code, path))
            .map(|path| format!("mentions {path}"))
            .collect()
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_table_lets_no_two_rooms_use_each_other() {
    // The command line starts `run`, which is told by arguments of the command line; logs are set up by one of these.
    let known = [("cli", "run"), ("run", "cli")];
    let rooms: BTreeMap<_, _> = ROOMS.into_iter().collect();
    for (room, uses) in &rooms {
        for other in *uses {
            assert!(!rooms[other].contains(room) || known.contains(&(room, other)), "{room} and {other}");
        }
    }
}

#[test]
fn every_room_says_in_its_first_line_what_it_is_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (room, _) in ROOMS {
        let file = root.join(room).join("mod.rs");
        if file.exists() {
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.starts_with(&format!("//! Room `{room}`")), "src/{room}/mod.rs");
        }
    }
}

#[test]
fn the_reader_sees_through_groups_comments_and_literals() {
    let code = bare("use crate::{a, b::{c, d}, e}; // crate::no\nlet x = \"crate::no\"; crate::f::g();\n");
    assert_eq!(segments(&code, "crate"), ["a", "b", "e", "f"].map(str::to_owned).into());
    assert_eq!(
        segments("use kube::{Resource, runtime::events};", "kube"),
        ["Resource", "runtime"].map(str::to_owned).into()
    );
    assert!(mentions("rand::rng()", "rand") && !mentions("operand", "rand"));
}
