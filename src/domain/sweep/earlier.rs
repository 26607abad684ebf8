//! The sweeps that are to teach a search.

use podium_search::{Algorithm, Space};

use crate::api::sweep::WarmStart;
use crate::domain::violation::Violation;

/// The sweeps as the spec names them.
pub(super) fn named(warm_start: Option<&WarmStart>) -> &[String] {
    warm_start.and_then(|warm_start| warm_start.sweeps.as_deref()).unwrap_or_default()
}

/// What is wrong with them: one that is named twice would teach twice, and some searches have no use for them.
pub(super) fn check(
    warm_start: Option<&WarmStart>,
    space: Option<&Space>,
    algorithm: &Algorithm,
    problems: &mut Vec<Violation>,
) {
    let sweeps = named(warm_start);
    for (place, sweep) in sweeps.iter().enumerate() {
        if sweeps[..place].contains(sweep) {
            let field = format!("spec.warmStart.sweeps[{place}]");
            problems
                .push(Violation::new(field, format!("{sweep:?} is named twice; each sweep teaches once")));
        }
    }
    if !sweeps.is_empty() && space.is_some_and(|space| is_useless(space, algorithm)) {
        let message = "would change nothing: Random and Sobol ask for no values, and where a double has no step they hardly ever \
                       come to the same point twice; take Auto, TPE, GP or CMA-ES";
        problems.push(Violation::new("spec.warmStart.sweeps", message));
    }
}

/// Whether the method asks for no values, and does not come by what was tried already.
fn is_useless(space: &Space, algorithm: &Algorithm) -> bool {
    match algorithm {
        Algorithm::Random | Algorithm::Sobol => space.count().is_none(),
        // A grid's points are the same in each sweep: those that were tried are left out.
        Algorithm::Grid(_) | Algorithm::Auto | Algorithm::Tpe(_) | Algorithm::Gp(_) | Algorithm::CmaEs(_) => {
            false
        }
    }
}
