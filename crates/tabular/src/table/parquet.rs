//! Parquet to a table. Values become what the same values written as CSV would become, so that both spellings have one digest:
//! whole numbers beyond 2^53 become text, float32 its shortest decimal, booleans `true` and `false`, empty text missing.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray, RecordBatch};
use arrow_schema::{ArrowError, DataType, TimeUnit};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError as FormatError;

use super::cell::{MAX_EXACT, parse_timestamp};
use super::{Column, Table, TableError};

/// Why bytes are not a table in Parquet.
#[derive(Debug, thiserror::Error)]
pub enum ParquetError {
    /// The reader refuses the file.
    #[error("not a readable Parquet file: {0}")]
    Format(#[from] FormatError),
    /// A batch can't be decoded.
    #[error("can't decode the Parquet file: {0}")]
    Decode(#[from] ArrowError),
    /// Duplicate column.
    #[error(transparent)]
    Header(#[from] TableError),
    /// A type that is no column of ours.
    #[error(
        "column {column:?} has type {found}; allowed are integers, floats, decimals, booleans, text, dates and timestamps (exclude or convert the column before)"
    )]
    Type {
        /// The column.
        column: String,
        /// Its type in the file.
        found: String,
    },
    /// No column at all.
    #[error("the Parquet file has no columns")]
    Empty,
}

/// Reads a table. Timestamps without a zone count as UTC. Text that is RFC 3339 throughout becomes Timestamp, as in CSV; text that
/// looks like numbers stays text: its type was declared.
///
/// # Errors
/// See [`ParquetError`].
pub fn read_parquet(bytes: Bytes) -> Result<Table, ParquetError> {
    // The types of Parquet itself count, not the writer's Arrow hint: so a dictionary is read as its values.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options)?;
    let schema = Arc::clone(builder.schema());
    if schema.fields().is_empty() {
        return Err(ParquetError::Empty);
    }
    let batches = builder.build()?.collect::<Result<Vec<RecordBatch>, _>>()?;
    let columns = schema.fields().iter().enumerate().map(|(at, field)| {
        let parts: Vec<&ArrayRef> = batches.iter().map(|b| b.column(at)).collect();
        let column = column(&parts, field.data_type()).ok_or_else(|| ParquetError::Type {
            column: field.name().clone(),
            found: field.data_type().to_string(),
        })?;
        Ok((field.name().clone(), column))
    });
    Ok(Table::new(columns.collect::<Result<_, ParquetError>>()?)?)
}

/// `None` for a type that is not taken.
fn column(parts: &[&ArrayRef], kind: &DataType) -> Option<Column> {
    Some(match kind {
        DataType::Int8 => small::<Int8Type>(parts),
        DataType::Int16 => small::<Int16Type>(parts),
        DataType::Int32 => small::<Int32Type>(parts),
        DataType::UInt8 => small::<UInt8Type>(parts),
        DataType::UInt16 => small::<UInt16Type>(parts),
        DataType::UInt32 => small::<UInt32Type>(parts),
        DataType::Int64 => wide::<Int64Type>(parts),
        DataType::UInt64 => wide::<UInt64Type>(parts),
        DataType::Float16 => numbers::<Float16Type>(parts, |x| shortest(x.to_f32())),
        DataType::Float32 => numbers::<Float32Type>(parts, shortest),
        DataType::Float64 => numbers::<Float64Type>(parts, |x| x),
        DataType::Decimal128(..) => decimals::<Decimal128Type>(parts),
        DataType::Decimal256(..) => decimals::<Decimal256Type>(parts),
        DataType::Boolean => Column::Text(each(parts, |p, i| {
            Some(if p.as_boolean().value(i) { "true".into() } else { "false".into() })
        })),
        DataType::Utf8 => text_or_timestamp(each(parts, |p, i| non_empty(p.as_string::<i32>().value(i)))),
        DataType::Date32 => instants(parts, |p, i| {
            i64::from(p.as_primitive::<Date32Type>().value(i)).checked_mul(86_400_000_000_000)
        }),
        DataType::Timestamp(unit, _) => timestamps(parts, *unit),
        DataType::Null => Column::Number(vec![f64::NAN; parts.iter().map(|p| p.len()).sum()]),
        _ => return None,
    })
}

/// One value per row of all parts; `None` where it is null or `get` says so.
fn each<T>(parts: &[&ArrayRef], get: impl Fn(&ArrayRef, usize) -> Option<T>) -> Vec<Option<T>> {
    let rows = parts.iter().flat_map(|p| (0..p.len()).map(move |i| (*p, i)));
    rows.map(|(p, i)| if p.is_null(i) { None } else { get(p, i) }).collect()
}

fn numbers<T: ArrowPrimitiveType>(parts: &[&ArrayRef], convert: impl Fn(T::Native) -> f64) -> Column {
    let mut out = Vec::with_capacity(parts.iter().map(|p| p.len()).sum());
    for part in parts {
        let values: &PrimitiveArray<T> = part.as_primitive();
        out.extend(values.iter().map(|v| v.map_or(f64::NAN, &convert)));
    }
    Column::Number(out)
}

fn small<T: ArrowPrimitiveType>(parts: &[&ArrayRef]) -> Column
where
    T::Native: Into<f64>,
{
    numbers::<T>(parts, Into::into)
}

/// 64-bit integers: numbers, or text when one is beyond 2^53.
fn wide<T: ArrowPrimitiveType>(parts: &[&ArrayRef]) -> Column
where
    T::Native: std::fmt::Display + TryInto<i64>,
{
    let exact = |v: T::Native| v.try_into().ok().filter(|x: &i64| x.unsigned_abs() <= MAX_EXACT);
    let all = parts.iter().all(|p| p.as_primitive::<T>().iter().flatten().all(|v| exact(v).is_some()));
    if all {
        return numbers::<T>(parts, |v| exact(v).map_or(f64::NAN, |x| x as f64));
    }
    Column::Text(each(parts, |p, i| Some(p.as_primitive::<T>().value(i).to_string().into())))
}

/// The f64 with the shortest decimal text of this f32, which is what a CSV file would say.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

fn decimals<T: arrow_array::types::DecimalType + ArrowPrimitiveType>(parts: &[&ArrayRef]) -> Column {
    let values = each(parts, |p, i| p.as_primitive::<T>().value_as_string(i).parse::<f64>().ok());
    Column::Number(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
}

fn non_empty(text: &str) -> Option<Box<str>> {
    (!text.is_empty()).then(|| text.into())
}

fn text_or_timestamp(texts: Vec<Option<Box<str>>>) -> Column {
    if texts.iter().all(Option::is_none) {
        return Column::Text(texts);
    }
    let parsed: Option<Vec<Option<i64>>> =
        texts.iter().map(|t| t.as_deref().map_or(Some(None), |t| parse_timestamp(t).map(Some))).collect();
    parsed.map_or(Column::Text(texts), Column::Timestamp)
}

fn instants(parts: &[&ArrayRef], get: impl Fn(&ArrayRef, usize) -> Option<i64>) -> Column {
    Column::Timestamp(each(parts, get))
}

fn timestamps(parts: &[&ArrayRef], unit: TimeUnit) -> Column {
    instants(parts, |p, i| match unit {
        TimeUnit::Second => p.as_primitive::<TimestampSecondType>().value(i).checked_mul(1_000_000_000),
        TimeUnit::Millisecond => p.as_primitive::<TimestampMillisecondType>().value(i).checked_mul(1_000_000),
        TimeUnit::Microsecond => p.as_primitive::<TimestampMicrosecondType>().value(i).checked_mul(1_000),
        TimeUnit::Nanosecond => Some(p.as_primitive::<TimestampNanosecondType>().value(i)),
    })
}
