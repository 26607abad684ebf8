//! The parts of a model that serde writes, by position. Fields may be appended with a default; any other change is a new file version.

use std::borrow::Cow;
use std::collections::BTreeMap;

use podium_learners::Model;
use podium_tabular::metric::{Average, MetricName};
use podium_tabular::prepare::FittedPreparation;
use podium_tabular::schema::Schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Body, Own};
use crate::fit::Decision;

/// With a learner of ours.
#[derive(Serialize, Deserialize)]
pub(super) struct OwnBody<'a> {
    trainer: Cow<'a, str>,
    algorithm: Cow<'a, str>,
    parameters: Cow<'a, BTreeMap<String, Value>>,
    metric: MetricName,
    average: Average,
    data_digest: Cow<'a, str>,
    schema: Cow<'a, Schema>,
    preparation: Cow<'a, FittedPreparation>,
    learner: Cow<'a, Model>,
    decision: Cow<'a, Decision>,
}

impl<'a> OwnBody<'a> {
    pub fn of(body: &'a Body, own: &'a Own) -> Self {
        Self {
            trainer: Cow::Borrowed(&body.trainer),
            algorithm: Cow::Borrowed(&body.algorithm),
            parameters: Cow::Borrowed(&body.parameters),
            metric: body.metric,
            average: body.average,
            data_digest: Cow::Borrowed(&body.data_digest),
            schema: Cow::Borrowed(&body.schema),
            preparation: Cow::Borrowed(&own.preparation),
            learner: Cow::Borrowed(&own.learner),
            decision: Cow::Borrowed(&body.decision),
        }
    }

    pub fn parts(self) -> (Body, Own) {
        let own = Own { preparation: self.preparation.into_owned(), learner: self.learner.into_owned() };
        let body = Body {
            trainer: self.trainer.into_owned(),
            algorithm: self.algorithm.into_owned(),
            parameters: self.parameters.into_owned(),
            metric: self.metric,
            average: self.average,
            data_digest: self.data_digest.into_owned(),
            schema: self.schema.into_owned(),
            decision: self.decision.into_owned(),
        };
        (body, own)
    }
}

/// Without one: an ONNX file stands beside it.
#[derive(Serialize, Deserialize)]
pub(super) struct ForeignBody<'a> {
    trainer: Cow<'a, str>,
    algorithm: Cow<'a, str>,
    parameters: Cow<'a, BTreeMap<String, Value>>,
    metric: MetricName,
    average: Average,
    data_digest: Cow<'a, str>,
    schema: Cow<'a, Schema>,
    decision: Cow<'a, Decision>,
}

impl<'a> ForeignBody<'a> {
    pub fn of(body: &'a Body) -> Self {
        Self {
            trainer: Cow::Borrowed(&body.trainer),
            algorithm: Cow::Borrowed(&body.algorithm),
            parameters: Cow::Borrowed(&body.parameters),
            metric: body.metric,
            average: body.average,
            data_digest: Cow::Borrowed(&body.data_digest),
            schema: Cow::Borrowed(&body.schema),
            decision: Cow::Borrowed(&body.decision),
        }
    }

    pub fn body(self) -> Body {
        Body {
            trainer: self.trainer.into_owned(),
            algorithm: self.algorithm.into_owned(),
            parameters: self.parameters.into_owned(),
            metric: self.metric,
            average: self.average,
            data_digest: self.data_digest.into_owned(),
            schema: self.schema.into_owned(),
            decision: self.decision.into_owned(),
        }
    }
}
