//! The operators, one method each: `[N]` is a value a row, `[N, k]` a row of `k` values.

use super::constant::length;
use super::{Bool, Builder, Element, F64, I64, ML, Number, Setting, Text, Value};

impl Builder {
    /// Another element type; double to float rounds to the nearest, ties to even.
    pub(crate) fn cast<A: Element, B: Element>(&mut self, value: &Value<A>) -> Value<B> {
        self.apply("Cast", "", &[value.name()], vec![Setting::int("to", B::TYPE as i64)])
    }

    /// `[N]` to `[N, 1]`.
    pub(crate) fn column<T: Element>(&mut self, value: &Value<T>) -> Value<T> {
        let axis = self.row::<I64>(&[1]);
        self.apply("Unsqueeze", "", &[value.name(), axis.name()], Vec::new())
    }

    /// `[N, 1]` to `[N]`.
    pub(crate) fn flat<T: Element>(&mut self, value: &Value<T>) -> Value<T> {
        let axis = self.row::<I64>(&[1]);
        self.apply("Squeeze", "", &[value.name(), axis.name()], Vec::new())
    }

    /// `[N, a]`, `[N, b]` … to `[N, a + b + …]`; one alone stays as it is.
    pub(crate) fn beside<T: Element>(&mut self, values: &[Value<T>]) -> Value<T> {
        if let [only] = values {
            return only.clone();
        }
        let names: Vec<&str> = values.iter().map(Value::name).collect();
        self.apply("Concat", "", &names, vec![Setting::int("axis", 1)])
    }

    /// The columns at these places, in this order: `[N, k]`.
    pub(crate) fn columns<T: Element>(&mut self, value: &Value<T>, places: &[usize]) -> Value<T> {
        let places = self.indices(places);
        self.apply("Gather", "", &[value.name(), places.name()], vec![Setting::int("axis", 1)])
    }

    /// One column as `[N]`.
    pub(crate) fn column_at<T: Element>(&mut self, value: &Value<T>, place: usize) -> Value<T> {
        let place = self.scalar::<I64>(length(place));
        self.apply("Gather", "", &[value.name(), place.name()], vec![Setting::int("axis", 1)])
    }

    /// The elements of a constant row at run-time indices, in the indices' shape.
    pub(crate) fn look_up<T: Element>(&mut self, table: &Value<T>, index: &Value<I64>) -> Value<T> {
        self.apply("Gather", "", &[table.name(), index.name()], vec![Setting::int("axis", 0)])
    }

    pub(crate) fn is_nan<T: Number>(&mut self, value: &Value<T>) -> Value<Bool> {
        self.apply("IsNaN", "", &[value.name()], Vec::new())
    }

    /// `a` where the condition holds, else `b`.
    pub(crate) fn select<T: Element>(&mut self, when: &Value<Bool>, a: &Value<T>, b: &Value<T>) -> Value<T> {
        self.apply("Where", "", &[when.name(), a.name(), b.name()], Vec::new())
    }

    pub(crate) fn add<T: Number>(&mut self, a: &Value<T>, b: &Value<T>) -> Value<T> {
        self.apply("Add", "", &[a.name(), b.name()], Vec::new())
    }

    pub(crate) fn subtract<T: Number>(&mut self, a: &Value<T>, b: &Value<T>) -> Value<T> {
        self.apply("Sub", "", &[a.name(), b.name()], Vec::new())
    }

    pub(crate) fn multiply<T: Number>(&mut self, a: &Value<T>, b: &Value<T>) -> Value<T> {
        self.apply("Mul", "", &[a.name(), b.name()], Vec::new())
    }

    pub(crate) fn divide<T: Number>(&mut self, a: &Value<T>, b: &Value<T>) -> Value<T> {
        self.apply("Div", "", &[a.name(), b.name()], Vec::new())
    }

    pub(crate) fn floor(&mut self, value: &Value<F64>) -> Value<F64> {
        self.apply("Floor", "", &[value.name()], Vec::new())
    }

    pub(crate) fn logarithm(&mut self, value: &Value<F64>) -> Value<F64> {
        self.apply("Log", "", &[value.name()], Vec::new())
    }

    pub(crate) fn clip<T: Number>(&mut self, value: &Value<T>, low: T::Native, high: T::Native) -> Value<T> {
        let (low, high) = (self.scalar::<T>(low), self.scalar::<T>(high));
        self.apply("Clip", "", &[value.name(), low.name(), high.name()], Vec::new())
    }

    pub(crate) fn equal<T: Number>(&mut self, a: &Value<T>, b: &Value<T>) -> Value<Bool> {
        self.apply("Equal", "", &[a.name(), b.name()], Vec::new())
    }

    pub(crate) fn at_least<T: Number>(&mut self, a: &Value<T>, b: &Value<T>) -> Value<Bool> {
        self.apply("GreaterOrEqual", "", &[a.name(), b.name()], Vec::new())
    }

    /// Sum over each row: `[N, k]` to `[N, 1]`.
    pub(crate) fn row_sum<T: Number>(&mut self, value: &Value<T>) -> Value<T> {
        let axis = self.row::<I64>(&[1]);
        self.apply("ReduceSum", "", &[value.name(), axis.name()], vec![Setting::int("keepdims", 1)])
    }

    /// Index of the largest value of each row, the first of equals: `[N, k]` to `[N]`.
    pub(crate) fn first_largest(&mut self, value: &Value<F64>) -> Value<I64> {
        let settings =
            vec![Setting::int("axis", 1), Setting::int("keepdims", 0), Setting::int("select_last_index", 0)];
        self.apply("ArgMax", "", &[value.name()], settings)
    }

    /// `[N, k] · [k, m] + [m]`.
    pub(crate) fn affine(&mut self, x: &Value<F64>, weights: &Value<F64>, bias: &Value<F64>) -> Value<F64> {
        let product: Value<F64> = self.apply("MatMul", "", &[x.name(), weights.name()], Vec::new());
        self.add(&product, bias)
    }

    pub(crate) fn relu(&mut self, value: &Value<F64>) -> Value<F64> {
        self.apply("Relu", "", &[value.name()], Vec::new())
    }

    pub(crate) fn tanh(&mut self, value: &Value<F64>) -> Value<F64> {
        self.apply("Tanh", "", &[value.name()], Vec::new())
    }

    pub(crate) fn sigmoid(&mut self, value: &Value<F64>) -> Value<F64> {
        self.apply("Sigmoid", "", &[value.name()], Vec::new())
    }

    /// Over each row.
    pub(crate) fn softmax(&mut self, value: &Value<F64>) -> Value<F64> {
        self.apply("Softmax", "", &[value.name()], vec![Setting::int("axis", 1)])
    }

    /// A constant row `[k]` for every row of `like`, which is `[N]`: `[N, k]`.
    pub(crate) fn repeat<L: Element>(
        &mut self,
        constant: &Value<F64>,
        width: usize,
        like: &Value<L>,
    ) -> Value<F64> {
        let rows: Value<I64> = self.apply("Shape", "", &[like.name()], Vec::new());
        let width = self.indices(&[width]);
        let shape: Value<I64> =
            self.apply("Concat", "", &[rows.name(), width.name()], vec![Setting::int("axis", 0)]);
        self.apply("Expand", "", &[constant.name(), shape.name()], Vec::new())
    }

    /// The number of each text, -1 for a text that is not listed. Texts compare byte by byte.
    pub(crate) fn number_of_text(&mut self, value: &Value<Text>, texts: &[(&str, i64)]) -> Value<I64> {
        let settings = vec![
            Setting::texts("keys_strings", texts.iter().map(|(text, _)| *text)),
            Setting::ints("values_int64s", texts.iter().map(|&(_, number)| number).collect()),
            Setting::int("default_int64", -1),
        ];
        self.apply("LabelEncoder", ML, &[value.name()], settings)
    }
}
