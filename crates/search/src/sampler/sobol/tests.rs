use super::*;
use crate::Parameter;
use crate::rng::Random;

fn points(seed: u64, dimensions: usize, count: u64) -> Vec<Vec<f64>> {
    let sobol = Sobol::of(dimensions);
    (0..count)
        .map(|index| (0..dimensions).map(|dimension| sobol.place(seed, dimension, index)).collect())
        .collect()
}

fn random_points(seed: u64, dimensions: usize, count: i64) -> Vec<Vec<f64>> {
    let point = |number| {
        let mut random = Random::new(seed, number, "test");
        (0..dimensions).map(|_| random.uniform()).collect()
    };
    (0..count).map(point).collect()
}

#[test]
fn the_first_2_to_the_m_points_have_one_in_each_of_as_many_intervals_in_every_dimension() {
    for m in [1, 4, 7, 10] {
        let count = 1_usize << m;
        let points = points(11, DIMENSIONS, count as u64);
        for dimension in 0..DIMENSIONS {
            let mut hits = vec![0; count];
            for point in &points {
                hits[(point[dimension] * count as f64) as usize] += 1;
            }
            assert!(hits.iter().all(|hits| *hits == 1), "dimension {dimension}, {count} points");
        }
    }
}

#[test]
fn the_first_two_dimensions_are_even_in_boxes_of_every_shape() {
    let points = points(5, 2, 64);
    for bits in 0..=6 {
        let (across, up) = (1_usize << bits, 1_usize << (6 - bits));
        let mut hits = [0; 64];
        for point in &points {
            hits[(point[0] * across as f64) as usize * up + (point[1] * up as f64) as usize] += 1;
        }
        assert_eq!(hits, [1; 64]);
    }
}

/// Two scrambles of one dimension agree or disagree as a whole, by the coin of the highest bit: the mean over seeds is 0.
#[test]
fn scrambles_of_other_seeds_and_dimensions_are_independent() {
    let correlation = |first: &[Vec<f64>], second: &[Vec<f64>], dimensions: [usize; 2]| {
        let product = |(a, b): (&Vec<f64>, &Vec<f64>)| (a[dimensions[0]] - 0.5) * (b[dimensions[1]] - 0.5);
        first.iter().zip(second).map(product).sum::<f64>() / first.len() as f64 * 12.0
    };
    let sets: Vec<_> = (0..=400).map(|seed| points(seed, 3, 64)).collect();
    for dimension in 0..3 {
        let between =
            sets.windows(2).map(|pair| correlation(&pair[0], &pair[1], [dimension; 2])).sum::<f64>();
        let across =
            sets.iter().map(|set| correlation(set, set, [dimension, (dimension + 1) % 3])).sum::<f64>();
        // 4 standard errors of the mean of 400 signs.
        assert!((between / 400.0).abs() < 0.2 && (across / 400.0).abs() < 0.2, "{between} {across}");
    }
    assert_eq!(points(9, 3, 64), sets[9]);
}

/// Owen's scrambling makes each single point uniform.
#[test]
fn one_point_is_uniform_over_the_seeds() {
    let mut hits = [0_u32; 10];
    let sobol = Sobol::of(40);
    for seed in 0..4_000 {
        hits[(sobol.place(seed, 39, 17) * 10.0) as usize] += 1;
    }
    // 400 expected, standard deviation 19.
    assert!(hits.iter().all(|hits| (320..480).contains(hits)), "{hits:?}");
}

/// Mean of the product over a pair of dimensions, whose true value is 0.
fn pair_error(points: &[Vec<f64>], first: usize, second: usize) -> f64 {
    let product = |point: &Vec<f64>| 12.0 * (point[first] - 0.5) * (point[second] - 0.5);
    points.iter().map(product).sum::<f64>() / points.len() as f64
}

#[test]
fn pairs_of_dimensions_stay_apart_up_to_the_last_one() {
    let mut squares = [0.0, 0.0];
    for seed in 0..4 {
        let sets = [points(seed, DIMENSIONS, 512), random_points(seed, DIMENSIONS, 512)];
        for (square, points) in squares.iter_mut().zip(&sets) {
            for second in 1..DIMENSIONS {
                let errors = (0..second).map(|first| pair_error(points, first, second).powi(2));
                *square += errors.sum::<f64>();
            }
        }
    }
    // Random points have a mean square of 1/512 here.
    assert!(squares[0] < 0.5 * squares[1], "{squares:?}");
}

/// The sum of 50 bumps, one a dimension: what a study of 50 parameters of equal weight looks like.
#[test]
fn fifty_dimensions_are_integrated_far_better_than_by_random_points() {
    let mean = |points: &[Vec<f64>]| {
        let value = |point: &Vec<f64>| point.iter().map(|place| (6.0 * place).cos()).sum::<f64>();
        points.iter().map(value).sum::<f64>() / points.len() as f64 - 50.0 * 6_f64.sin() / 6.0
    };
    let square = |of: &dyn Fn(u64) -> Vec<Vec<f64>>| (0..8).map(|seed| mean(&of(seed)).powi(2)).sum::<f64>();
    let sobol = square(&|seed| points(seed, 50, 256));
    let random = square(&|seed| random_points(seed, 50, 256));
    assert!(sobol * 100.0 < random, "{sobol} against {random}");
}

fn suggest(space: &Space, seed: u64, number: i64) -> crate::space::Row {
    let request = Request { space, seed, number, history: &[], is_tried: &|_| false };
    match Sobol::new(space).unwrap().suggest(&request) {
        Suggestion::Ranked(rows) => rows[0].clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn categories_ints_and_conditional_parameters_get_equal_shares() {
    let space = Space::new(vec![
        Parameter::categorical("booster", ["a", "b"]),
        Parameter::int("depth", 1, 4),
        Parameter::double("rate", 0.0, 1.0).when("booster", ["b"]),
    ])
    .unwrap();
    let rows: Vec<_> = (0..64).map(|number| suggest(&space, 3, number)).collect();
    assert!(rows.iter().all(|row| row[2].is_some() == (row[0] == Some(1.0))));
    for depth in 1..=4 {
        assert_eq!(rows.iter().filter(|row| row[1] == Some(f64::from(depth))).count(), 16);
    }
    assert_eq!(rows.iter().filter(|row| row[2].is_some()).count(), 32);
}

#[test]
fn a_space_with_too_many_parameters_is_refused_with_the_numbers() {
    let space =
        Space::new((0..65).map(|index| Parameter::double(format!("x{index}"), 0.0, 1.0)).collect()).unwrap();
    assert_eq!(
        Sobol::new(&space).unwrap_err().to_string(),
        "Sobol points have at most 64 dimensions, and the space has 65 parameters: take Random"
    );
}
