//! Fits on small tables: what is learned stays in its fold, what is decided comes from rows that the model has not seen.

use podium_contract::{Average, Calibration, Evaluation, Threshold};
use podium_learners::{Algorithm, Context, Device, Parameters};
use podium_tabular::digest::row_digests;
use podium_tabular::prepare::{Missing, PreparationSpec, Scaling};
use podium_tabular::schema::{DataSpec, Schema};
use podium_tabular::split::{Fold, Split, SplitSpec, Strategy};
use podium_tabular::table::{Table, read_csv};
use rayon::ThreadPoolBuilder;

use super::*;

fn schema(table: &Table) -> Schema {
    Schema::infer(table, &DataSpec { target: "y".to_owned(), ..DataSpec::default() }).unwrap()
}

fn evaluation(metric: Option<&str>) -> Evaluation {
    Evaluation {
        metric: metric.map(str::to_owned),
        average: None,
        calibration: Calibration::None,
        threshold: Threshold::Half,
    }
}

fn split(table: &Table, schema: &Schema) -> Split {
    let digests = row_digests(table);
    let rows: Vec<usize> = (0..table.rows()).collect();
    let spec = SplitSpec { holdout: 0.2, strategy: Strategy::Auto, folds: 4, seed: 3 };
    spec.split(table, &digests, &rows, schema).unwrap()
}

/// One in ten is positive, and more likely so with a larger `x`.
fn rare(rows: u32) -> Table {
    let mut text = "x,y\n".to_owned();
    for row in 0..rows {
        let x = f64::from(row * 7919 % rows) / f64::from(rows);
        let y = u8::from(x + 0.4 * f64::from(row * 104_729 % 100) / 100.0 > 1.16);
        text.push_str(&format!("{x},{y}\n"));
    }
    read_csv(text.as_bytes()).unwrap()
}

fn fitted(table: &Table, evaluation: &Evaluation) -> Result<Candidate, FittingError> {
    let schema = schema(table);
    let parameters = Parameters::defaults(Algorithm::LogisticRegression).unwrap();
    let recipe = Recipe {
        schema: &schema,
        preparation: PreparationSpec::default(),
        parameters: &parameters,
        scoring: Scoring::resolve(evaluation, &schema).unwrap(),
        calibration: evaluation.calibration,
        threshold: evaluation.threshold,
        seed: 1,
    };
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let around = Surroundings {
        pool: &pool,
        interrupt: &|| false,
        watch: &|_, _| (),
        torch: None,
        device: Device::Cpu,
    };
    fit_candidate(table, &split(table, &schema), &recipe, &around)
}

#[test]
fn a_tuned_threshold_serves_the_rare_class_and_is_judged_on_other_folds() {
    let table = rare(1500);
    let half = fitted(&table, &evaluation(Some("f1_score"))).unwrap();
    let tuned =
        fitted(&table, &Evaluation { threshold: Threshold::Auto, ..evaluation(Some("f1_score")) }).unwrap();
    assert_eq!(half.decision, Decision::PLAIN);
    assert!(tuned.decision.threshold < 0.5, "{}", tuned.decision.threshold);
    assert!(tuned.metrics["cv_f1_score"] > half.metrics["cv_f1_score"] + 0.02);
    // The learner is the same; only the decision differs.
    assert_eq!(tuned.part.model, half.part.model);
    assert!((tuned.metrics["cv_roc_auc"] - half.metrics["cv_roc_auc"]).abs() < 1e-12);
}

/// Numbers with gaps and two texts; `later` stands in the last 40 of 120 rows in place of what would follow.
fn uneven(later: Option<[&str; 2]>) -> Table {
    let mut text = "x,kind,y\n".to_owned();
    for row in 0..120_u32 {
        let x = if row % 7 == 3 { String::new() } else { format!("{}.25", row * 37 % 120) };
        let kind = ["plain", "fancy"][row as usize % 2];
        let y = u8::from(row * 37 % 120 + row * 31 % 50 > 85);
        match later.filter(|_| row >= 80) {
            Some([x, kind]) => text.push_str(&format!("{x},{kind},{y}\n")),
            None => text.push_str(&format!("{x},{kind},{y}\n")),
        }
    }
    read_csv(text.as_bytes()).unwrap()
}

/// Learns from the first 80 rows of a table, judges by the others; prepared as stated.
fn fold_of(table: &Table, preparation: PreparationSpec) -> FoldFit {
    let schema = schema(table);
    let rows = [Fold { train: (0..80).collect(), validation: (80..120).collect() }];
    let folds = Folds::new(table, &schema, &rows, preparation);
    let parameters = Parameters::defaults(Algorithm::LogisticRegression).unwrap();
    let fitted = folds.get(0).unwrap().fit(Learner::Parameters(&parameters), &Context::quiet(1)).unwrap();
    let Kept::All(kept) = folds.keep(u64::MAX).unwrap() else { panic!("they are small") };
    let again = kept[0].fit(Learner::Parameters(&parameters), &Context::quiet(1)).unwrap();
    assert_eq!((&again.fitted, &again.predictions), (&fitted.fitted, &fitted.predictions));
    fitted
}

#[test]
fn median_scale_and_levels_of_a_fold_come_from_its_training_rows_alone() {
    let median = PreparationSpec::default();
    for preparation in [
        median,
        PreparationSpec { missing: Missing::Mean, scaling: Scaling::MinMax, ..median },
        PreparationSpec { missing: Missing::MostFrequent, scaling: Scaling::Robust, ..median },
    ] {
        let usual = fold_of(&uneven(None), preparation);
        // Rows to judge by that would move every statistic, and bring a level of their own.
        for later in [["1e6", "strange"], ["-1e6", "plain"], ["", ""]] {
            let odd = fold_of(&uneven(Some(later)), preparation);
            assert_eq!(odd.fitted, usual.fitted, "{later:?} {preparation:?}");
            assert_ne!(odd.predictions, usual.predictions, "{later:?} {preparation:?}");
        }
        // x, whether it is missing, and each level that training has.
        assert_eq!(usual.fitted.model.columns(), 4);
    }
    // The same rows in the training part do move them: what is compared here can tell.
    let table = uneven(Some(["1e6", "strange"]));
    let all = FittedPart::fit(
        &table,
        &schema(&table),
        &(0..120).collect::<Vec<_>>(),
        &median,
        Learner::Prior,
        &Context::quiet(1),
    );
    assert_eq!(all.unwrap().preparation.output_names().len(), 5);
}

#[test]
fn isotonic_calibration_with_few_rows_names_the_number() {
    let few = Evaluation { calibration: Calibration::Isotonic, ..evaluation(None) };
    let error = fitted(&rare(500), &few).unwrap_err().to_string();
    assert!(error.contains("1000"), "{error}");
    let enough = fitted(&rare(1400), &few).unwrap();
    assert!(enough.decision.calibration.is_some());
}

#[test]
fn a_metric_an_average_or_a_threshold_that_makes_no_sense_is_refused_with_what_would() {
    let two = schema(&rare(100));
    let three = schema(&read_csv(b"x,y\n1,a\n2,b\n3,c\n4,a\n").unwrap());
    let numbers = schema(&read_csv(b"x,y\n1,1.5\n2,2.5\n3,3.25\n4,4.5\n").unwrap());
    let refused = |evaluation: &Evaluation, schema: &Schema| match Scoring::resolve(evaluation, schema) {
        Err(failure) => failure.to_string(),
        Ok(scoring) => panic!("{scoring:?}"),
    };
    assert!(refused(&evaluation(Some("beauty")), &two).contains("allowed: accuracy"));
    assert!(refused(&evaluation(Some("rmse")), &two).contains("roc_auc"));
    assert!(refused(&evaluation(Some("roc_auc")), &numbers).contains("rmse"));
    assert!(refused(&evaluation(Some("training_time")), &two).contains("can't rank"));
    let binary = Evaluation { average: Some(Average::Binary), ..evaluation(None) };
    assert!(refused(&binary, &three).contains("has 3; use Macro or Weighted"));
    let auto = Evaluation { threshold: Threshold::Auto, ..evaluation(None) };
    assert!(refused(&auto, &two).contains("roc_auc does not"));
    assert!(refused(&auto, &three).contains("needs two classes"));
    let platt = Evaluation { calibration: Calibration::Platt, ..evaluation(None) };
    assert!(refused(&platt, &numbers).contains("needs classes"));
}

#[test]
fn the_default_metric_follows_the_task() {
    let of =
        |csv: &str| Scoring::resolve(&evaluation(None), &schema(&read_csv(csv.as_bytes()).unwrap())).unwrap();
    let names = [of("x,y\n1,0\n2,1\n3,0\n"), of("x,y\n1,a\n2,b\n3,c\n"), of("x,y\n1,1.5\n2,2.5\n3,3.25\n")]
        .map(|scoring| (scoring.metric.to_string(), scoring.higher_is_better()));
    let wanted = [("roc_auc", true), ("log_loss", false), ("rmse", false)];
    assert_eq!(names, wanted.map(|(name, higher)| (name.to_owned(), higher)));
}
