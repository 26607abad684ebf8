//! Twins that differ in nothing but the seed: a gate must not promote one over the other more often than its confidence allows.

use super::{Contest, Scored, compare};
use crate::fit::{FittedPart, Learner};
use podium_contract::ComparisonOutcome;
use podium_learners::{Algorithm, Context, Parameters};
use podium_tabular::metric::{Average, Rule};
use podium_tabular::prepare::PreparationSpec;
use podium_tabular::schema::{DataSpec, Schema};
use podium_tabular::table::{Table, read_csv};
use serde_json::json;

/// Rows that follow two of four columns, with noise.
fn table(seed: u64, rows: u64) -> Table {
    let mut text = "a,b,c,d,label\n".to_owned();
    for row in 0..rows {
        let uniform = |salt: u64| {
            let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
                ^ (row * 8 + salt).wrapping_mul(0xD134_2543_DE82_EF95);
            x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        };
        let [a, b, c, d, noise] = [0, 1, 2, 3, 4].map(uniform);
        let label = u8::from(a + b + 1.2 * (noise - 0.5) > 1.0);
        text.push_str(&format!("{a},{b},{c},{d},{label}\n"));
    }
    read_csv(text.as_bytes()).unwrap()
}

/// Whether the gate `minDelta: 0` at confidence 0.9 passes, and whether the plain difference does.
fn gate(seed: u64) -> (bool, bool) {
    let table = table(seed, 600);
    let schema =
        Schema::infer(&table, &DataSpec { target: "label".to_owned(), ..DataSpec::default() }).unwrap();
    let (training, holdout): (Vec<usize>, Vec<usize>) = (0..600).partition(|row| row % 3 != 0);
    let given = [("n_estimators".to_owned(), json!(10))].into();
    let parameters = Parameters::parse(Algorithm::RandomForest, &given).unwrap();
    let answers = |seed| {
        let learner = Learner::Parameters(&parameters);
        let spec = PreparationSpec::default();
        let part =
            FittedPart::fit(&table, &schema, &training, &spec, learner, &Context::quiet(seed)).unwrap();
        part.predict(&table, &holdout, None).unwrap()
    };
    let (one, other) = (answers(seed), answers(seed + 1_000_000));
    let rule = Rule { average: Average::Binary, threshold: 0.5 };
    let contest = Contest::on(&table, &schema, &holdout, seed).unwrap();
    let scored = |predictions| Scored { predictions, rule };
    let ComparisonOutcome::Compared { metrics, .. } = compare(&contest, scored(&one), scored(&other)) else {
        panic!()
    };
    let difference = &metrics["roc_auc"];
    (difference.lower_bound(0.9).unwrap() > 0.0, difference.improvement > 0.0)
}

#[test]
fn a_twin_passes_about_as_seldom_as_the_confidence_says() {
    const TRIALS: u64 = 120;
    let passes: Vec<(bool, bool)> = (0..TRIALS).map(gate).collect();
    let bounded = passes.iter().filter(|pass| pass.0).count();
    let plain = passes.iter().filter(|pass| pass.1).count();
    // Twelve are expected at 0.9; 24 are less likely than 1 in 1,000.
    assert!(bounded <= 24, "{bounded} of {TRIALS} twins passed at confidence 0.9");
    assert!(plain > 40, "{plain}: the point estimate alone would let about half of them pass");
}
