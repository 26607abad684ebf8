//! Direction numbers: the binary matrices that make a Sobol sequence.

/// Bits of a place: as many as a double has, so that no two trials of a study fall together.
pub(super) const BITS: usize = 53;

/// Dimensions that there are direction numbers for.
pub(super) const DIMENSIONS: usize = INITIAL.len() + 1;

/// The columns of one dimension's matrix: place of the points 1, 2, 4, ..., highest bit first.
pub(super) type Columns = [u64; BITS];

/// The columns of all dimensions up to `count`, at most [`DIMENSIONS`].
pub(super) fn columns(count: usize) -> Vec<Columns> {
    // The first dimension is the van der Corput sequence; the others have a primitive polynomial each, in ascending order.
    let first = std::array::from_fn(|column| 1 << (BITS - 1 - column));
    let others = (3..).step_by(2).filter(|bits| is_primitive(*bits)).zip(INITIAL);
    std::iter::once(first)
        .chain(others.map(|(polynomial, initial)| recur(polynomial, initial)))
        .take(count)
        .collect()
}

/// Continues the initial numbers by the recurrence of a polynomial (Bratley and Fox 1988).
fn recur(polynomial: u64, initial: &[u64]) -> Columns {
    let degree = initial.len();
    let mut numbers = initial.to_vec();
    for column in degree..BITS {
        let oldest = numbers[column - degree];
        let sum = (1..degree)
            .filter(|back| polynomial >> (degree - back) & 1 == 1)
            .fold(oldest ^ oldest << degree, |sum, back| sum ^ numbers[column - back] << back);
        numbers.push(sum);
    }
    std::array::from_fn(|column| numbers[column] << (BITS - 1 - column))
}

/// Whether a polynomial over the integers modulo 2 is primitive: x then runs through all other remainders before it is 1
/// again. The highest bit is the leading coefficient.
fn is_primitive(polynomial: u64) -> bool {
    let degree = polynomial.ilog2();
    let period = (1_u64 << degree) - 1;
    let mut power = 1;
    for step in 1..=period {
        power <<= 1;
        if power >> degree == 1 {
            power ^= polynomial;
        }
        if power == 1 {
            return step == period;
        }
    }
    false
}

/// Initial direction numbers of the dimensions from the second on: Joe and Kuo 2008, "Constructing Sobol sequences with
/// better two-dimensional projections", SIAM J. Sci. Comput. 30, table new-joe-kuo-6. Its BSD licence stands in `NOTICE`.
#[rustfmt::skip]
const INITIAL: [&[u64]; 63] = [
    &[1],
    &[1, 3],
    &[1, 3, 1],
    &[1, 1, 1],
    &[1, 1, 3, 3],
    &[1, 3, 5, 13],
    &[1, 1, 5, 5, 17],
    &[1, 1, 5, 5, 5],
    &[1, 1, 7, 11, 19],
    &[1, 1, 5, 1, 1],
    &[1, 1, 1, 3, 11],
    &[1, 3, 5, 5, 31],
    &[1, 3, 3, 9, 7, 49],
    &[1, 1, 1, 15, 21, 21],
    &[1, 3, 1, 13, 27, 49],
    &[1, 1, 1, 15, 7, 5],
    &[1, 3, 1, 15, 13, 25],
    &[1, 1, 5, 5, 19, 61],
    &[1, 3, 7, 11, 23, 15, 103],
    &[1, 3, 7, 13, 13, 15, 69],
    &[1, 1, 3, 13, 7, 35, 63],
    &[1, 3, 5, 9, 1, 25, 53],
    &[1, 3, 1, 13, 9, 35, 107],
    &[1, 3, 1, 5, 27, 61, 31],
    &[1, 1, 5, 11, 19, 41, 61],
    &[1, 3, 5, 3, 3, 13, 69],
    &[1, 1, 7, 13, 1, 19, 1],
    &[1, 3, 7, 5, 13, 19, 59],
    &[1, 1, 3, 9, 25, 29, 41],
    &[1, 3, 5, 13, 23, 1, 55],
    &[1, 3, 7, 3, 13, 59, 17],
    &[1, 3, 1, 3, 5, 53, 69],
    &[1, 1, 5, 5, 23, 33, 13],
    &[1, 1, 7, 7, 1, 61, 123],
    &[1, 1, 7, 9, 13, 61, 49],
    &[1, 3, 3, 5, 3, 55, 33],
    &[1, 3, 1, 15, 31, 13, 49, 245],
    &[1, 3, 5, 15, 31, 59, 63, 97],
    &[1, 3, 1, 11, 11, 11, 77, 249],
    &[1, 3, 1, 11, 27, 43, 71, 9],
    &[1, 1, 7, 15, 21, 11, 81, 45],
    &[1, 3, 7, 3, 25, 31, 65, 79],
    &[1, 3, 1, 1, 19, 11, 3, 205],
    &[1, 1, 5, 9, 19, 21, 29, 157],
    &[1, 3, 7, 11, 1, 33, 89, 185],
    &[1, 3, 3, 3, 15, 9, 79, 71],
    &[1, 3, 7, 11, 15, 39, 119, 27],
    &[1, 1, 3, 1, 11, 31, 97, 225],
    &[1, 1, 1, 3, 23, 43, 57, 177],
    &[1, 3, 7, 7, 17, 17, 37, 71],
    &[1, 3, 1, 5, 27, 63, 123, 213],
    &[1, 1, 3, 5, 11, 43, 53, 133],
    &[1, 3, 5, 5, 29, 17, 47, 173, 479],
    &[1, 3, 3, 11, 3, 1, 109, 9, 69],
    &[1, 1, 1, 5, 17, 39, 23, 5, 343],
    &[1, 3, 1, 5, 25, 15, 31, 103, 499],
    &[1, 1, 1, 11, 11, 17, 63, 105, 183],
    &[1, 1, 5, 11, 9, 29, 97, 231, 363],
    &[1, 1, 5, 15, 19, 45, 41, 7, 383],
    &[1, 3, 7, 7, 31, 19, 83, 137, 221],
    &[1, 1, 1, 3, 23, 15, 111, 223, 83],
    &[1, 1, 5, 13, 31, 15, 55, 25, 161],
    &[1, 1, 3, 13, 25, 47, 39, 87, 257],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn place(columns: &Columns, index: u64) -> f64 {
        let bits = (0..BITS).filter(|bit| index >> bit & 1 == 1).fold(0, |sum, bit| sum ^ columns[bit]);
        bits as f64 / (1_u64 << BITS) as f64
    }

    #[test]
    fn primitive_polynomials_are_those_of_the_tables() {
        let found: Vec<u64> = (3..140).step_by(2).filter(|bits| is_primitive(*bits)).collect();
        let table = [3, 7, 11, 13, 19, 25, 37, 41, 47, 55, 59, 61, 67, 91, 97, 103, 109, 115, 131, 137];
        assert_eq!(found, table);
    }

    #[test]
    fn each_dimension_has_as_many_initial_numbers_as_its_polynomial_has_degrees_all_odd_and_small() {
        let polynomials = (3_u64..).step_by(2).filter(|bits| is_primitive(*bits));
        for (polynomial, initial) in polynomials.zip(INITIAL) {
            assert_eq!(polynomial.ilog2() as usize, initial.len());
            assert!(initial.iter().zip(1..).all(|(number, bits)| number % 2 == 1 && *number < 1 << bits));
        }
    }

    /// Points of another implementation (SciPy's, unscrambled), turned from its Gray order into ours.
    #[test]
    fn places_are_those_of_the_published_sequence() {
        let columns = columns(DIMENSIONS);
        let of = |dimension: usize| [1, 2, 3, 5, 37, 63].map(|index| place(&columns[dimension], index));
        assert_eq!(of(63), [0.5, 0.25, 0.75, 0.875, 0.359375, 0.015625]);
        assert_eq!(of(30), [0.5, 0.75, 0.25, 0.125, 0.140625, 0.546875]);
        let sum: f64 = (0..64_u32)
            .flat_map(|index| (0..64_u32).map(move |dimension| (index, dimension)))
            .map(|(index, dimension)| {
                f64::from(dimension * (index + 1)) * place(&columns[dimension as usize], u64::from(index))
            })
            .sum();
        assert_eq!(sum, 2_093_944.0);
    }
}
