//! Fits weighted least squares: centre, scale, QR, solve. At less than full rank the coefficients have the smallest
//! norm, as scikit-learn's do.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::LinearModel;
use super::qr::Factor;
use super::solve::{project_out, solve};
use crate::{
    Algorithm, Context, FitError, FitReport, FitWarning, Fitted, LinearParameters, Matrix, Model, Target,
    Task, TrainingSet,
};

const ALGORITHM: Algorithm = Algorithm::LinearRegression;

/// Rows of a task. Fixed, and merged in order, so the result does not depend on threads.
const CHUNK: usize = 8192;
/// Rows of a block: 30 columns of it fit into the first cache.
const BLOCK: usize = 128;

/// A column that varies.
struct Column {
    index: usize,
    mean: f64,
    /// Weighted standard deviation, or root mean square without intercept.
    scale: f64,
}

pub(crate) fn fit(
    parameters: &LinearParameters,
    set: &TrainingSet<'_>,
    context: &Context<'_>,
) -> Result<Fitted, FitError> {
    let Target::Values(target) = set.target() else {
        return Err(FitError::Task { algorithm: ALGORITHM, task: Task::Classification });
    };
    let problem = Problem::new(set, target, parameters.fit_intercept);
    let solution = solve(&problem.factor(context)?)?;
    let rank = problem.columns.len() - solution.free.len();
    let unscale = |u: &[f64]| -> Vec<f64> {
        problem.columns.iter().zip(u).map(|(column, u)| u / column.scale).collect()
    };
    let mut w = unscale(&solution.values);
    project_out(&mut w, solution.free.iter().map(|direction| unscale(direction)).collect());
    let model = problem.model(&w);
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

/// Least squares on centred, scaled columns, each row times the root of its weight.
struct Problem<'a> {
    features: &'a Matrix,
    target: &'a [f64],
    target_mean: f64,
    columns: Vec<Column>,
    /// Root of each row's weight, when there are weights.
    roots: Option<Vec<f64>>,
    fit_intercept: bool,
}

impl<'a> Problem<'a> {
    fn new(set: &TrainingSet<'a>, target: &'a [f64], fit_intercept: bool) -> Self {
        let features = set.features();
        let total: f64 = (0..set.rows()).map(|row| set.weight(row)).sum();
        let weight = |row: usize| set.weight(row) / total;
        let columns = (0..features.columns())
            .filter_map(|index| column(features, index, weight, set.weights(), fit_intercept))
            .collect();
        let target_mean =
            if fit_intercept { target.iter().enumerate().map(|(i, y)| weight(i) * y).sum() } else { 0.0 };
        let roots = set.weights().map(|weights| weights.iter().map(|w| (w / total).sqrt()).collect());
        Self { features, target, target_mean, columns, roots, fit_intercept }
    }

    fn factor(&self, context: &Context<'_>) -> Result<Factor, FitError> {
        let chunks = self.features.rows().div_ceil(CHUNK);
        let chunk = |index| {
            context.check_interrupt()?;
            Ok(self.factor_chunk(index))
        };
        let factors: Result<Vec<Factor>, FitError> = match context.pool {
            Some(pool) => pool.install(|| (0..chunks).into_par_iter().map(chunk).collect()),
            None => (0..chunks).map(chunk).collect(),
        };
        let mut all = Factor::new(self.columns.len());
        factors?.into_iter().for_each(|factor| all.merge(factor));
        Ok(all)
    }

    fn factor_chunk(&self, index: usize) -> Factor {
        let mut factor = Factor::new(self.columns.len());
        let mut block = Vec::new();
        let end = ((index + 1) * CHUNK).min(self.features.rows());
        for from in (index * CHUNK..end).step_by(BLOCK) {
            let to = (from + BLOCK).min(end);
            self.fill(from, to, &mut block);
            factor.absorb(&mut block, to - from);
        }
        factor
    }

    /// Rows `from..to` of the scaled problem, column-major, the target last.
    fn fill(&self, from: usize, to: usize, block: &mut Vec<f64>) {
        block.clear();
        for &Column { index, mean, scale } in &self.columns {
            let inverse = 1.0 / scale;
            block.extend(
                self.features.column(index)[from..to].iter().map(|&x| (f64::from(x) - mean) * inverse),
            );
        }
        block.extend(self.target[from..to].iter().map(|y| y - self.target_mean));
        if let Some(roots) = &self.roots {
            for column in block.chunks_exact_mut(to - from) {
                column.iter_mut().zip(&roots[from..to]).for_each(|(value, root)| *value *= root);
            }
        }
    }

    fn model(&self, w: &[f64]) -> LinearModel {
        let mut coefficients = vec![0.0; self.features.columns()];
        let mut intercept = self.target_mean;
        for (column, &w) in self.columns.iter().zip(w) {
            coefficients[column.index] = w;
            intercept -= w * column.mean;
        }
        LinearModel { coefficients, intercept: if self.fit_intercept { intercept } else { 0.0 } }
    }
}

/// Mean and scale of a column; none when it is constant over the rows that count, or all zero without intercept.
fn column(
    features: &Matrix,
    index: usize,
    weight: impl Fn(usize) -> f64,
    weights: Option<&[f64]>,
    fit_intercept: bool,
) -> Option<Column> {
    let values = features.column(index);
    let counts = |row: usize| weights.is_none_or(|weights| weights[row] > 0.0);
    let mut seen = values.iter().enumerate().filter(|&(row, _)| counts(row)).map(|(_, &x)| x);
    let first = if fit_intercept { seen.next()? } else { 0.0 };
    if seen.all(|x| x == first) {
        return None;
    }
    let pairs = || values.iter().enumerate().map(|(row, &x)| (f64::from(x), weight(row)));
    let mean = if fit_intercept { pairs().map(|(x, w)| w * x).sum() } else { 0.0 };
    let square: f64 = pairs().map(|(x, w)| w * (x - mean) * (x - mean)).sum();
    (square > 0.0).then(|| Column { index, mean, scale: square.sqrt() })
}
