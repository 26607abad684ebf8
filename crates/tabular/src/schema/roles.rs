//! The roles that a data spec names: the columns must exist, fit, and have one role each.

use std::collections::HashMap;

use super::{DataSpec, SchemaError};
use crate::table::{ColumnType, Table};

/// Checks every name in the spec against the table.
pub(super) fn check(table: &Table, spec: &DataSpec) -> Result<(), SchemaError> {
    let optional = [
        ("weight", &spec.weight_column, &[ColumnType::Number][..], "Number"),
        ("time", &spec.time_column, &[ColumnType::Timestamp, ColumnType::Number][..], "Timestamp or Number"),
        (
            "group",
            &spec.group_column,
            &[ColumnType::Text, ColumnType::Number, ColumnType::Timestamp][..],
            "any type",
        ),
    ];
    let mut taken = HashMap::from([(spec.target.as_str(), "target")]);
    known(table, "target", &spec.target)?;
    for (role, name, types, allowed) in &optional {
        let Some(name) = name else { continue };
        let column = known(table, role, name)?;
        if !types.contains(&column) {
            return Err(SchemaError::WrongType { role, name: name.clone(), found: column, allowed });
        }
        take(&mut taken, name, role)?;
    }
    for name in &spec.exclude {
        known(table, "excluded", name)?;
        // A column with a role is no feature anyway: excluding it as well says the same twice, except for the target.
        if taken.get(name.as_str()) == Some(&"target") {
            return Err(SchemaError::TwoRoles { name: name.clone(), first: "target", second: "excluded" });
        }
    }
    for name in &spec.categorical {
        known(table, "categorical", name)?;
        if spec.exclude.contains(name) {
            return Err(SchemaError::TwoRoles {
                name: name.clone(),
                first: "excluded",
                second: "categorical",
            });
        }
        if let Some(first) = taken.get(name.as_str()) {
            return Err(SchemaError::TwoRoles { name: name.clone(), first, second: "categorical" });
        }
    }
    Ok(())
}

fn known(table: &Table, role: &'static str, name: &str) -> Result<ColumnType, SchemaError> {
    table.column(name).map(crate::table::Column::kind).ok_or_else(|| SchemaError::UnknownColumn {
        role,
        name: name.to_owned(),
        known: shortened(table.names()),
    })
}

fn take<'a>(
    taken: &mut HashMap<&'a str, &'static str>,
    name: &'a str,
    role: &'static str,
) -> Result<(), SchemaError> {
    match taken.insert(name, role) {
        Some(first) => Err(SchemaError::TwoRoles { name: name.to_owned(), first, second: role }),
        None => Ok(()),
    }
}

/// At most 20 names.
pub(crate) fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(20) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
