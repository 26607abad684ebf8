//! What earlier sweeps teach a run: gathered and written down once, and read from there by every desk of the run.

use super::not_read;
use crate::api::conditions::reasons;
use crate::domain::sweep::HostedSweep;
use crate::domain::violation::Violation;
use crate::plan::sweep::{Opening, TeacherFacts, TeacherState};
use crate::plan::trials::earlier::{FOLDER, Files, choose, gather, pinned};
use crate::plan::trials::{Earlier, Gathered, Taught, Wanted};
use crate::plan::{Known, Query, Reading, Trouble};
use crate::reconcile::Context;
use crate::settings::Grant;

impl Context {
    /// Of sweeps that are to teach, those that are gone: MLflow remembers the ones that ran.
    ///
    /// # Errors
    /// When MLflow can't be read.
    pub(in crate::reconcile) async fn remember(
        &self,
        sweep: &HostedSweep,
        mut found: Vec<TeacherFacts>,
    ) -> Result<Vec<TeacherFacts>, Trouble> {
        for teacher in found.iter_mut().filter(|teacher| teacher.state == TeacherState::Unknown) {
            if self.has_run(sweep, &teacher.name).await? {
                teacher.state = TeacherState::Ended;
            }
        }
        Ok(found)
    }

    async fn has_run(&self, sweep: &HostedSweep, name: &str) -> Result<bool, Trouble> {
        let mut known = Known::default();
        let names = [&sweep.installation, &sweep.owner.namespace, name].map(str::to_owned);
        let [installation, namespace, name] = names.clone();
        self.answer(&sweep.grant, vec![Query::SweepRuns(installation, namespace, name)], &mut known).await;
        match known.sweep_runs(&names[0], &names[1], &names[2]) {
            Ok(Reading::Found(runs)) => Ok(!runs.is_empty()),
            Ok(Reading::Missing) => Ok(false),
            Ok(Reading::Unreachable(trouble)) => Err(trouble.clone()),
            Err(_) => Err(not_read(&format!("the runs of HyperparameterSweep {}", names[2]))),
        }
    }

    /// Finds what earlier sweeps teach and writes it down, unless it is written down already; or why a sweep can't teach.
    ///
    /// # Errors
    /// When MLflow can't be read, or does not take it.
    pub(in crate::reconcile) async fn learn(
        &self,
        grant: &Grant,
        wanted: &Wanted,
    ) -> Result<Result<Taught, Violation>, Trouble> {
        if let Some(taught) = choose(&self.warm_start_files(grant, &wanted.parent_run_id).await?) {
            return Ok(Ok(taught));
        }
        let mut known = Known::default();
        let gathered = self.decide(grant, &mut known, |known| gather(wanted, known)).await;
        match gathered.map_err(|_| not_read("the trials of earlier sweeps"))? {
            Gathered::Taught(earlier) => {
                let (effect, taught) = earlier.write(&wanted.parent_run_id);
                self.tracking.carry_out(grant, &effect).await?;
                Ok(Ok(taught))
            }
            Gathered::Refused(violation) => Ok(Err(violation)),
            Gathered::Unreachable(trouble) => Err(trouble),
        }
    }

    /// What the run of a desk was taught, as its status pins it.
    pub(super) async fn taught(&self, grant: &Grant, opening: &Opening) -> Result<Option<Earlier>, Trouble> {
        let Some(digest) = &opening.taught else { return Ok(None) };
        let parent = &opening.place.parent_run_id;
        let files = self.warm_start_files(grant, parent).await?;
        let earlier = pinned(&files, digest).ok_or_else(|| Trouble {
            reason: reasons::TRACKING_REFUSED,
            message: format!(
                "MLflow: {FOLDER}/{digest}.json is missing among the artifacts of run {parent}, and the next trial depends on what \
                 earlier sweeps taught; put it back, or start a new run of the sweep"
            ),
        })?;
        Ok(Some(earlier))
    }

    async fn warm_start_files(&self, grant: &Grant, run_id: &str) -> Result<Files, Trouble> {
        let mut known = Known::default();
        let query = Query::Artifacts(run_id.to_owned(), FOLDER.to_owned());
        self.answer(grant, vec![query], &mut known).await;
        match known.artifacts(run_id, FOLDER) {
            Ok(Reading::Found(files)) => Ok(files.clone()),
            Ok(Reading::Missing) => Ok(Files::new()),
            Ok(Reading::Unreachable(trouble)) => Err(trouble.clone()),
            Err(_) => Err(not_read(&format!("the artifacts of run {run_id}"))),
        }
    }
}
