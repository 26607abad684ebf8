//! `podium learners`: the parameters of every learner, as Markdown. The table is the one that parameters are checked
//! against, so the page can't say anything else than the operator does.

use std::io::{self, Write};

use podium_learners::{Algorithm, ParameterSpec, Range, Searched};

/// Prints all learners, or the one of this name.
///
/// # Errors
/// When nothing can be written.
pub fn print(to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "# Learners and their parameters\n")?;
    writeln!(
        to,
        "Names are scikit-learn's where it has them. `\"none\"` stands for no value. What [a step of a trial](sweeps.md#steps) is good \
         for stands with sweeps. Printed by `podium learners`."
    )?;
    for algorithm in Algorithm::ALL {
        let tasks: Vec<String> = algorithm.tasks().iter().map(ToString::to_string).collect();
        let step = algorithm.stride().map_or_else(|| "a fold".to_owned(), |stride| stride.to_string());
        writeln!(to, "\n## {algorithm}\n\nFor {}. A step of a trial is {step}.\n", tasks.join(" and "))?;
        writeln!(to, "| parameter | allowed | default | what it does |\n|---|---|---|---|")?;
        for parameter in algorithm.parameters() {
            row(parameter, to)?;
        }
        searched("Searched by tuning (`preset: Space`)", algorithm.space(), to)?;
        searched("Grid (`preset: Grid`)", algorithm.grid(), to)?;
    }
    Ok(())
}

fn row(parameter: &ParameterSpec, to: &mut impl Write) -> io::Result<()> {
    let ParameterSpec { name, kind, default, description } = parameter;
    writeln!(to, "| {name} | {kind} | {} | {description} |", default.to_json())
}

/// What tuning searches: a line, where there is anything.
fn searched(title: &str, all: &[Searched], to: &mut impl Write) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let one = |searched: &Searched| {
        let scale = |log: bool| if log { ", by ratios" } else { "" };
        let values = match searched.values {
            Range::Double { min, max, log } => format!("{min} to {max}{}", scale(log)),
            Range::Int { min, max, log } => format!("{min} to {max}, whole{}", scale(log)),
            Range::Values(values) => {
                let values: Vec<_> = values.iter().map(|value| value.to_json().to_string()).collect();
                values.join(", ")
            }
        };
        format!("{} ({values})", searched.name)
    };
    let all: Vec<_> = all.iter().map(one).collect();
    writeln!(to, "\n{title}: {}.", all.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_what_the_command_prints() {
        let mut page = Vec::new();
        print(&mut page).unwrap();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/learners.md");
        let kept = std::fs::read_to_string(path).unwrap();
        assert_eq!(kept, String::from_utf8(page).unwrap(), "cargo run -- learners > docs/learners.md");
    }
}
