//! Tables and charts of the winner on the holdout: confusion, ROC, precision-recall, calibration, residuals, importance.

use std::collections::BTreeMap;

use bytes::Bytes;
use podium_charts::{Bar, Bars, Chart, ChartError, ConfusionMatrix, Frame, Line, Scatter, UnitLines, draw};
use podium_tabular::importance::{Importance, ImportancePlan, REPEATS, permutation_importance};
use podium_tabular::metric::{
    Confusion, Predictions, Truth, calibration_curve, one_vs_rest, precision_recall_curve, roc_curve,
};
use serde::Serialize;
use tracing::warn;

use crate::failure::Failure;
use crate::fit::{Scoring, Surroundings};
use crate::model::TrainedModel;
use crate::stage::{Pin, Side};

/// Classes that get a curve of their own; more can't be told apart.
const CURVES: usize = 7;
/// Classes of a confusion matrix that can be drawn; the table has all.
const DRAWN_CLASSES: usize = 30;
/// Bins of the calibration curve.
const BINS: usize = 10;
/// Bars of the importance chart; the table has all.
const BARS: usize = 20;
/// Predictions that importance may cost: it shuffles each column five times. A forest makes some 20,000 a second.
const IMPORTANCE_PREDICTIONS: usize = 300_000;
/// Fewest rows that it is measured on; columns that would leave fewer are too many.
const IMPORTANCE_ROWS: usize = 200;

type Artifacts = BTreeMap<String, Bytes>;

/// All figures.
///
/// # Errors
/// A chart or table that can't be drawn; predictions that fail.
pub fn figures(
    pin: &Pin,
    rows: &[usize],
    winner: &TrainedModel,
    side: &Side,
    scoring: Scoring,
    surroundings: &Surroundings<'_>,
) -> Result<Artifacts, Failure> {
    let failed = |error: FigureError| Failure::Temporary(error.to_string());
    let Some(truth) = pin.schema.truth(&pin.loaded.table, rows) else { return Ok(Artifacts::new()) };
    let mut artifacts = match (&truth, &side.predictions) {
        (Truth::Values(truth), Predictions::Values(predicted)) => {
            of_values(truth, predicted).map_err(failed)?
        }
        _ => of_classes(&truth, side, &pin.schema.classes).map_err(failed)?,
    };
    artifacts.extend(importance(pin, rows, winner, side, scoring, surroundings)?);
    Ok(artifacts)
}

/// Why a figure is missing.
#[derive(Debug, thiserror::Error)]
enum FigureError {
    #[error(transparent)]
    Chart(#[from] ChartError),
    #[error("a table could not be written: {0}")]
    Table(#[from] csv::Error),
    #[error("{0}")]
    Metric(#[from] podium_tabular::metric::MetricError),
}

fn of_values(truth: &[f64], predicted: &[f64]) -> Result<Artifacts, FigureError> {
    #[derive(Serialize)]
    struct Row {
        actual: f64,
        predicted: f64,
        residual: f64,
    }
    let pairs: Vec<(f64, f64)> = truth.iter().copied().zip(predicted.iter().copied()).collect();
    let table =
        pairs.iter().map(|&(actual, predicted)| Row { actual, predicted, residual: actual - predicted });
    let frame = Frame { title: "Predicted and actual values, holdout", x: "actual", y: "predicted" };
    let mut artifacts = pictures("predicted_actual", Chart::Scatter(Scatter { frame, points: &pairs }))?;
    artifacts.insert("tables/residuals.csv".to_owned(), csv_of(table)?);
    Ok(artifacts)
}

fn of_classes(truth: &Truth, side: &Side, classes: &[String]) -> Result<Artifacts, FigureError> {
    let Truth::Classes { labels, positive, .. } = truth else { return Ok(Artifacts::new()) };
    let predicted = side.predictions.labels(*positive, side.rule.threshold)?;
    let counts = Confusion::of(classes.len(), labels, &predicted).rows();
    let mut artifacts = Artifacts::new();
    artifacts.insert("tables/confusion_matrix.csv".to_owned(), confusion_table(classes, &counts)?);
    if classes.len() <= DRAWN_CLASSES {
        let title = "Confusion matrix, holdout";
        artifacts.extend(pictures(
            "confusion_matrix",
            Chart::Confusion(ConfusionMatrix { title, classes, counts: &counts }),
        )?);
    }
    let shown: Vec<u32> = match positive {
        Some(positive) => vec![*positive],
        None => (0..classes.len().min(CURVES) as u32).collect(),
    };
    artifacts.extend(curves(truth, &side.predictions, classes, &shown)?);
    Ok(artifacts)
}

fn confusion_table(classes: &[String], counts: &[Vec<u64>]) -> csv::Result<Bytes> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(std::iter::once("true \\ predicted").chain(classes.iter().map(String::as_str)))?;
    for (class, line) in classes.iter().zip(counts) {
        writer.write_record(std::iter::once(class.clone()).chain(line.iter().map(u64::to_string)))?;
    }
    finished(writer)
}

#[derive(Serialize)]
struct Point<'a> {
    class: &'a str,
    x: f64,
    y: f64,
    threshold: Option<f64>,
    rows: Option<usize>,
}

fn curves(
    truth: &Truth,
    predictions: &Predictions,
    classes: &[String],
    shown: &[u32],
) -> Result<Artifacts, FigureError> {
    let (mut roc, mut pr, mut calibration) = (Vec::new(), Vec::new(), Vec::new());
    for &class in shown {
        let Some(name) = classes.get(class as usize) else { continue };
        let Some((scores, hits)) = one_vs_rest(truth, predictions, class) else { continue };
        let point = |x, y, threshold, rows| Point { class: name, x, y, threshold, rows };
        roc.extend(
            roc_curve(&scores, &hits)
                .into_iter()
                .flatten()
                .map(|p| point(p.false_positive_rate, p.true_positive_rate, p.threshold, None)),
        );
        pr.extend(
            precision_recall_curve(&scores, &hits)
                .into_iter()
                .flatten()
                .map(|p| point(p.recall, p.precision, Some(p.threshold), None)),
        );
        calibration.extend(
            calibration_curve(&scores, &hits, BINS)
                .into_iter()
                .map(|bin| point(bin.mean_predicted, bin.fraction_positive, None, Some(bin.count))),
        );
    }
    let mut artifacts = Artifacts::new();
    for (name, frame, diagonal, points) in [
        (
            "roc_curve",
            Frame { title: "ROC, holdout", x: "false positive rate", y: "true positive rate" },
            true,
            roc,
        ),
        (
            "precision_recall_curve",
            Frame { title: "Precision and recall, holdout", x: "recall", y: "precision" },
            false,
            pr,
        ),
        (
            "calibration_curve",
            Frame { title: "Calibration, holdout", x: "mean predicted probability", y: "share of the class" },
            true,
            calibration,
        ),
    ] {
        artifacts
            .extend(pictures(name, Chart::Lines(UnitLines { frame, lines: &lines(&points), diagonal }))?);
        artifacts.insert(format!("tables/{name}.csv"), csv_of(points)?);
    }
    Ok(artifacts)
}

fn lines(points: &[Point<'_>]) -> Vec<Line> {
    points
        .chunk_by(|a, b| a.class == b.class)
        .map(|part| Line {
            label: part.first().map_or_else(String::new, |point| point.class.to_owned()),
            points: part.iter().map(|point| (point.x, point.y)).collect(),
        })
        .collect()
}

fn importance(
    pin: &Pin,
    rows: &[usize],
    winner: &TrainedModel,
    side: &Side,
    scoring: Scoring,
    surroundings: &Surroundings<'_>,
) -> Result<Artifacts, Failure> {
    let columns = winner.columns();
    let affordable = IMPORTANCE_PREDICTIONS / (columns.len() * REPEATS).max(1);
    if affordable < IMPORTANCE_ROWS {
        warn!(columns = columns.len(), "importance is not measured: too many columns");
        return Ok(Artifacts::new());
    }
    // Rows stand in the order of their hash (or of time), so each n-th is as good as a draw.
    let stride = rows.len().div_ceil(affordable).max(1);
    let rows: Vec<usize> = rows.iter().copied().step_by(stride).collect();
    let rows = rows.as_slice();
    let Some(truth) = pin.schema.truth(&pin.loaded.table, rows) else { return Ok(Artifacts::new()) };
    let plan = ImportancePlan {
        metric: scoring.metric,
        rule: side.rule,
        columns: &columns,
        repeats: REPEATS,
        seed: 0,
    };
    let measured = permutation_importance(&pin.loaded.table, rows, &truth, &plan, |table, rows| {
        if surroundings.interrupt() {
            return Err(Failure::Stopped);
        }
        winner
            .predict(table, rows, Some(surroundings.pool))
            .map_err(|error| Failure::Temporary(format!("importance could not be measured: {error}")))
    });
    match measured {
        Ok(found) => importance_files(found, scoring).map_err(|error| Failure::Temporary(error.to_string())),
        Err(podium_tabular::importance::ImportanceError::Predict(failure)) => Err(failure),
        Err(error) => {
            warn!(%error, "importance is not measured");
            Ok(Artifacts::new())
        }
    }
}

fn importance_files(mut found: Vec<Importance>, scoring: Scoring) -> Result<Artifacts, FigureError> {
    found.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    let bar = |one: &Importance| Bar {
        name: one.column.clone(),
        value: one.mean,
        deviation: Some(one.sd),
        ..Bar::default()
    };
    let bars: Vec<Bar> = found.iter().take(BARS).map(bar).collect();
    let x = format!("loss of {} when the column is shuffled (correlated columns share it)", scoring.metric);
    let frame = Frame { title: "Permutation importance, holdout", x: &x, y: "" };
    let mut artifacts = pictures("importance", Chart::Bars(Bars { frame, bars: &bars, from: 0.0 }))?;
    artifacts.insert("tables/importance.csv".to_owned(), csv_of(found)?);
    Ok(artifacts)
}

/// A chart in both its forms.
fn pictures(name: &str, chart: Chart<'_>) -> Result<Artifacts, ChartError> {
    let drawn = draw(&chart)?;
    let (svg, png) = (Bytes::from(drawn.svg), Bytes::from(drawn.png));
    Ok([(format!("charts/{name}.svg"), svg), (format!("charts/{name}.png"), png)].into())
}

fn csv_of<T: Serialize>(rows: impl IntoIterator<Item = T>) -> csv::Result<Bytes> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    finished(writer)
}

fn finished(writer: csv::Writer<Vec<u8>>) -> csv::Result<Bytes> {
    writer.into_inner().map(Bytes::from).map_err(|error| csv::Error::from(error.into_error()))
}
