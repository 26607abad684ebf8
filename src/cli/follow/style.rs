//! Colours, on terminals that want them.

/// How words are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Style {
    has_colour: bool,
}

impl Style {
    /// With colours or without.
    pub fn new(has_colour: bool) -> Self {
        Self { has_colour }
    }

    /// A phase or result, in the colour of what it means; the text may be padded.
    pub fn state(self, text: &str) -> String {
        match text.trim() {
            "Succeeded" | "Promoted" | "Pass" | "Evaluated" => self.paint("32", text),
            "Failed" | "Fail" | "Error" | "Rejected" | "RolledBack" => self.paint("31", text),
            "Running" | "Evaluating" | "Inconclusive" | "AwaitingApproval" | "Held" | "Suspended"
            | "Queued" => self.paint("33", text),
            _ => text.to_owned(),
        }
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.has_colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
