//! Isotonic calibration: a rising function, linear between knots and constant outside.
//!
//! Which knots a score lies between is found by a decision tree over the knots: a few comparisons a row, where comparing
//! with all knots would need memory of rows times knots.

use podium_tabular::calibrate::Isotonic;

use crate::ExportError;
use crate::graph::{Builder, F64, I64, Trees, Value, length};

/// `[N, 1]` to `[N, 1]`.
pub(super) fn apply(
    builder: &mut Builder,
    function: &Isotonic,
    score: &Value<F64>,
) -> Result<Value<F64>, ExportError> {
    let (scores, probabilities) = (function.x.len(), function.y.len());
    if scores == 0 || scores != probabilities {
        return Err(ExportError::Knots { scores, probabilities });
    }
    let (below, above) = neighbours(builder, &function.x, score);
    let (x, y) = (builder.row::<F64>(&function.x), builder.row::<F64>(&function.y));
    let (left, right) = (builder.look_up(&x, &below), builder.look_up(&x, &above));
    let (low, high) = (builder.look_up(&y, &below), builder.look_up(&y, &above));
    let rise = builder.subtract(&high, &low);
    let run = builder.subtract(score, &left);
    let width = builder.subtract(&right, &left);
    let product = builder.multiply(&rise, &run);
    let part = builder.divide(&product, &width);
    let between = builder.add(&low, &part);
    // Outside the knots both neighbours are the outermost one, and `between` is 0 / 0.
    let outside = builder.equal(&below, &above);
    Ok(builder.select(&outside, &low, &between))
}

/// Indices of the last knot below a score and of the next one; outside the knots the outermost one twice.
fn neighbours(builder: &mut Builder, knots: &[f64], score: &Value<F64>) -> (Value<I64>, Value<I64>) {
    let mut search = Trees::new(1);
    search.begin();
    add_search(&mut search, 0, knots, 0);
    let count = builder.tree_sums(score, search);
    let count: Value<I64> = builder.cast(&count);
    let last = length(knots.len()) - 1;
    let above = builder.clip(&count, 0, last);
    let one = builder.scalar::<I64>(1);
    let below = builder.subtract(&count, &one);
    (builder.clip(&below, 0, last), above)
}

/// Adds the nodes from `id` on that count the knots below a score, of which `before` are known to be; returns the next
/// free id. As deep as the logarithm of the knots.
fn add_search(trees: &mut Trees, id: i64, knots: &[f64], before: usize) -> i64 {
    let middle = knots.len() / 2;
    let Some(&knot) = knots.get(middle) else {
        trees.leaf(id, [before as f64]);
        return id + 1;
    };
    // Children are numbered behind their parent, so the left one's size must be known first: a search over n knots has
    // n splits and n + 1 leaves.
    let left = id + 1;
    let right = left + 2 * length(middle) + 1;
    trees.split(id, 0, knot, left, right);
    add_search(trees, left, &knots[..middle], before);
    add_search(trees, right, &knots[middle + 1..], before + middle + 1)
}
