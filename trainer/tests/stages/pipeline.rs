//! A pipeline as the operator drives it: validate, train, evaluate, each in a run of its own.

use podium_contract::{
    Candidate, Champion, Evaluated, JobDocument, Outcome, RESULT_TAG, Trained, VALIDATE_RESULT_TAG, Validated,
};
use podium_mlflow::{Client, ExperimentId, Run, RunId};

use super::{document, mlflow, pod};

/// A validated pipeline.
pub struct Pipeline {
    pub client: Client,
    pub experiment: ExperimentId,
    pub base: JobDocument,
    pub validated: Validated,
}

impl Pipeline {
    /// Validates the data; `change` may change the document before.
    pub async fn validated(
        name: &str,
        uri: &str,
        target: &str,
        change: impl FnOnce(&mut JobDocument),
    ) -> Self {
        let url = &mlflow::shared().url;
        let client = mlflow::client(url);
        let experiment = mlflow::experiment(&client, name).await;
        let parent = mlflow::create_run(&client, &experiment, "pipeline").await;
        let mut base = document::validate(url, &experiment, &parent, uri, target);
        change(&mut base);
        pod::run_well(&base).await;
        let run = client.get_run(&parent).await.unwrap();
        let Outcome::Validated(validated) = mlflow::outcome(&run, VALIDATE_RESULT_TAG) else {
            panic!("{run:?}")
        };
        Self { client, experiment, base, validated }
    }

    pub async fn run(&self, name: &str) -> RunId {
        mlflow::create_run(&self.client, &self.experiment, name).await
    }

    pub fn train_document(&self, run: &RunId, candidate: Candidate) -> JobDocument {
        document::train(&self.base, run, document::pinned(&self.validated), candidate)
    }

    pub async fn train(&self, candidate: &Candidate) -> (RunId, Run, Trained) {
        let id = self.run(&candidate.name).await;
        pod::run_well(&self.train_document(&id, candidate.clone())).await;
        let run = self.client.get_run(&id).await.unwrap();
        let Outcome::Trained(trained) = mlflow::outcome(&run, RESULT_TAG) else { panic!("{run:?}") };
        (id, run, trained)
    }

    pub fn evaluate_document(
        &self,
        run: &RunId,
        winner: (Candidate, &RunId, &Trained),
        champion: Option<Champion>,
    ) -> JobDocument {
        document::evaluate(&self.base, run, document::pinned(&self.validated), winner, champion)
    }

    pub async fn evaluate(
        &self,
        winner: (&Candidate, &RunId, &Trained),
        champion: Option<Champion>,
    ) -> (Run, Evaluated) {
        let id = self.run("evaluation").await;
        let document = self.evaluate_document(&id, (winner.0.clone(), winner.1, winner.2), champion);
        pod::run_well(&document).await;
        let run = self.client.get_run(&id).await.unwrap();
        let Outcome::Evaluated(evaluated) = mlflow::outcome(&run, RESULT_TAG) else { panic!("{run:?}") };
        (run, evaluated)
    }
}
