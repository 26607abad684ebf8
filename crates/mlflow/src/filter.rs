//! Filters of searches, as data; written out with quotes so that no value can change a filter's meaning.
//! MLflow knows only AND, and has no escape: a value that no quotes can hold is refused.

use crate::{Invalid, limits::check_key};

/// Conditions that all must hold; none at all finds everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    clauses: Vec<Clause>,
}

/// What is compared; becomes a [`Filter`] by a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    entity: Entity,
    key: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entity {
    Tag,
    Param,
    Metric,
    Attribute,
}

#[derive(Clone, Debug, PartialEq)]
struct Clause {
    operand: Operand,
    operator: &'static str,
    value: Value,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Number(f64),
    /// Without quotes; only for attributes that are numbers.
    Integer(i64),
}

impl Filter {
    /// A tag; dots, slashes and spaces in the key do no harm.
    pub fn tag(key: impl Into<String>) -> Operand {
        Operand { entity: Entity::Tag, key: key.into() }
    }

    /// A parameter; compared as text.
    pub fn param(key: impl Into<String>) -> Operand {
        Operand { entity: Entity::Param, key: key.into() }
    }

    /// A metric's value at its highest step; a NaN matches no comparison.
    pub fn metric(key: impl Into<String>) -> Operand {
        Operand { entity: Entity::Metric, key: key.into() }
    }

    /// An attribute: `status`, `run_name`, `start_time` of runs; `name`, `run_id`, `version_number` of
    /// models.
    pub fn attribute(name: impl Into<String>) -> Operand {
        Operand { entity: Entity::Attribute, key: name.into() }
    }

    /// Both filters.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.clauses.extend(other.clauses);
        self
    }

    /// The filter as MLflow reads it.
    ///
    /// # Errors
    /// Names a key that MLflow does not allow, or a value that can't be written safely.
    pub fn render(&self) -> Result<String, Invalid> {
        let clauses = self.clauses.iter().map(Clause::render).collect::<Result<Vec<_>, _>>()?;
        Ok(clauses.join(" AND "))
    }
}

impl Operand {
    /// Equal to a text.
    pub fn eq(self, value: impl Into<String>) -> Filter {
        self.clause("=", Value::Text(value.into()))
    }

    /// Present and not equal to a text.
    pub fn ne(self, value: impl Into<String>) -> Filter {
        self.clause("!=", Value::Text(value.into()))
    }

    /// Like a pattern, where `%` stands for any text.
    pub fn like(self, pattern: impl Into<String>) -> Filter {
        self.clause("LIKE", Value::Text(pattern.into()))
    }

    /// Below a number.
    pub fn lt(self, value: f64) -> Filter {
        self.clause("<", Value::Number(value))
    }

    /// Below or at a number.
    pub fn le(self, value: f64) -> Filter {
        self.clause("<=", Value::Number(value))
    }

    /// Above a number.
    pub fn gt(self, value: f64) -> Filter {
        self.clause(">", Value::Number(value))
    }

    /// Above or at a number.
    pub fn ge(self, value: f64) -> Filter {
        self.clause(">=", Value::Number(value))
    }

    /// Equal to a whole number; for attributes such as `version_number`.
    pub fn is(self, value: i64) -> Filter {
        self.clause("=", Value::Integer(value))
    }

    fn clause(self, operator: &'static str, value: Value) -> Filter {
        Filter { clauses: vec![Clause { operand: self, operator, value }] }
    }

    fn render(&self) -> Result<String, Invalid> {
        let entity = match self.entity {
            Entity::Tag => "tags",
            Entity::Param => "params",
            Entity::Metric => "metrics",
            Entity::Attribute => return attribute(&self.key),
        };
        // The characters a key may have include no back-tick, so it can't end the quotes.
        check_key("filter key", &self.key)?;
        Ok(format!("{entity}.`{}`", self.key))
    }
}

impl Clause {
    fn render(&self) -> Result<String, Invalid> {
        Ok(format!("{} {} {}", self.operand.render()?, self.operator, self.value.render()?))
    }
}

impl Value {
    fn render(&self) -> Result<String, Invalid> {
        match self {
            Self::Text(text) => quoted(text),
            // In digits, without an exponent.
            Self::Number(number) if number.is_finite() => Ok(number.to_string()),
            Self::Number(number) => Err(Invalid::new("filter value", &number.to_string(), "a finite number")),
            Self::Integer(number) => Ok(number.to_string()),
        }
    }
}

fn attribute(name: &str) -> Result<String, Invalid> {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if is_name {
        Ok(name.to_owned())
    } else {
        Err(Invalid::new("filter attribute", name, "lower-case letters and _"))
    }
}

fn quoted(text: &str) -> Result<String, Invalid> {
    let refused = |allowed| Err(Invalid::new("filter value", text, allowed));
    // The server's parser takes a backslash for an escape when it looks for the closing quote.
    match (text.contains('\''), text.contains('"'), text.contains('\\')) {
        (_, _, true) => refused("no backslash"),
        (true, true, _) => refused("single or double quotes, not both"),
        (true, false, _) => Ok(format!("\"{text}\"")),
        (false, _, _) => Ok(format!("'{text}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(filter: Filter) -> String {
        filter.render().unwrap()
    }

    #[test]
    fn conditions_are_joined_by_and() {
        let filter = Filter::tag("k8s.uid").eq("7b1c").and(Filter::metric("val_loss").lt(0.35));
        assert_eq!(render(filter), "tags.`k8s.uid` = '7b1c' AND metrics.`val_loss` < 0.35");
        assert_eq!(render(Filter::default()), "");
    }

    #[test]
    fn attributes_stand_without_quotes_and_are_lower_case_names_only() {
        assert_eq!(render(Filter::attribute("status").eq("FAILED")), "status = 'FAILED'");
        assert_eq!(render(Filter::attribute("version_number").is(3)), "version_number = 3");
        assert!(Filter::attribute("status = 'x' OR 1").eq("").render().is_err());
    }

    #[test]
    fn no_value_can_end_its_quotes() {
        assert_eq!(render(Filter::tag("a").eq("it's")), "tags.`a` = \"it's\"");
        assert_eq!(render(Filter::tag("a").eq("say \"no\"")), "tags.`a` = 'say \"no\"'");
        for value in ["' AND \"", "end\\", "\\' AND name = 'x"] {
            assert!(Filter::tag("a").eq(value).render().is_err(), "{value}");
        }
        assert!(Filter::tag("a` = '' AND tags.`b").eq("x").render().is_err());
    }

    #[test]
    fn numbers_are_written_in_digits() {
        assert_eq!(render(Filter::metric("m").gt(-0.5)), "metrics.`m` > -0.5");
        assert_eq!(render(Filter::metric("m").ge(1.0)), "metrics.`m` >= 1");
        assert_eq!(render(Filter::metric("m").le(1e-7)), "metrics.`m` <= 0.0000001");
        assert!(Filter::metric("m").lt(f64::NAN).render().is_err());
        assert!(Filter::metric("m").lt(f64::INFINITY).render().is_err());
    }
}
