//! Sums in eight lanes: the compiler may not reorder a plain sum of floats, so it would neither vectorise it nor let one
//! addition begin before the last has ended.

const LANES: usize = 8;

/// Sum of products of two slices of one length.
pub(crate) fn dot<A: Copy + Into<f64>, B: Copy + Into<f64>>(a: &[A], b: &[B]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(&a, &b)| a.into() * b.into()).sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            lanes[lane] += a[lane].into() * b[lane].into();
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Sum of a function of each number.
pub(crate) fn sum<A: Copy>(values: &[A], of: impl Fn(A) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().map(|&value| of(value)).sum();
    for chunk in chunks {
        for lane in 0..LANES {
            lanes[lane] += of(chunk[lane]);
        }
    }
    lanes.iter().sum::<f64>() + rest
}
