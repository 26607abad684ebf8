//! Behaviour of comparisons.

use rand::RngExt;

use super::*;
use crate::digest::row_digests;
use crate::metric::{Goal, Predictions, Rule, Truth};
use crate::random::generator;
use crate::schema::DataSpec;
use crate::split::{SplitSpec, Strategy};
use crate::table::Column;

fn noise(seed: u64, n: usize) -> Vec<f64> {
    let mut random = generator(seed, "test", 0);
    (0..n).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// Labels, and two models of which the second sees more of the truth.
fn models(seed: u64, n: usize, edge: f64) -> (Truth, Predictions, Predictions) {
    let signal = noise(seed, n);
    let labels: Vec<u32> =
        signal.iter().zip(noise(seed ^ 1, n)).map(|(s, e)| u32::from(s + e > 0.0)).collect();
    let told = |own: u64, strength: f64| {
        let p = signal.iter().zip(noise(own, n)).map(|(s, e)| 1.0 / (1.0 + (-(strength * s + e)).exp()));
        Predictions::Probabilities { classes: 2, values: p.flat_map(|p| [1.0 - p, p]).collect() }
    };
    (
        Truth::Classes { labels, classes: 2, positive: Some(1) },
        told(seed ^ 2, 1.0),
        told(seed ^ 3, 1.0 + edge),
    )
}

fn side(predictions: &Predictions) -> Side<'_> {
    Side { predictions, rule: Rule::standard(2) }
}

fn compare(
    metric: MetricName,
    truth: &Truth,
    new: &Predictions,
    old: &Predictions,
    seed: u64,
) -> Result<Comparison, NotComparable> {
    paired_bootstrap(metric, truth, side(new), side(old), Resampling::Rows, (RESAMPLES, seed))
}

#[test]
fn a_better_model_is_an_improvement_in_every_direction() {
    let (truth, old, new) = models(1, 2000, 3.0);
    for metric in [
        MetricName::RocAuc,
        MetricName::LogLoss,
        MetricName::Brier,
        MetricName::F1Score,
        MetricName::AveragePrecision,
    ] {
        let c = compare(metric, &truth, &new, &old, 7).unwrap();
        assert!(
            c.improvement > 0.0 && c.lower_bound(0.95) > 0.0,
            "{metric}: {} {}",
            c.improvement,
            c.lower_bound(0.95)
        );
        let turned = compare(metric, &truth, &old, &new, 7).unwrap();
        assert!(turned.improvement == -c.improvement && turned.lower_bound(0.9) < 0.0, "{metric}");
        assert_eq!(
            c.improvement > 0.0,
            (c.challenger > c.champion) == (metric.goal() == Some(Goal::Maximize))
        );
    }
}

#[test]
fn the_same_predictions_differ_by_nothing() {
    let (truth, old, _) = models(2, 500, 0.0);
    let c = compare(MetricName::RocAuc, &truth, &old, &old, 7).unwrap();
    assert_eq!((c.improvement, c.lower_bound(0.95), c.differences.len(), c.rows), (0.0, 0.0, RESAMPLES, 500));
}

#[test]
fn the_bound_falls_with_confidence_and_surrounds_the_point() {
    let (truth, old, new) = models(3, 1000, 1.0);
    let c = compare(MetricName::RocAuc, &truth, &new, &old, 7).unwrap();
    let bounds: Vec<f64> = [0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0].iter().map(|&x| c.lower_bound(x)).collect();
    assert!(bounds.windows(2).all(|w| w[0] >= w[1]), "{bounds:?}");
    assert_eq!((bounds[0], bounds[6]), (c.differences[RESAMPLES - 1], c.differences[0]));
    assert_eq!(c.lower_bound(0.9), c.differences[199]);
    assert!((c.lower_bound(0.5) - c.improvement).abs() < 0.003);
}

#[test]
fn the_same_seed_gives_the_same_differences_on_any_number_of_threads() {
    let (truth, old, new) = models(4, 400, 1.0);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| compare(MetricName::RocAuc, &truth, &new, &old, 11).unwrap())
    };
    assert_eq!(on(1), on(3));
    assert_ne!(compare(MetricName::RocAuc, &truth, &new, &old, 12).unwrap().differences, on(1).differences);
}

#[test]
fn equal_models_pass_as_seldom_as_the_confidence_says() {
    let passed = (0..200u64)
        .filter(|&seed| {
            let (truth, old, new) = models(seed * 10 + 5, 300, 0.0);
            let c = paired_bootstrap(
                MetricName::RocAuc,
                &truth,
                side(&new),
                side(&old),
                Resampling::Rows,
                (400, seed),
            )
            .unwrap();
            c.lower_bound(0.9) > 0.0
        })
        .count();
    // 10 % of 200 is 20; four standard deviations above is 37.
    assert!((5..=37).contains(&passed), "{passed} of 200 twins passed at confidence 0.9");
}

#[test]
fn whole_groups_are_drawn_where_rows_come_in_groups() {
    let (truth, old, new) = models(6, 100, 1.0);
    let tenfold: Vec<usize> = (0..1000).map(|i| i % 100).collect();
    let groups: Vec<u32> = tenfold.iter().map(|&g| g as u32).collect();
    let (truth, old, new) = (truth.gather(&tenfold), old.gather(&tenfold), new.gather(&tenfold));
    let width = |resampling| {
        let c =
            paired_bootstrap(MetricName::RocAuc, &truth, side(&new), side(&old), resampling, (RESAMPLES, 7))
                .unwrap();
        c.improvement - c.lower_bound(0.9)
    };
    let (rows, whole) = (width(Resampling::Rows), width(Resampling::Groups(&groups)));
    assert!(
        whole > 2.5 * rows,
        "ten copies of each row are no more evidence than one: {whole} against {rows}"
    );
    let wrong = paired_bootstrap(
        MetricName::RocAuc,
        &truth,
        side(&new),
        side(&old),
        Resampling::Groups(&[0]),
        (10, 7),
    );
    assert_eq!(wrong, Err(NotComparable::Groups { groups: 1, rows: 1000 }));
}

#[test]
fn numbers_are_compared_too() {
    let y = noise(8, 500);
    let off = |seed: u64, by: f64| {
        Predictions::Values(y.iter().zip(noise(seed, 500)).map(|(y, e)| y + by * e).collect())
    };
    let truth = Truth::Values(y.clone());
    for metric in [MetricName::Rmse, MetricName::Mae, MetricName::Medae, MetricName::R2Score] {
        let c = compare(metric, &truth, &off(9, 0.1), &off(10, 0.5), 7).unwrap();
        assert!(c.lower_bound(0.99) > 0.0, "{metric}");
    }
}

#[test]
fn what_can_not_be_compared_is_told() {
    let (truth, old, new) = models(9, 99, 1.0);
    assert_eq!(
        compare(MetricName::RocAuc, &truth, &new, &old, 7),
        Err(NotComparable::TooFewRows { rows: 99 })
    );
    let (truth, old, new) = models(9, 200, 1.0);
    assert_eq!(
        compare(MetricName::GpuUsed, &truth, &new, &old, 7),
        Err(NotComparable::NoDirection { metric: MetricName::GpuUsed })
    );
    let one = Truth::Classes { labels: vec![1; 200], classes: 2, positive: Some(1) };
    assert_eq!(
        compare(MetricName::RocAuc, &one, &new, &old, 7),
        Err(NotComparable::Undefined { metric: MetricName::RocAuc, rows: 200 })
    );
    let bad = Predictions::Probabilities { classes: 2, values: vec![f64::NAN; 400] };
    let message = compare(MetricName::RocAuc, &truth, &new, &bad, 7).unwrap_err().to_string();
    assert_eq!(message, "the champion can't be scored: the prediction of row 0 is NaN: must be finite");
}

#[test]
fn resamples_without_a_figure_are_counted_and_left_out() {
    let (_, old, new) = models(10, 100, 1.0);
    let truth = Truth::Classes {
        labels: (0..100).map(|i| u32::from(i == 3)).collect(),
        classes: 2,
        positive: Some(1),
    };
    let c = compare(MetricName::RocAuc, &truth, &new, &old, 7).unwrap();
    // The only positive is absent from a resample with probability 0.99^100 = 0.366.
    assert!((630..840).contains(&c.undefined), "{}", c.undefined);
    assert_eq!(c.differences.len(), RESAMPLES - c.undefined);
}

fn table(n: usize) -> (Table, Schema) {
    let column = |f: fn(f64) -> f64| Column::Number((0..n).map(|i| f(i as f64)).collect());
    let table =
        Table::new(vec![("x".into(), column(|i| (i * 0.7).sin())), ("y".into(), column(|i| i % 2.0))])
            .unwrap();
    let schema = Schema::infer(&table, &DataSpec { target: "y".into(), ..DataSpec::default() }).unwrap();
    (table, schema)
}

#[test]
fn two_models_are_compared_on_rows_that_neither_was_fitted_on() {
    let (table, schema) = table(1000);
    let digests = row_digests(&table);
    let list = |keep: fn(usize) -> bool| {
        let rows: Vec<usize> = (0..1000).filter(|&r| keep(r)).collect();
        TrainedRows::of(&table, &digests, &rows, &schema)
    };
    let (new, old) = (list(|r| r < 700), list(|r| (600..850).contains(&r)));
    let holdout: Vec<usize> = (700..1000).collect();
    let shared = |new: Option<&TrainedRows>, old: Option<&TrainedRows>, holdout: &[usize]| {
        shared_rows(&table, &digests, holdout, &schema, new, old)
    };
    assert_eq!(shared(Some(&new), Some(&old), &holdout), Ok((850..1000).collect()));
    assert_eq!(shared(Some(&new), Some(&old), &holdout[..249]), Err(NotComparable::TooFewRows { rows: 99 }));
    assert_eq!(shared(Some(&new), None, &holdout), Err(NotComparable::NoTrainedRows { model: "champion" }));
    let (narrow, narrow_schema) = {
        let t = Table::new(vec![
            ("z".into(), table.column("x").unwrap().clone()),
            ("y".into(), table.column("y").unwrap().clone()),
        ])
        .unwrap();
        let s = Schema::infer(&t, &DataSpec { target: "y".into(), ..DataSpec::default() }).unwrap();
        (t, s)
    };
    let other = TrainedRows::of(&narrow, &row_digests(&narrow), &[0, 1], &narrow_schema);
    assert_eq!(
        shared(Some(&new), Some(&other), &holdout),
        Err(NotComparable::OtherColumns { model: "champion" })
    );
}

#[test]
fn another_seed_and_more_data_never_compare_on_a_row_that_either_model_saw() {
    let split = |n: usize, seed: u64| {
        let (table, schema) = table(n);
        let digests = row_digests(&table);
        let rows: Vec<usize> = (0..n).collect();
        let spec = SplitSpec { holdout: 0.3, strategy: Strategy::Stratified, folds: 5, seed };
        let split = spec.split(&table, &digests, &rows, &schema).unwrap();
        let trained = TrainedRows::of(&table, &digests, &split.training, &schema);
        (table, schema, digests, split, trained)
    };
    let (.., champion) = split(1500, 1);
    let (table, schema, digests, new, challenger) = split(2500, 2);
    let shared =
        shared_rows(&table, &digests, &new.holdout, &schema, Some(&challenger), Some(&champion)).unwrap();
    assert!(shared.iter().all(|&r| new.holdout.contains(&r) && !champion.contains(digests[r])));
    let leaked = new.holdout.iter().filter(|&&r| champion.contains(digests[r])).count();
    assert_eq!(shared.len() + leaked, new.holdout.len());
    // Rows 0..1500: seven of ten were the champion's; the rest and the 1,000 new ones are left.
    assert!((250..400).contains(&leaked), "{leaked}");
    let same_seed = split(2500, 1);
    let kept = shared_rows(
        &same_seed.0,
        &same_seed.2,
        &same_seed.3.holdout,
        &same_seed.1,
        Some(&same_seed.4),
        Some(&champion),
    );
    assert_eq!(kept.unwrap().len(), same_seed.3.holdout.len(), "with one seed the holdout stays the holdout");
}

#[test]
fn rows_of_a_group_have_one_index() {
    let (mut table, mut schema) = table(6);
    table.replace("x", Column::Number(vec![5.0, 1.0, 5.0, 2.0, 1.0, 5.0]));
    assert_eq!(group_indices(&table, &[0, 1], &schema), None);
    schema.group = Some("x".into());
    assert_eq!(group_indices(&table, &[5, 4, 3, 2, 1], &schema), Some(vec![0, 1, 2, 0, 1]));
}

#[test]
fn ten_thousand_rows_are_compared_within_seconds() {
    let (truth, old, new) = models(11, 10_000, 0.5);
    let start = std::time::Instant::now();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| compare(MetricName::RocAuc, &truth, &new, &old, 7)).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!("roc_auc, 10,000 rows, 2,000 resamples, one thread: {seconds:.2} s");
    assert!(seconds < 30.0, "{seconds} s");
}
