//! Scripts: what a user does, one step after the other, each followed by all that happens by itself.

use serde_json::Value;

use crate::api_server::Id;
use crate::ending::Ending;
use crate::sample;
use crate::world::World;

/// What a user does.
pub type Act = fn(&mut World);

impl World {
    /// Ends the step at which this world is, and notes how it ended.
    pub async fn end_step(&mut self) -> Ending {
        self.settle().await;
        // What a dead process left in MLflow is old enough to be judged.
        let before = self.with(|state| {
            state.pass(180);
            state.injector.writes.len()
        });
        self.sweep().await;
        if self.with(|state| state.injector.writes.len()) > before {
            self.settle().await;
        }
        self.with(|state| Ending::of(state))
    }

    /// Plays a script from the next step on; the end of each step.
    pub async fn play(&mut self, script: &[Act]) -> Vec<Ending> {
        let mut endings = Vec::new();
        while let Some(act) = script.get(self.step) {
            act(self);
            endings.push(self.end_step().await);
            self.step += 1;
        }
        endings
    }

    /// Creates a pipeline.
    pub fn create(&mut self, pipeline: Value) {
        let name = pipeline["metadata"]["name"].as_str().unwrap().to_owned();
        self.with(|state| {
            let id = Id::new("trainingpipelines", "ml", &name);
            state.cluster.create(&id, pipeline, state.now).unwrap()
        });
    }

    /// Creates the sample pipeline and goes on until nothing more happens.
    pub async fn run_sample(&mut self) {
        self.create(sample::pipeline("churn"));
        self.settle().await;
    }

    /// Creates a sweep.
    pub fn create_sweep(&mut self, sweep: Value) {
        let name = sweep["metadata"]["name"].as_str().unwrap().to_owned();
        self.with(|state| {
            let id = Id::new("hyperparametersweeps", "ml", &name);
            state.cluster.create(&id, sweep, state.now).unwrap()
        });
    }

    /// Changes the sweep as a user does.
    pub fn edit_sweep(&mut self, change: impl FnOnce(&mut Value)) {
        self.with(|state| state.cluster.edit(&Id::new("hyperparametersweeps", "ml", "tune"), change));
    }

    /// Changes the pipeline as a user does.
    pub fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        self.with(|state| state.cluster.edit(&Id::new("trainingpipelines", "ml", "churn"), change));
    }

    /// The pipeline's status.
    pub fn status(&self) -> Value {
        self.with(|state| {
            let id = Id::new("trainingpipelines", "ml", "churn");
            state.cluster.get(&id).map(|object| object["status"].clone()).unwrap_or_default()
        })
    }

    /// All that stands in the status of any object.
    pub fn statuses(&self) -> String {
        let all = |state: &mut crate::state::State| {
            let kinds = ["trainingpipelines", "modelversions"];
            kinds.into_iter().flat_map(|kind| state.cluster.all(kind)).collect::<Vec<_>>()
        };
        self.with(all).iter().map(|(_, object)| object["status"].to_string()).collect()
    }

    /// The ModelVersion of the newest version in MLflow.
    pub fn newest_version(&self) -> (Id, Value) {
        let all = self.with(|state| state.cluster.all("modelversions"));
        let number =
            |value: &Value| value["status"]["version"].as_str().and_then(|text| text.parse::<u64>().ok());
        all.into_iter().max_by_key(|(_, value)| number(value)).unwrap()
    }

    /// Writes made so far.
    pub fn writes(&self) -> Vec<String> {
        self.with(|state| state.injector.writes.clone())
    }

    /// What pods worked on so far, by step, sorted.
    pub fn work(&self) -> Vec<String> {
        let work = self.with(|state| state.trainer.work.clone());
        let mut steps: Vec<String> =
            work.iter().filter_map(|line| Some(line.split_once(' ')?.1.to_owned())).collect();
        steps.sort();
        steps
    }
}
