//! What users and trainers put there.

use std::collections::BTreeMap;

use podium_contract::{
    Comparison, ComparisonOutcome, Difference, Evaluated, Evidence, Outcome, RESULT_TAG, Reference,
    StageResult,
};

use super::*;
use crate::api::labels;
use crate::plan::{MetricFact, RunState};

impl World {
    /// A ModelVersion of these sources and gates.
    pub fn apply(&mut self, name: &str, spec: serde_json::Value) -> usize {
        let mut object = ModelVersion::new(name, serde_json::from_value(spec).unwrap());
        object.metadata.namespace = Some("ml".into());
        object.metadata.uid = Some(format!("uid-{name}"));
        object.metadata.generation = Some(1);
        let status = ModelVersionStatus::default();
        self.objects.push(Object { object, status, finalizer: false, deleted_at: None, gone: false });
        self.objects.len() - 1
    }

    /// A ModelVersion of a run with one absolute gate, promoted by itself.
    pub fn auto(&mut self, name: &str, run: &str) -> usize {
        self.apply(
            name,
            serde_json::json!({
            "registeredModel": "churn", "source": {"runID": run},
            "gates": [{"name": "quality", "metric": "auc", "min": "0.65"}], "promotion": {"mode": "Auto"}}),
        )
    }

    pub fn annotate(&mut self, index: usize, action: &str) {
        let annotations = BTreeMap::from([(labels::ACTION.to_owned(), action.to_owned())]);
        self.objects[index].object.metadata.annotations = Some(annotations);
    }

    pub fn edit(&mut self, index: usize, edit: impl FnOnce(&mut crate::api::ModelVersionSpec)) {
        let metadata = &mut self.objects[index].object.metadata;
        metadata.generation = metadata.generation.map(|generation| generation + 1);
        edit(&mut self.objects[index].object.spec);
    }

    /// A finished run of anybody.
    pub fn run(&mut self, id: &str, auc: f64) {
        let uri = format!("mlflow-artifacts:/1/{id}/artifacts");
        self.files.insert(format!("{uri}/model"), format!("files-{id}"));
        let metrics = BTreeMap::from([("auc".to_owned(), MetricFact { value: auc, step: 1, timestamp: 7 })]);
        let run = RunFacts {
            run_id: id.into(),
            experiment_id: "1".into(),
            experiment: "ml/churn".into(),
            state: RunState::Finished,
            deleted: false,
            artifact_uri: uri,
            tags: Tags::new(),
            metrics,
        };
        self.runs.insert(id.into(), run);
    }

    /// A run of our trainer, compared with a champion.
    pub fn trained(&mut self, id: &str, auc: f64, champion: Option<(&str, f64)>) {
        self.run(id, auc);
        let comparisons = champion.map(|(version, improvement)| Comparison {
            reference: Reference::Champion,
            version: Some(version.to_owned()),
            outcome: ComparisonOutcome::Compared {
                rows: 200,
                metrics: BTreeMap::from([(
                    "auc".to_owned(),
                    Difference {
                        winner: auc,
                        reference: auc - improvement,
                        improvement,
                        quantiles: vec![improvement; 999],
                    },
                )]),
            },
        });
        let evidence = Evidence {
            version: 1,
            attempt: 1,
            evaluation_digest: "rows".into(),
            model_digest: format!("files-{id}"),
            metrics: BTreeMap::from([("auc".to_owned(), auc)]),
            comparisons: comparisons.into_iter().collect(),
        };
        let result = StageResult {
            version: 1,
            attempt: 1,
            outcome: Outcome::Evaluated(Evaluated {
                metric: "auc".into(),
                higher_is_better: true,
                score: Some(auc),
                baseline: None,
                dummy: None,
                metrics: BTreeMap::new(),
                evaluation_digest: "rows".into(),
                model_digest: format!("files-{id}"),
                evidence_digest: format!("proof-{id}"),
                holdout_rows: 200,
                champion: champion.map(|(version, _)| version.to_owned()),
            }),
        };
        let tag = serde_json::to_string(&result).unwrap();
        self.runs.get_mut(id).unwrap().tags.insert(RESULT_TAG.into(), tag);
        let facts = EvidenceFacts { digest: format!("proof-{id}"), evidence: Ok(evidence) };
        self.evidence.insert(id.into(), facts);
    }

    /// A version that somebody registered from a run without us, with or without the alias.
    pub fn registered(&mut self, run: &str, alias: Option<&str>) {
        self.model.get_or_insert_default();
        let uri = format!("{}/model", self.runs[run].artifact_uri);
        let version = Registered { key: None, run_id: Some(run.into()), uri, tags: Tags::new() };
        if let Some(alias) = alias {
            self.aliases.insert(alias.into(), self.next.to_string());
        }
        self.versions.insert(self.next, version);
        self.next += 1;
    }
}
