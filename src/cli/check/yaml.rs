//! Reads YAML as the API server does: scalars of YAML 1.1, keys as text, duplicate keys refused, aliases and merges.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, Tag};
use serde_json::{Map, Value};

use super::scalar;

/// Values that aliases may add to a document, so that a small file can't fill the memory.
const MOST_ALIASED: usize = 100_000;

/// Lists and mappings within each other, so that a small file can't fill the stack.
const MOST_NESTED: usize = 200;

/// One document of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Document {
    /// Line of the file on which it starts, from 1.
    pub line: usize,
    /// Its content as JSON, or why it can't be read.
    pub value: Result<Value, String>,
}

/// The documents of a text, without empty ones. One that is not YAML ends it.
pub(super) fn documents(text: &str) -> Vec<Document> {
    let mut reader =
        Reader { events: Parser::new_from_str(text), anchors: HashMap::new(), aliased: 0, nested: 0 };
    let mut found = Vec::new();
    let mut start = 1;
    loop {
        match reader.next() {
            Err(Stop::Syntax(message)) => {
                found.push(Document { line: start, value: Err(format!("not YAML: {message}")) });
                return found;
            }
            Err(_) | Ok((Event::StreamEnd, _)) => return found,
            Ok((Event::DocumentStart(..), line)) => start = line,
            Ok((Event::DocumentEnd | Event::StreamStart, _)) => {}
            Ok((event, line)) => {
                reader.anchors.clear();
                reader.aliased = 0;
                reader.nested = 0;
                let value = reader.value((event, line));
                if let Err(Stop::Syntax(message)) = value {
                    found.push(Document { line: start, value: Err(format!("not YAML: {message}")) });
                    return found;
                }
                let value = value.map_err(|stop| stop.to_string());
                if value != Ok(Value::Null) {
                    found.push(Document { line, value });
                }
                reader.skip_document();
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error("not YAML: {0}")]
    Syntax(String),
    #[error("line {line}: key {key:?} stands twice")]
    Duplicate { line: usize, key: String },
    #[error("line {0}: a key must be a text, a number or a boolean")]
    Key(usize),
    #[error("line {0}: only mappings can be merged by <<")]
    Merge(usize),
    #[error("{0}")]
    Scalar(String),
    #[error("an alias without its anchor, or too many of them")]
    Alias,
    #[error("line {0}: more than {MOST_NESTED} lists and mappings within each other")]
    Deep(usize),
    #[error("the text ends within the document")]
    End,
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Value>,
    aliased: usize,
    nested: usize,
}

impl<'a> Reader<'a> {
    /// The next event that is no comment, with its line.
    fn next(&mut self) -> Result<(Event<'a>, usize), Stop> {
        loop {
            let (event, span) =
                self.events.next().ok_or(Stop::End)?.map_err(|error| Stop::Syntax(error.to_string()))?;
            if matches!(event, Event::Comment(..)) {
                continue;
            }
            return Ok((event, span.start.line()));
        }
    }

    /// After an error within a document: to its end.
    fn skip_document(&mut self) {
        while let Ok((event, _)) = self.next() {
            if matches!(event, Event::DocumentEnd | Event::StreamEnd) {
                return;
            }
        }
    }

    fn value(&mut self, (event, line): (Event<'a>, usize)) -> Result<Value, Stop> {
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => (anchor, scalar_value(&text, style, tag.as_deref())?),
            Event::SequenceStart(_, anchor, _) => (anchor, self.nested(line, Self::sequence)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.nested(line, Self::mapping)?),
            Event::Alias(anchor) => return self.alias(anchor),
            _ => return Err(Stop::End),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn nested(&mut self, line: usize, read: fn(&mut Self) -> Result<Value, Stop>) -> Result<Value, Stop> {
        self.nested += 1;
        if self.nested > MOST_NESTED {
            return Err(Stop::Deep(line));
        }
        let value = read(self)?;
        self.nested -= 1;
        Ok(value)
    }

    fn sequence(&mut self) -> Result<Value, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::Array(items)),
                next => items.push(self.value(next)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value, Stop> {
        let mut map = Map::new();
        let mut merged = Vec::new();
        loop {
            let (event, line) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let is_merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, _) if text == "<<");
            let key = self.value((event, line))?;
            let next = self.next()?;
            let value = self.value(next)?;
            if is_merge {
                merged.push((line, value));
                continue;
            }
            let key = key_text(key).ok_or(Stop::Key(line))?;
            if map.insert(key.clone(), value).is_some() {
                return Err(Stop::Duplicate { line, key });
            }
        }
        for (line, value) in merged {
            merge(&mut map, value).ok_or(Stop::Merge(line))?;
        }
        Ok(Value::Object(map))
    }

    fn alias(&mut self, anchor: usize) -> Result<Value, Stop> {
        let value = self.anchors.get(&anchor).ok_or(Stop::Alias)?;
        self.aliased += size(value);
        if self.aliased > MOST_ALIASED {
            return Err(Stop::Alias);
        }
        Ok(value.clone())
    }
}

/// Adds what stands in no key of its own.
fn merge(map: &mut Map<String, Value>, value: Value) -> Option<()> {
    match value {
        Value::Object(other) => {
            for (key, value) in other {
                map.entry(key).or_insert(value);
            }
            Some(())
        }
        Value::Array(items) => items.into_iter().try_for_each(|item| merge(map, item)),
        _ => None,
    }
}

fn scalar_value(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, Stop> {
    let is_text = tag.is_some_and(|tag| matches!(tag.suffix(), "str" | "binary"));
    if style != ScalarStyle::Plain || is_text {
        return Ok(text.into());
    }
    scalar::resolve(text).map_err(Stop::Scalar)
}

fn key_text(key: Value) -> Option<String> {
    match key {
        Value::String(text) => Some(text),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Vec<(usize, Result<Value, String>)> {
        documents(text).into_iter().map(|document| (document.line, document.value)).collect()
    }

    #[test]
    fn documents_are_counted_without_empty_ones() {
        let text = "# licence\n---\na: 1\n---\n---\n# nothing\n---\nb: [x, 'on', on]\n";
        assert_eq!(read(text), [(3, Ok(json!({"a": 1}))), (8, Ok(json!({"b": ["x", "on", true]})))]);
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_and_the_next_document_is_read() {
        let expected = [(1, Err("line 2: key \"a\" stands twice".into())), (4, Ok(json!({"b": 1})))];
        assert_eq!(read("a: 1\na: 2\n---\nb: 1\n"), expected);
    }

    #[test]
    fn a_key_named_on_becomes_true() {
        assert_eq!(read("on: 1\n12: 2\n"), [(1, Ok(json!({"true": 1, "12": 2})))]);
    }

    #[test]
    fn aliases_and_merges_are_resolved_and_own_keys_win() {
        let text = "base: &b {x: 1, z: 2}\nother: {<<: *b, x: 3}\n";
        assert_eq!(read(text)[0].1, Ok(json!({"base": {"x": 1, "z": 2}, "other": {"x": 3, "z": 2}})));
    }

    #[test]
    fn what_is_nested_too_deep_is_refused_and_the_next_document_is_read() {
        let deep = format!("{}{}", "[".repeat(150_000), "]".repeat(150_000));
        let found = read(&format!("{deep}\n---\na: 1\n"));
        assert!(found[0].1.is_err(), "{:?}", found.len());
        let deep = format!("{}1{}\n---\na: 1\n", "{a: ".repeat(201), "}".repeat(201));
        let expected = "line 1: more than 200 lists and mappings within each other".to_owned();
        assert_eq!(read(&deep), [(1, Err(expected)), (3, Ok(json!({"a": 1})))]);
        let shallow = format!("{}1{}\n", "{a: ".repeat(200), "}".repeat(200));
        assert!(read(&shallow)[0].1.is_ok());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in "[a-z0-9:{}\\[\\]\"'&*!|>#~<%@, \n-]{0,60}") {
            documents(&text);
        }
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(read(&text)[0].1.is_err());
    }
}
