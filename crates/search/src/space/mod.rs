//! The search space: parsed once, cannot be wrong afterwards.

mod check;
mod dimension;
mod lattice;
mod parameter;
mod row;
#[cfg(test)]
mod tests;
mod violation;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use dimension::Dimension;
pub(crate) use lattice::{Lattice, Levels};
pub use parameter::{Condition, Domain, Parameter, Scale};
pub(crate) use row::{Key, Row, key};
pub use violation::{InvalidSpace, PointError, Reason, Violation};

/// A valid space. Names are unique, bounds are ordered, conditions form a forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Parameter>", into = "Vec<Parameter>")]
pub struct Space {
    parameters: Vec<Parameter>,
    dimensions: Vec<Dimension>,
    /// Of each parameter, what makes it active.
    links: Vec<Option<Link>>,
    /// All indices, parents before children, otherwise as written.
    order: Vec<usize>,
    names: BTreeMap<String, usize>,
}

/// The condition of a parameter in internal values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    /// Index of the parameter that decides.
    pub parent: usize,
    /// Internal values of it, sorted, each once.
    pub values: Vec<f64>,
}

impl Space {
    /// A space of these parameters. Their order is kept wherever they are listed.
    ///
    /// # Errors
    /// Everything that is wrong with them, see [`Reason`].
    pub fn new(parameters: Vec<Parameter>) -> Result<Self, InvalidSpace> {
        let violations = check::violations(&parameters);
        if !violations.is_empty() {
            return Err(InvalidSpace(violations));
        }
        let names: BTreeMap<String, usize> =
            parameters.iter().enumerate().map(|(index, parameter)| (parameter.name.clone(), index)).collect();
        let dimensions: Vec<Dimension> =
            parameters.iter().map(|parameter| Dimension::of(&parameter.domain)).collect();
        let link = |parameter: &Parameter| link(parameter, &parameters, &dimensions, &names);
        let links: Vec<Option<Link>> = parameters.iter().map(link).collect();
        let mut order: Vec<usize> = (0..parameters.len()).collect();
        order.sort_by_key(|index| depth(&links, *index));
        Ok(Self { parameters, dimensions, links, order, names })
    }

    /// The parameters as written.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Number of points, none when there is no end of them (a double without steps) or when it exceeds 2^127.
    #[must_use]
    pub fn count(&self) -> Option<u128> {
        Lattice::of_all(self).map(|lattice| lattice.count())
    }

    /// The inside of each parameter, as written.
    pub(crate) fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// What makes a parameter active; none for a root.
    pub(crate) fn link(&self, index: usize) -> Option<&Link> {
        self.links.get(index).and_then(Option::as_ref)
    }

    /// All indices, parents before children.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    /// Whether a parameter is active beside the values of its parents.
    pub(crate) fn is_active(&self, index: usize, row: &[Option<f64>]) -> bool {
        self.link(index).is_none_or(|link| row[link.parent].is_some_and(|value| link.values.contains(&value)))
    }
}

fn link(
    parameter: &Parameter,
    all: &[Parameter],
    dimensions: &[Dimension],
    names: &BTreeMap<String, usize>,
) -> Option<Link> {
    let condition = parameter.when.as_ref()?;
    let parent = *names.get(&condition.parameter)?;
    let internal = |value| dimension::to_internal(&all[parent].domain, &dimensions[parent], value);
    let mut values: Vec<f64> = condition.values.iter().filter_map(internal).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    Some(Link { parent, values })
}

/// Number of parameters above one.
fn depth(links: &[Option<Link>], index: usize) -> usize {
    links[index].as_ref().map_or(0, |link| 1 + depth(links, link.parent))
}

impl TryFrom<Vec<Parameter>> for Space {
    type Error = InvalidSpace;

    fn try_from(parameters: Vec<Parameter>) -> Result<Self, InvalidSpace> {
        Self::new(parameters)
    }
}

impl From<Space> for Vec<Parameter> {
    fn from(space: Space) -> Self {
        space.parameters
    }
}
