//! The command of a trial: where values of parameters stand in its arguments.

use podium_search::{Point, Space};

use super::conditional_names;

/// A program and its arguments with places for values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template(Vec<Argument>);

/// An argument that can't be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("argument {argument:?}: {reason}")]
pub struct TemplateError {
    /// The argument of the command.
    pub argument: String,
    /// Why.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Argument(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// Name of a parameter.
    Value(String),
}

impl Template {
    /// Reads `{name}` as the value of a parameter and `{{` as a brace.
    ///
    /// # Errors
    /// A name that is no parameter, a brace that is not closed, or an argument that would be lost in a way nobody can see:
    /// the bare value of a parameter that is not always there.
    pub fn parse(words: &[String], space: &Space) -> Result<Self, TemplateError> {
        let names: Vec<&str> = space.parameters().iter().map(|parameter| parameter.name.as_str()).collect();
        let conditional = conditional_names(space);
        let argument = |word: &String| {
            let read = argument(word, &names).and_then(|argument| bare(argument, &conditional));
            read.map_err(|reason| TemplateError { argument: word.clone(), reason })
        };
        words.iter().map(argument).collect::<Result<_, _>>().map(Self)
    }

    /// Program and arguments for a point. An argument that names a parameter that is not there is left out.
    pub fn fill(&self, point: &Point) -> Vec<String> {
        self.0.iter().filter_map(|argument| argument.fill(point)).collect()
    }
}

impl Argument {
    fn fill(&self, point: &Point) -> Option<String> {
        let part = |part: &Part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Value(name) => point.get(name).map(ToString::to_string),
        };
        self.0.iter().map(part).collect()
    }
}

fn argument(word: &str, names: &[&str]) -> Result<Argument, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('{') {
            text.push('{');
            rest = after;
            continue;
        }
        let (name, after) =
            after.split_once('}').ok_or("a { without its }; write {{ for the brace itself")?;
        if !names.contains(&name) {
            let known = names.join(", ");
            return Err(format!(
                "{name:?} is no parameter of the sweep ({known}); write {{{{ for the brace itself"
            ));
        }
        parts.extend((!text.is_empty()).then(|| Part::Text(std::mem::take(&mut text))));
        parts.push(Part::Value(name.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() || parts.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(Argument(parts))
}

/// The option before a bare value would stay behind without it and take the next argument for its own.
fn bare(argument: Argument, conditional: &[&str]) -> Result<Argument, String> {
    match argument.0.as_slice() {
        [Part::Value(name)] if conditional.contains(&name.as_str()) => Err(format!(
            "{name:?} is not always there: write option and value as one argument, --{name}={{{name}}}, so that both are left \
             out then; or read it from the environment or the parameters' file"
        )),
        _ => Ok(argument),
    }
}

#[cfg(test)]
mod tests {
    use podium_search::Parameter;
    use serde_json::json;

    use super::*;

    fn space() -> Space {
        Space::new(vec![
            Parameter::double("lr", 0.0, 1.0),
            Parameter::categorical("kind", ["a", "b"]),
            Parameter::int("depth", 1, 9).when("kind", ["b"]),
        ])
        .unwrap()
    }

    fn filled(words: &[&str], values: serde_json::Value) -> Result<Vec<String>, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let template = Template::parse(&words, &space()).map_err(|error| error.to_string())?;
        Ok(template.fill(&space().read(values.as_object().unwrap()).unwrap()))
    }

    #[test]
    fn values_stand_where_their_names_are_and_braces_can_be_written() {
        let words = ["train", "--lr", "{lr}", "-k{kind}{lr}", "{{\"lr\": {lr}}", "", "a}b", "{{{{"];
        let expected = ["train", "--lr", "0.25", "-ka0.25", "{\"lr\": 0.25}", "", "a}b", "{{"];
        assert_eq!(filled(&words, json!({"lr": 0.25, "kind": "a"})).unwrap(), expected);
    }

    #[test]
    fn an_argument_of_a_parameter_that_is_not_there_is_left_out() {
        let words = ["train", "--depth={depth}", "end"];
        assert_eq!(filled(&words, json!({"lr": 0.5, "kind": "a"})).unwrap(), ["train", "end"]);
        let expected = ["train", "--depth=3", "end"];
        assert_eq!(filled(&words, json!({"lr": 0.5, "kind": "b", "depth": 3})).unwrap(), expected);
    }

    #[test]
    fn a_wrong_argument_is_told_with_what_can_be_done() {
        for (word, expected) in [
            (
                "{rate}",
                "argument \"{rate}\": \"rate\" is no parameter of the sweep (lr, kind, depth); write {{ for the brace itself",
            ),
            ("awk '{print", "argument \"awk '{print\": a { without its }; write {{ for the brace itself"),
            (
                "{depth}",
                "argument \"{depth}\": \"depth\" is not always there: write option and value as one argument, --depth={depth}",
            ),
        ] {
            let told = filled(&[word], json!({"lr": 0.5, "kind": "a"})).unwrap_err();
            assert!(told.starts_with(expected), "{told}");
        }
    }
}
