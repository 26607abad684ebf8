//! How long a single prediction takes. The only clock of the stages beside the fit's own.

use std::time::Instant;

use podium_tabular::table::Table;

use crate::fit::FittingError;
use crate::model::TrainedModel;

const WARM_UP: usize = 20;
const MEASURED: usize = 200;

/// Median milliseconds of a single-row prediction, preparation and calibration included, on one thread.
///
/// # Errors
/// What the model can't predict.
pub(super) fn inference_time_ms(
    model: &TrainedModel,
    table: &Table,
    rows: &[usize],
) -> Result<f64, FittingError> {
    let mut times = Vec::with_capacity(MEASURED);
    for (index, &row) in rows.iter().cycle().take(WARM_UP + MEASURED).enumerate() {
        let start = Instant::now();
        std::hint::black_box(model.predict(table, &[row], None)?);
        if index >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}
