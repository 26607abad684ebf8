//! A small typed builder of ONNX graphs: a value carries its element type, so a node of wrong types doesn't compile.
//! It knows operators and shapes, nothing of preparation or learners.

mod attribute;
mod constant;
mod element;
mod operator;
mod tree;

use std::collections::HashSet;
use std::marker::PhantomData;

pub(crate) use attribute::Setting;
pub(crate) use constant::length;
pub(crate) use element::{Bool, Element, F32, F64, I64, Number, Text};
pub(crate) use tree::Trees;

use crate::message::{
    Dimension, Extent, Graph, Model, Node, OperatorSet, Shape, Tensor, TensorType, Type, ValueInfo,
};

/// Operator sets and file version: what onnxruntime, Triton and MLflow's `onnx` flavor all read.
const ONNX_OPSET: i64 = 17;
const ML_OPSET: i64 = 3;
const IR_VERSION: i64 = 8;
/// Domain of the operators of classical machine learning.
pub(crate) const ML: &str = "ai.onnx.ml";
/// Name of the dimension that all inputs and outputs share.
const ROWS: &str = "N";
/// Beginning of the names of inner values; what follows is a number.
const INNER: &str = "podium.";

/// A value in the graph: an input, a constant or what a node gives.
#[derive(Debug, Clone)]
pub(crate) struct Value<T> {
    name: String,
    element: PhantomData<T>,
}

impl<T> Value<T> {
    fn named(name: String) -> Self {
        Self { name, element: PhantomData }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// A graph that grows.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    graph: Graph,
    taken: HashSet<String>,
    made: usize,
    single: bool,
}

impl Builder {
    /// A builder for a graph with these inputs.
    pub(crate) fn with_inputs<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let taken: HashSet<String> = names.into_iter().map(str::to_owned).collect();
        Self { single: taken.len() == 1, taken, ..Self::default() }
    }

    /// An input of one value a row, `[N]`, and what people should know of it. A single input is declared `[N, 1]`: that is
    /// how MLflow feeds it.
    pub(crate) fn input<T: Element>(&mut self, name: &str, meaning: &str) -> Value<T> {
        let value = Value::named(name.to_owned());
        if self.single {
            self.graph.input.push(declaration::<T>(name, &[rows(), one()], Some(meaning)));
            return self.flat(&value);
        }
        self.graph.input.push(declaration::<T>(name, &[rows()], Some(meaning)));
        value
    }

    /// Declares an output of one value a row; returns its name, with `_` behind it where an input has that name.
    pub(crate) fn output<T: Element>(&mut self, wanted: &str, value: &Value<T>) -> String {
        let mut name = wanted.to_owned();
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        let node = node("Identity", "", vec![value.name.clone()], name.clone(), Vec::new());
        self.graph.node.push(node);
        self.graph.output.push(declaration::<T>(&name, &[rows()], None));
        name
    }

    /// Appends a node; the caller answers for the type of what it gives.
    fn apply<T: Element>(
        &mut self,
        operator: &str,
        domain: &str,
        inputs: &[&str],
        settings: Vec<Setting>,
    ) -> Value<T> {
        let output = self.fresh_name();
        let inputs = inputs.iter().map(|&name| name.to_owned()).collect();
        self.graph.node.push(node(operator, domain, inputs, output.clone(), settings));
        Value::named(output)
    }

    fn constant<T>(&mut self, mut tensor: Tensor) -> Value<T> {
        let name = self.fresh_name();
        tensor.name = Some(name.clone());
        self.graph.initializer.push(tensor);
        Value::named(name)
    }

    fn fresh_name(&mut self) -> String {
        loop {
            self.made += 1;
            let name = format!("{INNER}{}", self.made);
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }

    /// The file around the graph.
    pub(crate) fn finish(self, name: &str) -> Model {
        let graph = Graph { name: Some(name.to_owned()), ..self.graph };
        Model {
            ir_version: Some(IR_VERSION),
            opset_import: vec![operator_set("", ONNX_OPSET), operator_set(ML, ML_OPSET)],
            producer_name: Some("podium".to_owned()),
            producer_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            graph: Some(graph),
        }
    }
}

fn operator_set(domain: &str, version: i64) -> OperatorSet {
    OperatorSet { domain: Some(domain.to_owned()), version: Some(version) }
}

fn node(operator: &str, domain: &str, input: Vec<String>, output: String, settings: Vec<Setting>) -> Node {
    Node {
        name: Some(format!("{operator}:{output}")),
        input,
        output: vec![output],
        op_type: Some(operator.to_owned()),
        attribute: settings.into_iter().map(Setting::into_attribute).collect(),
        domain: Some(domain.to_owned()),
    }
}

fn rows() -> Extent {
    Extent::Named(ROWS.to_owned())
}

fn one() -> Extent {
    Extent::Known(1)
}

fn declaration<T: Element>(name: &str, shape: &[Extent], meaning: Option<&str>) -> ValueInfo {
    let dim = shape.iter().map(|extent| Dimension { value: Some(extent.clone()) }).collect();
    let tensor = TensorType { elem_type: Some(T::TYPE as i32), shape: Some(Shape { dim }) };
    ValueInfo {
        name: Some(name.to_owned()),
        r#type: Some(Type { tensor_type: Some(tensor) }),
        doc_string: meaning.map(str::to_owned),
    }
}
