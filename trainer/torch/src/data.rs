//! Rows as tensors: those of positive weight, numbers of the target standardised.

use tch::{Device, Kind, Tensor};

use crate::error::Error;

/// Rows on the device.
pub(crate) struct Data {
    /// rows x columns.
    pub features: Tensor,
    pub target: Answers,
    /// Weight of each row; their mean is 1. None: each is 1.
    pub weights: Option<Tensor>,
    pub rows: i64,
    pub columns: i64,
    pub scale: Scale,
}

/// The target on the device.
pub(crate) enum Answers {
    /// Class indices, `i64`.
    Classes(Tensor),
    /// Standardised numbers, rows x 1.
    Values(Tensor),
}

impl Answers {
    pub(crate) fn tensor(&self) -> &Tensor {
        match self {
            Self::Classes(tensor) | Self::Values(tensor) => tensor,
        }
    }
}

/// How numbers of the target were standardised: networks train on numbers near 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub mean: f64,
    pub deviation: f64,
}

impl Data {
    pub(crate) fn new(
        features: &[f32],
        target: &[f64],
        weights: &[f64],
        classes: Option<usize>,
        device: Device,
    ) -> Result<Self, Error> {
        let columns = (features.len() / target.len()) as i64;
        let used: Vec<i64> =
            (0..weights.len()).filter(|&row| weights[row] > 0.0).map(|row| row as i64).collect();
        let of = |values: &[f64]| used.iter().map(|&row| values[row as usize]).collect::<Vec<f64>>();
        let (target, weights) = (of(target), of(weights));
        let rows = used.len() as i64;
        let mean_weight = weights.iter().sum::<f64>() / rows as f64;
        let weights: Vec<f32> = weights.iter().map(|weight| (weight / mean_weight) as f32).collect();
        let all = Tensor::f_from_slice(features)?.f_view([columns, -1])?;
        let features =
            all.f_index_select(1, &Tensor::f_from_slice(&used)?)?.f_transpose(0, 1)?.f_contiguous()?;
        let scale = if classes.is_some() { Scale::NONE } else { Scale::of(&target, &weights) };
        let target = if classes.is_some() {
            let labels: Vec<i64> = target.iter().map(|&label| label as i64).collect();
            Answers::Classes(Tensor::f_from_slice(&labels)?.f_to_device(device)?)
        } else {
            let values: Vec<f32> =
                target.iter().map(|y| ((y - scale.mean) / scale.deviation) as f32).collect();
            Answers::Values(Tensor::f_from_slice(&values)?.f_view([-1, 1])?.f_to_device(device)?)
        };
        Ok(Self {
            features: features.f_to_device(device)?.f_to_kind(Kind::Float)?,
            target,
            weights: if weights.iter().all(|&weight| weight == 1.0) {
                None
            } else {
                Some(Tensor::f_from_slice(&weights)?.f_to_device(device)?)
            },
            rows,
            columns,
            scale,
        })
    }
}

impl Scale {
    /// Nothing was changed: classes.
    pub(crate) const NONE: Self = Self { mean: 0.0, deviation: 1.0 };

    /// Weighted mean and standard deviation; a constant target counts as spread by 1.
    fn of(values: &[f64], weights: &[f32]) -> Self {
        let rows = values.len() as f64;
        let mean: f64 = values.iter().zip(weights).map(|(y, &w)| y * (f64::from(w) / rows)).sum();
        let square: f64 =
            values.iter().zip(weights).map(|(y, &w)| (y - mean).powi(2) * (f64::from(w) / rows)).sum();
        let deviation = square.sqrt();
        Self { mean, deviation: if deviation > 0.0 { deviation } else { 1.0 } }
    }
}
