//! Runs of sweeps by the sweep's name, whether it still exists or not, and what a run was taught by them.

use podium_artifacts::StoreError;
use podium_contract::{INSTALLATION_TAG, NAMESPACE_TAG, OWNER_TAG, ROLE_TAG};
use podium_mlflow::{Client, Error, Filter, Run, RunId, RunQuery};

use super::{files as places, orphans, read};
use crate::plan::trials::SweepRunFacts;
use crate::plan::trials::earlier::Files;
use crate::settings::Grant;

/// Newest runs of a sweep that are looked at.
const NEWEST: u32 = 10;
/// Most bytes of the files of a folder.
const MOST_BYTES: u64 = 128 << 20;

/// The newest runs of a sweep, of all experiments below the namespace's prefix: the newest first.
pub(super) async fn runs(
    client: &Client,
    grant: &Grant,
    [installation, namespace, name]: [&str; 3],
) -> Result<Vec<SweepRunFacts>, Error> {
    let experiments = orphans::experiments(client, &grant.experiment_prefix).await?;
    if experiments.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Filter::tag(INSTALLATION_TAG)
        .eq(installation)
        .and(Filter::tag(NAMESPACE_TAG).eq(namespace))
        .and(Filter::tag(OWNER_TAG).eq(name))
        .and(Filter::tag(ROLE_TAG).eq("sweep"));
    // MLflow's own order is by begin, the latest first.
    let query = RunQuery { page_size: Some(NEWEST), ..RunQuery::of(experiments).filter(filter) };
    let page = client.search_runs(&query, None).await?;
    Ok(page.items.into_iter().map(facts).collect())
}

fn facts(run: Run) -> SweepRunFacts {
    SweepRunFacts {
        run_id: run.info.run_id.as_str().to_owned(),
        experiment_id: run.info.experiment_id.as_str().to_owned(),
        started_ms: run.info.start_time_ms,
        tags: read::tags(&run.data.tags),
    }
}

/// All files in a folder of a run's artifacts; none where there is no such folder.
pub(super) async fn files(
    client: &Client,
    grant: &Grant,
    run_id: &str,
    folder: &str,
) -> Result<Files, StoreError> {
    let run = client.get_run(&RunId::new(run_id)).await?;
    let store = places::store(client, grant, run.info.artifact_root())?;
    let files = store.get_all(folder, MOST_BYTES).await?;
    Ok(files.into_iter().map(|(path, bytes)| (path, bytes.to_vec())).collect())
}
