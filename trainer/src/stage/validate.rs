//! The validate stage: data are loaded, checked and profiled, the task is inferred, the digest pinned. Fails closed. Pure.

use bytes::Bytes;
use podium_contract::{Checks, ColumnType, JobDocument, Outcome, Validated};
use podium_tabular::check::{ChecksSpec, ColumnCheck, Profile, Rule, Violation, violations};
use podium_tabular::schema::Schema;
use podium_tabular::table;

use super::dataset;
use super::load::{Loaded, Pin};
use crate::deliver::{Parcel, Record};
use crate::failure::Failure;
use crate::fit::Scoring;
use crate::report::summary::json;
use crate::specification;

/// Violations told in one message.
const TOLD: usize = 10;

/// Checks the data.
///
/// # Errors
/// What the checks, the roles of columns or the split refuse, with column, value and allowed range.
pub fn validate(bytes: Bytes, document: &JobDocument) -> Result<(Parcel, Outcome), Failure> {
    let pin = survey(bytes, document)?;
    // Refused here, once, and not by each candidate later.
    Scoring::resolve(&document.evaluation, &pin.schema)?;
    let Pin { loaded, schema, split } = &pin;
    let validated = describe(loaded, schema, &split.warnings);
    Ok((parcel(document, loaded, schema)?, Outcome::Validated(validated)))
}

/// Reads data that nobody has pinned: they must pass the checks, and the task is inferred where it is not stated.
///
/// # Errors
/// What the checks, the roles of columns or the split refuse, with column, value and allowed range.
pub(super) fn survey(bytes: Bytes, document: &JobDocument) -> Result<Pin, Failure> {
    let loaded = Loaded::read(bytes, document.data.format)?;
    check(&loaded, document)?;
    Pin::of(loaded, document, &specification::data(&document.data))
}

fn check(loaded: &Loaded, document: &JobDocument) -> Result<(), Failure> {
    let checks = checks(&document.checks);
    let found = violations(&loaded.table, &loaded.rows, &specification::data(&document.data), &checks);
    if let Some(first) = found.first() {
        return Err(Failure::data(reason(first.rule), told(&found)));
    }
    let share = loaded.duplicates() as f64 / loaded.table.rows().max(1) as f64;
    match document.checks.max_duplicates {
        Some(most) if share > most => {
            let message = format!(
                "{} of {} rows are copies of another row, a share of {share:.4}; checks.maxDuplicates allows {most}",
                loaded.duplicates(),
                loaded.table.rows()
            );
            Err(Failure::data("TooManyDuplicates", message))
        }
        _ => Ok(()),
    }
}

fn told(violations: &[Violation]) -> String {
    let mut lines: Vec<String> = violations.iter().take(TOLD).map(ToString::to_string).collect();
    if violations.len() > TOLD {
        lines.push(format!("and {} more", violations.len() - TOLD));
    }
    lines.join("; ")
}

const fn reason(rule: Rule) -> &'static str {
    match rule {
        Rule::TooFewRows => "TooFewRows",
        Rule::UnknownColumn => "UnknownColumn",
        Rule::WrongType => "WrongColumnType",
        Rule::OutOfRange => "OutOfRange",
        Rule::TooManyMissing => "TooManyMissing",
        Rule::AllMissing => "AllMissing",
        Rule::MissingTarget => "MissingTarget",
        Rule::OneClass => "OneClass",
        Rule::NotFinite => "NotFinite",
        Rule::BadWeight => "BadWeight",
    }
}

fn checks(checks: &Checks) -> ChecksSpec {
    let columns = checks.columns.iter().map(|check| ColumnCheck {
        name: check.name.clone(),
        kind: check.r#type.map(|kind| match kind {
            ColumnType::Number => table::ColumnType::Number,
            ColumnType::Text => table::ColumnType::Text,
            ColumnType::Timestamp => table::ColumnType::Timestamp,
        }),
        required: check.required,
        min: check.min,
        max: check.max,
        max_missing: check.max_missing,
    });
    ChecksSpec {
        min_rows: Some(usize::try_from(checks.min_rows).unwrap_or(usize::MAX)),
        columns: columns.collect(),
    }
}

fn describe(loaded: &Loaded, schema: &Schema, split_warnings: &[String]) -> Validated {
    let dropped =
        schema.dropped.iter().map(|dropped| format!("column {:?} {}", dropped.name, dropped.reason));
    Validated {
        data_digest: loaded.digest.as_str().to_owned(),
        task: specification::task(schema.task),
        rows: loaded.rows.len() as u64,
        duplicates: loaded.duplicates() as u64,
        features: u32::try_from(schema.features.len()).unwrap_or(u32::MAX),
        classes: u32::try_from(schema.classes.len()).unwrap_or(u32::MAX),
        positive_label: schema.positive.and_then(|index| schema.classes.get(index)).cloned(),
        warnings: dropped.chain(split_warnings.iter().cloned()).collect(),
    }
}

fn parcel(document: &JobDocument, loaded: &Loaded, schema: &Schema) -> Result<Parcel, Failure> {
    let profile = json(&Profile::of(&loaded.table, &loaded.rows))
        .map_err(|error| Failure::Temporary(format!("the profile can't be written: {error}")))?;
    let record =
        Record { dataset: Some(dataset::note(document, loaded, schema, "training")), ..Record::default() };
    Ok(Parcel { artifacts: [("data_profile.json".to_owned(), profile)].into(), record, ..Parcel::default() })
}
