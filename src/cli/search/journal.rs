//! The journal: what happened, one JSON line each, appended and never changed.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use super::SearchError;
use super::folder::Folder;
use super::line::{FORMAT, Line};

/// The journal, open for appending.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens the journal of a folder, and reads what stands in it. A last line without its end was being written when the
    /// process died: nobody has acted on it, and it is cut off.
    pub fn open(folder: &Folder) -> Result<(Self, Vec<Line>), SearchError> {
        let path = folder.journal();
        let fail = |source| SearchError::Folder { path: path.clone(), source };
        let text = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(fail(error)),
        };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines = read(&text[..whole]).map_err(|(line, reason)| SearchError::Journal {
            path: path.clone(),
            line,
            reason,
        })?;
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(fail)?;
        file.set_len(whole as u64).map_err(fail)?;
        // The name of a new file is as durable as what it holds.
        File::open(folder.root()).and_then(|root| root.sync_all()).map_err(fail)?;
        Ok((Self { file, path }, lines))
    }

    /// Appends a line that may be lost with the machine.
    pub fn write(&mut self, line: &Line) -> Result<(), SearchError> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        // One write: a process that is killed leaves whole lines, and at most one torn one.
        self.file.write_all(&text).map_err(|source| self.broken(source))
    }

    /// Appends a line and returns once it, and all before it, would be there after a power cut.
    pub fn write_durably(&mut self, line: &Line) -> Result<(), SearchError> {
        self.write(line)?;
        self.file.sync_data().map_err(|source| self.broken(source))
    }

    /// An error about a line, from 1.
    pub fn wrong(&self, line: usize, reason: String) -> SearchError {
        SearchError::Journal { path: self.path.clone(), line, reason }
    }

    fn broken(&self, source: std::io::Error) -> SearchError {
        SearchError::Folder { path: self.path.clone(), source }
    }
}

fn read(text: &[u8]) -> Result<Vec<Line>, (usize, String)> {
    let line = |(index, bytes): (usize, &[u8])| {
        let line: Line = serde_json::from_slice(bytes).map_err(|error| (index + 1, error.to_string()))?;
        match line {
            Line::Session { format, .. } if format != FORMAT => {
                Err((index + 1, format!("format {format} is not ours, which is {FORMAT}")))
            }
            line => Ok(line),
        }
    };
    text.split(|byte| *byte == b'\n').enumerate().filter(|(_, bytes)| !bytes.is_empty()).map(line).collect()
}
