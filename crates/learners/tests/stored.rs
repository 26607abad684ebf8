//! Models as files: what is read back predicts the same, and a damaged model is an error.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod common;

use common::{classes, features, train, values};
use podium_learners::{Activation, Algorithm, Layer, MlpModel, MlpOutput, Model, TrainingSet, fit_prior};
use serde_json::{Value, json};

fn models() -> Vec<Model> {
    let x = features(80, 3, 1);
    let target = classes(&x, 3);
    let layer = |inputs, outputs| {
        let weights = (0..inputs * outputs).map(|i| common::noise(i as u64) as f32 - 0.5).collect();
        Layer::new(inputs, outputs, weights, vec![0.1; outputs]).unwrap()
    };
    vec![
        train(Algorithm::LogisticRegression, "{}", &x, &target, None).model,
        train(Algorithm::LinearRegression, "{}", &x, &values(&x), None).model,
        train(Algorithm::RandomForest, r#"{"n_estimators": 4}"#, &x, &target, None).model,
        train(Algorithm::RandomForest, r#"{"n_estimators": 4}"#, &x, &values(&x), None).model,
        Model::Mlp(
            MlpModel::new(vec![layer(3, 5), layer(5, 3)], Activation::Tanh, MlpOutput::Softmax).unwrap(),
        ),
        fit_prior(&TrainingSet::new(&x, &target, None).unwrap()).model,
    ]
}

#[test]
fn a_model_read_back_predicts_the_same() {
    let x = features(50, 3, 2);
    for model in models() {
        let text = serde_json::to_string(&model).unwrap();
        let back: Model = serde_json::from_str(&text).unwrap();
        common::assert_close(back.predict(&x).unwrap().values(), model.predict(&x).unwrap().values(), 1e-12);
        assert_eq!(
            (back.columns(), back.classes(), back.task()),
            (model.columns(), model.classes(), model.task())
        );
    }
}

fn refusal(model: &Model, damage: impl Fn(&mut Value)) -> String {
    let mut stored = serde_json::to_value(model).unwrap();
    damage(&mut stored);
    serde_json::from_value::<Model>(stored).unwrap_err().to_string()
}

#[test]
fn damaged_models_are_refused() {
    let models = models();
    let message = refusal(&models[0], |model| model["Logistic"]["intercepts"] = json!([1.0]));
    assert_eq!(message, "logistic model: wrong number of coefficients or intercepts");
    let message = refusal(&models[0], |model| model["Logistic"]["fitted"] = json!([0, 1, 7]));
    assert_eq!(message, "logistic model: fitted classes must be at least two, ascending and known");
    let loops = |model: &mut Value| model["Forest"]["trees"][1]["children"][0] = json!(0);
    assert_eq!(refusal(&models[2], loops), "tree: a node points outside the tree, or back");
    let column = |model: &mut Value| model["Forest"]["trees"][0]["features"][0] = json!(9);
    let message = refusal(&models[2], column);
    assert_eq!(message, "forest: a tree names a column that is not there, or its leaves have another size");
    let message = refusal(&models[4], |model| model["Mlp"]["layers"][0]["bias"] = json!([0.0]));
    assert_eq!(message, "layer: wrong number of weights, or one that is not finite");
    let message = refusal(&models[4], |model| model["Mlp"]["output"] = json!("Identity"));
    assert_eq!(message, "perceptron: its layers don't fit each other");
}
