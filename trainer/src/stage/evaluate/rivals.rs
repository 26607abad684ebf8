//! Those that the winner is compared with: its learner untuned, the prior, the champion.

use podium_contract::{CV_PREFIX, Champion, Comparison, ComparisonOutcome, Evaluate, JobDocument, Reference};
use podium_tabular::metric::Rule;

use super::super::Pin;
use super::super::learner::{effective, failed_fit};
use super::super::train::assemble;
use super::Contenders;
use super::cv_score;
use super::holdout::{Holdout, Side};
use crate::compare::{CHAMPION_SAW_HOLDOUT, Contest, NOT_COMPARABLE, Rival, champion_rows, compare, refused};
use crate::failure::Failure;
use crate::fit::{Decision, FittingError, Recipe, Surroundings, fit_candidate, fit_dummy};
use crate::model::TrainedModel;
use crate::specification;

/// Winner and references on the whole holdout.
#[derive(Debug)]
pub(super) struct Rivals {
    /// The winner.
    pub winner: Side,
    /// Its learner untuned.
    pub baseline: Baseline,
    /// The prior.
    pub dummy: Side,
}

/// The baseline.
#[derive(Debug)]
pub(super) struct Baseline {
    /// On the holdout.
    pub side: Side,
    /// Its mean over the folds.
    pub cv_score: Option<f64>,
}

impl Rivals {
    /// Winner against baseline and dummy.
    pub fn compare(&self, holdout: &Holdout<'_>) -> Vec<Comparison> {
        [(Reference::Baseline, &self.baseline.side), (Reference::Dummy, &self.dummy)]
            .map(|(reference, side)| Comparison {
                reference,
                version: None,
                outcome: compare(&holdout.contest, self.winner.scored(), side.scored()),
            })
            .into()
    }
}

/// The winner's learner untuned, on the same rows. A winner that was not tuned is its own baseline: the same seed would fit the
/// same model again. So is one that a container trained, which has no other parameters that we know of.
pub(super) fn baseline(
    pin: &Pin,
    untuned: Option<&Recipe<'_>>,
    winner: &TrainedModel,
    stage: &Evaluate,
    holdout: &Holdout<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<Baseline, Failure> {
    let tuned = untuned.filter(|recipe| winner.body.parameters != effective(recipe));
    let Some(recipe) = tuned else {
        let side = holdout.score(winner, surroundings)?;
        return Ok(Baseline { side, cv_score: cv_score(stage, holdout.scoring) });
    };
    let fitted = fit_candidate(&pin.loaded.table, &pin.split, recipe, surroundings).map_err(failed_fit)?;
    let cv_score = fitted.metrics.get(&format!("{CV_PREFIX}{}", recipe.scoring.metric)).copied();
    let side = holdout.score(&assemble(pin, recipe, &fitted), surroundings)?;
    Ok(Baseline { side, cv_score })
}

/// The prior of the training part.
pub(super) fn dummy(
    document: &JobDocument,
    holdout: &Holdout<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<Side, Failure> {
    let rule = Rule { average: holdout.scoring.average, threshold: Decision::PLAIN.threshold };
    let Pin { loaded, schema, split } = holdout.pin;
    let preparation = specification::preparation(&document.preparation);
    fit_dummy(&loaded.table, split, schema, &preparation, surroundings)
        .and_then(|part| part.predict(&loaded.table, holdout.rows, Some(surroundings.pool)))
        .and_then(|predictions| Side::of(&holdout.truth, predictions, rule))
        .map_err(failed_fit)
}

/// Winner against champion, on rows that neither was fitted on; a refusal is an answer too.
pub(super) fn champion(
    stage: &Evaluate,
    contenders: &Contenders,
    pin: &Pin,
    winner: &TrainedModel,
    holdout: &Holdout<'_>,
    surroundings: &Surroundings<'_>,
) -> Option<Comparison> {
    let champion = stage.champion.as_ref()?;
    let outcome =
        against(champion, contenders, pin, winner, holdout, surroundings).unwrap_or_else(|refusal| refusal);
    Some(Comparison { reference: Reference::Champion, version: Some(champion.version.clone()), outcome })
}

fn against(
    champion: &Champion,
    contenders: &Contenders,
    pin: &Pin,
    winner: &TrainedModel,
    holdout: &Holdout<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<ComparisonOutcome, ComparisonOutcome> {
    let version = &champion.version;
    let files = match &contenders.champion {
        Some(Ok(files)) => files,
        Some(Err(message)) => return Err(refused(NOT_COMPARABLE, format!("version {version}: {message}"))),
        None => {
            return Err(refused(
                CHAMPION_SAW_HOLDOUT,
                format!("the files of version {version} were not read"),
            ));
        }
    };
    let rival = Rival::of(champion, files, pin, contenders.reading)?;
    let rows = champion_rows(pin, winner, &rival.model)?;
    let table = &pin.loaded.table;
    let unpredictable = |error: FittingError| {
        refused(NOT_COMPARABLE, format!("version {version} can't predict these data: {error}"))
    };
    let answers =
        |model: &TrainedModel| model.predict(table, &rows, Some(surroundings.pool)).map_err(unpredictable);
    let (ours, theirs) = (answers(winner)?, answers(&rival.model)?);
    let contest = Contest::on(table, &pin.schema, &rows, holdout.seed)
        .ok_or_else(|| refused(NOT_COMPARABLE, "a holdout row has no known target"))?;
    let scored = |model: &TrainedModel| Rule { average: holdout.scoring.average, ..model.rule() };
    Ok(compare(
        &contest,
        crate::compare::Scored { predictions: &ours, rule: scored(winner) },
        crate::compare::Scored { predictions: &theirs, rule: scored(&rival.model) },
    ))
}
