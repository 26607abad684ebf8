//! What the sweeper asks: open runs, copies of a run, versions with a key.

use podium_contract::{INSTALLATION_TAG, KEY_TAG};
use podium_mlflow::{Client, Error, ExperimentId, Filter, ModelVersionQuery, Run, RunQuery};

use super::read;
use crate::plan::orphans::{KeyedVersion, OpenRun};

/// Most experiments or runs of one search.
const MOST: usize = 10_000;
/// Newest versions of a model that are looked at: strays are never old.
const NEWEST: u32 = 200;

/// The open runs of an installation, of all experiments below a prefix.
pub(super) async fn open_runs(
    client: &Client,
    prefix: &str,
    installation: &str,
) -> Result<Vec<OpenRun>, Error> {
    let ids = experiments(client, prefix).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ours = Filter::tag(INSTALLATION_TAG).eq(installation);
    let query = RunQuery::of(ids).filter(ours.and(Filter::attribute("status").eq("RUNNING")));
    Ok(client.search_all_runs(&query, MOST).await?.into_iter().map(open_run).collect())
}

/// All experiments below a prefix.
pub(super) async fn experiments(client: &Client, prefix: &str) -> Result<Vec<ExperimentId>, Error> {
    let pattern = format!("{}%", prefix.replace('%', "\\%"));
    let experiments = client.search_all_experiments(&Filter::attribute("name").like(pattern), MOST).await?;
    Ok(experiments.into_iter().map(|experiment| experiment.experiment_id).collect())
}

fn open_run(run: Run) -> OpenRun {
    OpenRun {
        run_id: run.info.run_id.as_str().to_owned(),
        experiment_id: run.info.experiment_id.as_str().to_owned(),
        started_ms: run.info.start_time_ms,
        tags: read::tags(&run.data.tags),
    }
}

/// How many runs of an experiment carry a key.
pub(super) async fn copies(client: &Client, experiment: &str, key: &str) -> Result<usize, Error> {
    let query = RunQuery::of([ExperimentId::new(experiment)]).filter(Filter::tag(KEY_TAG).eq(key));
    Ok(client.search_all_runs(&query, MOST).await?.len())
}

/// The newest versions of a model that an installation registered under a key.
pub(super) async fn keyed_versions(
    client: &Client,
    model: &str,
    installation: &str,
) -> Result<Vec<KeyedVersion>, Error> {
    let filter = Filter::attribute("name").eq(model).and(Filter::tag(INSTALLATION_TAG).eq(installation));
    let order_by = vec!["version_number DESC".to_owned()];
    let query = ModelVersionQuery { filter, order_by, page_size: Some(NEWEST) };
    let page = client.search_model_versions(&query, None).await?;
    let keyed = page.items.iter().filter_map(|version| {
        let key = version.tags.iter().find(|tag| tag.key == KEY_TAG)?;
        Some(KeyedVersion { key: key.value.clone(), number: version.version.get() })
    });
    Ok(keyed.collect())
}
