use serde_json::json;

use super::*;
use crate::Value;
use crate::rng::Random;

fn mixed() -> Space {
    Space::new(vec![
        Parameter::double("rate", 1e-4, 0.3).log(),
        Parameter::double("share", 0.0, 0.3).step(0.1),
        Parameter::int("leaves", 8, 256).log(),
        Parameter::int("trees", 50, 300).step(50.0),
        Parameter::categorical("booster", [json!("gbdt"), json!(2), json!(true), json!(null)]),
        Parameter::double("drop", -0.5, 0.5).when("booster", [json!(2), json!(true)]),
        Parameter::int("depth", 1, 3).when("trees", [50, 100]),
    ])
    .unwrap()
}

fn reasons(parameters: Vec<Parameter>) -> Vec<Reason> {
    Space::new(parameters).unwrap_err().0.into_iter().map(|violation| violation.reason).collect()
}

#[test]
fn every_violation_of_a_space_is_told_with_its_parameter_and_its_values() {
    let error = Space::new(vec![
        Parameter::double("a", 1.0, 0.0),
        Parameter::double("b", 0.0, 1.0).log(),
        Parameter::categorical("c", ["only"]),
    ])
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid search space: parameter \"a\": min 1 must be below max 0; parameter \"b\": a log scale needs min above 0, found 0; \
         parameter \"c\": a categorical parameter needs at least 2 values, found 1"
    );
}

#[test]
fn a_space_needs_parameters_with_names_of_their_own() {
    assert_eq!(reasons(vec![]), [Reason::EmptySpace]);
    assert_eq!(reasons(vec![Parameter::double("", 0.0, 1.0)]), [Reason::EmptyName]);
    assert_eq!(
        reasons(vec![Parameter::double("a", 0.0, 1.0), Parameter::int("a", 0, 1)]),
        [Reason::RepeatedName]
    );
}

#[test]
fn bounds_scales_and_steps_that_make_no_sense_are_refused() {
    let cases = [
        (Parameter::double("p", f64::MIN, f64::MAX), Reason::NotFinite { min: f64::MIN, max: f64::MAX }),
        (Parameter::int("p", 3, 3), Reason::Bounds { min: 3.0, max: 3.0 }),
        (Parameter::int("p", 0, i64::MAX), Reason::TooLarge { min: 0, max: i64::MAX }),
        (Parameter::int("p", 0, 9).log(), Reason::LogFrom { min: 0.0, at_least: "of at least 1" }),
        (Parameter::double("p", 1.0, 9.0).log().step(1.0), Reason::StepOnLog),
        (Parameter::int("p", 1, 9).log().step(2.0), Reason::StepOnLog),
        (Parameter::double("p", 0.0, 1.0).step(0.0), Reason::Step { step: 0.0 }),
        (Parameter::double("p", 0.0, 1.0).step(f64::INFINITY), Reason::Step { step: f64::INFINITY }),
        (Parameter::int("p", 0, 9).step(10.0), Reason::Step { step: 10.0 }),
        (Parameter::categorical("p", [json!(1), json!(1.0)]), Reason::RepeatedValue { value: json!(1.0) }),
        (Parameter::categorical("p", [json!(1), json!([2])]), Reason::NotScalar { value: json!([2]) }),
    ];
    for (parameter, reason) in cases {
        assert_eq!(reasons(vec![parameter]), [reason]);
    }
}

#[test]
fn a_step_of_an_int_that_is_no_whole_number_is_refused_and_not_cut_to_one() {
    let trees = |step: f64| Parameter::int("trees", 50, 300).step(step);
    assert_eq!(
        Space::new(vec![trees(2.5)]).unwrap_err().to_string(),
        "invalid search space: parameter \"trees\": step 2.5 of an int parameter must be a whole number, at least 1 and at most \
         max - min"
    );
    for step in [0.5, -2.5, 1e300, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(reasons(vec![trees(step)]), [Reason::WholeStep { step }]);
    }
    assert!(Space::new(vec![trees(f64::NAN)]).is_err());
    // The last word counts, and a parameter that was written down is no better than it was.
    assert_eq!(Space::new(vec![trees(2.5).step(2.0)]), Space::new(vec![trees(2.0)]));
    let written = json!([trees(2.5)]);
    assert!(serde_json::from_value::<Space>(written).is_err());
    let stated = json!([{"name": "trees", "int": {"min": 50, "max": 300, "step": 2.5}}]);
    assert!(serde_json::from_value::<Space>(stated).is_err());
}

#[test]
fn conditions_form_a_forest_over_values_that_exist() {
    let on =
        |parent: &str, value: serde_json::Value| Parameter::double("child", 0.0, 1.0).when(parent, [value]);
    let with = |child| reasons(vec![Parameter::double("x", 0.0, 1.0), Parameter::int("n", 1, 3), child]);
    assert_eq!(with(on("y", json!(1))), [Reason::UnknownParent { parent: "y".into() }]);
    assert_eq!(with(on("x", json!(1))), [Reason::DoubleParent { parent: "x".into() }]);
    assert_eq!(with(on("n", json!(4))), [Reason::ConditionValue { parent: "n".into(), value: json!(4) }]);
    let none = Parameter::double("child", 0.0, 1.0).when("n", Vec::<i64>::new());
    assert_eq!(with(none), [Reason::NoConditionValues { parent: "n".into() }]);
    let round = vec![
        Parameter::int("a", 1, 3).when("b", [1]),
        Parameter::int("b", 1, 3).when("a", [1]),
        Parameter::int("c", 1, 3).when("a", [1]),
    ];
    assert_eq!(reasons(round), [Reason::Cycle, Reason::Cycle, Reason::Cycle]);
}

#[test]
fn a_space_is_written_and_read_as_parameters() {
    let written = json!([
        {"name": "rate", "double": {"min": 0.0001, "max": 0.3, "scale": "Log"}},
        {"name": "trees", "int": {"min": 50, "max": 300, "scale": "Linear", "step": 50}},
        {"name": "booster", "categorical": {"values": ["gbdt", "dart"]}},
        {"name": "drop", "double": {"min": 0.0, "max": 0.5, "scale": "Linear"},
         "when": {"parameter": "booster", "in": ["dart"]}},
    ]);
    let space: Space = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&space).unwrap(), written);
}

#[test]
fn a_point_is_read_into_the_types_and_spellings_of_the_space() {
    let values = json!({"rate": 0.3, "share": 0.300_000_000_1, "leaves": 8.0, "trees": 300, "booster": 2.0, "drop": -0.0});
    let point = mixed().read(values.as_object().unwrap()).unwrap();
    assert_eq!(
        serde_json::Value::from(point.to_json()),
        json!({"rate": 0.3, "share": 0.3, "leaves": 8, "trees": 300, "booster": 2, "drop": 0.0})
    );
    assert_eq!(point["leaves"], Value::Int(8));
}

#[test]
fn a_value_that_does_not_fit_is_refused_by_name() {
    let good = json!({"rate": 0.1, "share": 0.1, "leaves": 8, "trees": 300, "booster": "gbdt"});
    let with = |name: &str, value: serde_json::Value| {
        let mut values = good.as_object().unwrap().clone();
        values.insert(name.into(), value);
        mixed().read(&values).unwrap_err().to_string()
    };
    assert_eq!(with("color", json!(1)), "\"color\" is no parameter of this space");
    assert_eq!(with("rate", json!(0.4)), "parameter \"rate\": 0.4 is not a number from 0.0001 to 0.3");
    assert_eq!(
        with("share", json!(0.15)),
        "parameter \"share\": 0.15 is not a number from 0 to 0.3 in steps of 0.1"
    );
    assert_eq!(with("leaves", json!(8.5)), "parameter \"leaves\": 8.5 is not a whole number from 8 to 256");
    assert_eq!(
        with("trees", json!(60)),
        "parameter \"trees\": 60 is not a whole number from 50 to 300 in steps of 50"
    );
    assert_eq!(
        with("booster", json!("dart")),
        "parameter \"booster\": \"dart\" is not one of \"gbdt\", 2, true, null"
    );
    assert_eq!(
        with("drop", json!(0.1)),
        "parameter \"drop\" has a value, but its condition on \"booster\" does not hold"
    );
    assert_eq!(with("booster", json!(true)), "parameter \"drop\" is active and has no value");
}

#[test]
fn random_points_survive_the_way_out_and_back_bit_by_bit() {
    let space = mixed();
    let mut random = Random::new(1, 0, "test");
    for _ in 0..2_000 {
        let row = space.canonical(&space.draw(&mut random));
        let point = space.point(&row);
        let text = serde_json::to_string(&point).unwrap();
        let again = space.read(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(again, point);
        assert_eq!(key(&space.row(&again).unwrap()), key(&row));
    }
}

#[test]
fn each_integer_gets_an_equal_share_on_a_linear_scale_the_ends_too() {
    let space = Space::new(vec![Parameter::int("n", 1, 4)]).unwrap();
    let mut random = Random::new(1, 1, "test");
    let mut counts = [0_u32; 5];
    for _ in 0..8_000 {
        if let Value::Int(number) = space.point(&space.draw(&mut random))["n"] {
            counts[usize::try_from(number).unwrap()] += 1;
        }
    }
    assert!(counts[1..].iter().all(|count| (1_850..2_150).contains(count)), "{counts:?}");
}

#[test]
fn an_inactive_number_is_the_middle_and_an_inactive_category_a_level_of_its_own() {
    let space = Space::new(vec![
        Parameter::categorical("a", ["x", "y"]),
        Parameter::double("number", 0.0, 4.0).when("a", ["x"]),
        Parameter::categorical("word", ["p", "q", "r"]).when("a", ["x"]),
    ])
    .unwrap();
    assert_eq!(space.features(&[Some(1.0), None, None]), [1.0, 0.5, 3.0]);
    assert_eq!(space.features(&[Some(0.0), Some(1.0), Some(2.0)]), [0.0, 0.25, 2.0]);
}

#[test]
fn settling_switches_children_on_and_off_with_their_parents() {
    let space = mixed();
    let mut row = space.draw(&mut Random::new(1, 2, "test"));
    row[3] = Some(0.0);
    row[4] = Some(1.0);
    space.settle(&mut row, |index| space.dimensions()[index].at_unit(1.0));
    assert!(row[5].is_some() && row[6].is_some());
    row[3] = Some(2.0);
    row[4] = Some(0.0);
    space.settle(&mut row, |_| panic!("nothing to fill"));
    assert_eq!((row[5], row[6]), (None, None));
}

#[test]
fn a_finite_space_is_counted_with_its_conditions_and_every_index_is_another_point() {
    let space = Space::new(vec![
        Parameter::categorical("kind", ["a", "b", "c"]),
        Parameter::int("n", 1, 5),
        Parameter::int("under_a", 1, 4).when("kind", ["a"]),
        Parameter::categorical("under_a_too", [1, 2]).when("kind", ["a", "c"]),
        Parameter::int("deep", 1, 3).when("under_a", [2, 4]),
    ])
    .unwrap();
    // kind a: (2 + 2 x 3) x 2, b: 1, c: 2; times n.
    assert_eq!(space.count(), Some((16 + 1 + 2) * 5));
    let lattice = Lattice::of_all(&space).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for index in 0..lattice.count() {
        let row = lattice.at(index);
        assert_eq!(space.row(&space.point(&row)), Some(row.clone()));
        seen.insert(key(&row));
    }
    assert_eq!(seen.len(), 95);
}

#[test]
fn a_space_with_a_plain_double_or_with_too_many_points_is_not_counted() {
    assert_eq!(mixed().count(), None);
    let wide = |count: i64| {
        Space::new((0..count).map(|n| Parameter::int(format!("p{n}"), 1, 1_000)).collect()).unwrap()
    };
    assert_eq!(wide(4).count(), Some(1_000_000_000_000));
    assert_eq!(wide(50).count(), None);
}
