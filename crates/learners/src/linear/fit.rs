//! Fits weighted least squares: centre, scale, solve. At less than full rank the coefficients have the smallest norm, as
//! scikit-learn's do.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::normal::{self, Found};
use super::problem::Problem;
use super::qr::Factor;
use super::solve::{project_out, solve};
use crate::{
    Algorithm, Context, FitError, FitReport, FitWarning, Fitted, LinearParameters, Model, Target, Task,
    TrainingSet,
};

const ALGORITHM: Algorithm = Algorithm::LinearRegression;

/// Rows of a task. Fixed, and merged in order, so the result does not depend on threads.
const CHUNK: usize = 8192;
/// Rows of a block: 30 columns of it fit into the first cache.
const BLOCK: usize = 128;

pub(crate) fn fit(
    parameters: &LinearParameters,
    set: &TrainingSet<'_>,
    context: &Context<'_>,
) -> Result<Fitted, FitError> {
    let Target::Values(target) = set.target() else {
        return Err(FitError::Task { algorithm: ALGORITHM, task: Task::Classification });
    };
    let problem = Problem::new(set, target, parameters.fit_intercept);
    let Found { coefficients, rank } = match normal::solve(&problem, context)? {
        Some(found) => found,
        None => by_reflections(&problem, context)?,
    };
    let model = problem.model(&coefficients);
    if !model.coefficients.iter().chain([&model.intercept]).all(|w| w.is_finite()) {
        return Err(FitError::NotFinite { algorithm: ALGORITHM, what: "coefficients" });
    }
    let columns = set.features().columns();
    let mut report = FitReport { steps: 1, ..FitReport::default() };
    if rank < columns {
        report.warnings.push(FitWarning::RankDeficient { rank, columns });
    }
    Ok(Fitted { model: Model::Linear(model), report })
}

/// The slower way that loses nothing: QR, and singular values where columns depend on each other.
fn by_reflections(problem: &Problem<'_>, context: &Context<'_>) -> Result<Found, FitError> {
    let solution = solve(&factor(problem, context)?)?;
    let rank = problem.columns.len() - solution.free.len();
    let unscale = |u: &[f64]| -> Vec<f64> {
        problem.columns.iter().zip(u).map(|(column, u)| u / column.scale).collect()
    };
    let mut coefficients = unscale(&solution.values);
    project_out(&mut coefficients, solution.free.iter().map(|direction| unscale(direction)).collect());
    Ok(Found { coefficients, rank })
}

fn factor(problem: &Problem<'_>, context: &Context<'_>) -> Result<Factor, FitError> {
    let chunks = problem.features.rows().div_ceil(CHUNK);
    let chunk = |index| {
        context.check_interrupt()?;
        Ok(factor_chunk(problem, index))
    };
    let factors: Result<Vec<Factor>, FitError> = match context.pool {
        Some(pool) => pool.install(|| (0..chunks).into_par_iter().map(chunk).collect()),
        None => (0..chunks).map(chunk).collect(),
    };
    let mut all = Factor::new(problem.columns.len());
    factors?.into_iter().for_each(|factor| all.merge(factor));
    Ok(all)
}

fn factor_chunk(problem: &Problem<'_>, index: usize) -> Factor {
    let mut factor = Factor::new(problem.columns.len());
    let mut block = Vec::new();
    let end = ((index + 1) * CHUNK).min(problem.features.rows());
    for from in (index * CHUNK..end).step_by(BLOCK) {
        let to = (from + BLOCK).min(end);
        problem.fill(from, to, &mut block);
        factor.absorb(&mut block, to - from);
    }
    factor
}
