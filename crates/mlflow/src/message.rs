//! The server's messages made fit for users: database errors carry SQL text with its values.

const LONGEST: usize = 300;

/// Where SQLAlchemy's own text begins.
const DATABASE_MARKS: [&str; 6] =
    ["(raised as", "(sqlite3.", "(psycopg", "[SQL:", "[parameters:", "(Background on"];

/// The message up to where the database's text begins, on one line, at most 300 characters.
pub(crate) fn public(message: &str) -> String {
    let end = DATABASE_MARKS.iter().filter_map(|mark| message.find(mark)).min();
    let kept = message[..end.unwrap_or(message.len())].trim().trim_end_matches("Error:").trim();
    if kept.is_empty() {
        return "the server's database refused the request".to_owned();
    }
    one_line(kept)
}

/// The text on one line, at most 300 characters.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_and_its_values_are_cut_away() {
        let raw = "Experiment(name=a) already exists. Error: (sqlite3.IntegrityError) UNIQUE constraint failed\n\
                   [SQL: INSERT INTO experiments (name) VALUES (?)]\n[parameters: ('secret',)]";
        assert_eq!(public(raw), "Experiment(name=a) already exists.");
    }

    #[test]
    fn a_message_of_the_database_alone_is_replaced() {
        let raw =
            "(raised as a result of Query-invoked autoflush; ...)\n(sqlite3.IntegrityError) FOREIGN KEY";
        assert_eq!(public(raw), "the server's database refused the request");
    }

    #[test]
    fn a_long_message_is_shortened_visibly_and_stays_on_one_line() {
        let short = public(&"é\n".repeat(1000));
        assert_eq!(short.chars().count(), LONGEST + 3);
        assert!(short.ends_with("...") && !short.contains('\n'));
    }
}
