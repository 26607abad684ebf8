//! Every combination once, in a random order, none of them stored.

use super::{Request, Sampler, Suggestion};
use crate::algorithm::{AlgorithmError, GridOptions};
use crate::permutation::Permutation;
use crate::rng::Random;
use crate::space::{Dimension, Lattice, Levels, Space};
use crate::{Domain, Parameter};

/// The n-th point is worked out from n.
#[derive(Debug)]
pub(super) struct Grid {
    lattice: Lattice,
    order: Permutation,
    /// Places before this one are tried. Trials are never taken back, so looking again from 0 would end here too.
    from: u128,
}

impl Grid {
    pub(super) fn new(space: &Space, options: &GridOptions, seed: u64) -> Result<Self, AlgorithmError> {
        check_counts(space, options)?;
        let levels = space.parameters().iter().zip(space.dimensions());
        let levels = levels.map(|(parameter, dimension)| levels_of(parameter, dimension, options));
        let lattice =
            Lattice::new(space, levels.collect::<Result<_, _>>()?).ok_or(AlgorithmError::TooManyPoints)?;
        // One order for the whole study: the number of the trial plays no part.
        let order = Permutation::new(lattice.count(), &mut Random::new(seed, 0, "grid"));
        Ok(Self { lattice, order, from: 0 })
    }
}

impl Sampler for Grid {
    fn suggest(&mut self, request: &Request<'_>) -> Suggestion {
        while self.from < self.lattice.count() {
            let row = request.space.canonical(&self.lattice.at(self.order.at(self.from)));
            if !(request.is_tried)(&row) {
                return Suggestion::Ranked(vec![row]);
            }
            self.from += 1;
        }
        Suggestion::Exhausted
    }
}

fn check_counts(space: &Space, options: &GridOptions) -> Result<(), AlgorithmError> {
    for (name, &count) in &options.counts {
        let parameter = space.parameters().iter().find(|parameter| parameter.name == *name);
        let domain = parameter.map(|parameter| &parameter.domain);
        if !matches!(domain, Some(Domain::Double { step: None, .. } | Domain::Int { step: None, .. })) {
            return Err(AlgorithmError::UselessCount { parameter: name.clone() });
        }
        if count < 2 {
            return Err(AlgorithmError::SmallCount { parameter: name.clone(), count });
        }
    }
    Ok(())
}

fn levels_of(
    parameter: &Parameter,
    dimension: &Dimension,
    options: &GridOptions,
) -> Result<Levels, AlgorithmError> {
    match (options.counts.get(&parameter.name), dimension.count()) {
        (Some(&count), all) if all.is_none_or(|all| all > u64::from(count)) => Ok(even(dimension, count)),
        (_, Some(all)) => Ok(Levels::All(all)),
        (_, None) => Err(AlgorithmError::NoCount { parameter: parameter.name.clone() }),
    }
}

/// Even in internal values from the lowest to the highest value, both included, ints rounded.
fn even(dimension: &Dimension, count: u32) -> Levels {
    let (low, high) = match dimension {
        Dimension::Cells { first, last, log: true, .. } => (first.ln(), last.ln()),
        Dimension::Cells { first, last, log: false, .. } => (*first, *last),
        Dimension::Real { .. } | Dimension::Categories { .. } => dimension.bounds(),
    };
    let place = |index: u32| f64::from(index) / f64::from(count - 1);
    let mut values: Vec<f64> =
        (0..count).map(|index| dimension.snap(low * (1.0 - place(index)) + high * place(index))).collect();
    values.dedup();
    Levels::List(values)
}
