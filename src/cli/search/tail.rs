//! Reads a file that somebody else appends to.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// Bytes of one look, so that a trial that prints without end holds nobody up.
const MOST_BYTES: u64 = 1 << 20;
/// A longer line is cut: no metric is written like that.
const LONGEST_LINE: usize = 1 << 16;

/// Where reading has got to.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    /// Opened once it is there.
    file: Option<File>,
    /// A line whose end is not written yet.
    rest: Vec<u8>,
}

impl Tail {
    /// Of a file that need not be there yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, file: None, rest: Vec::new() }
    }

    /// Lines that were completed since the last look, and whether there may be more.
    pub fn lines(&mut self) -> std::io::Result<(Vec<String>, bool)> {
        if self.file.is_none() {
            self.file = match File::open(&self.path) {
                Ok(file) => Some(file),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
        }
        let Some(file) = &mut self.file else { return Ok((Vec::new(), false)) };
        let read = file.take(MOST_BYTES).read_to_end(&mut self.rest)?;
        Ok((self.split(), read as u64 == MOST_BYTES))
    }

    /// What is left when nobody writes any more: a last line may lack its end.
    pub fn finish(&mut self) -> std::io::Result<Vec<String>> {
        let mut all = Vec::new();
        loop {
            let (lines, is_more) = self.lines()?;
            all.extend(lines);
            if !is_more {
                break;
            }
        }
        if !self.rest.is_empty() {
            all.push(String::from_utf8_lossy(&std::mem::take(&mut self.rest)).into_owned());
        }
        Ok(all)
    }

    fn split(&mut self) -> Vec<String> {
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
            self.rest.truncate(LONGEST_LINE);
            return Vec::new();
        };
        let rest = self.rest.split_off(end + 1);
        let whole = std::mem::replace(&mut self.rest, rest);
        let text = String::from_utf8_lossy(&whole);
        // Progress bars go back to the beginning of their line instead of ending it.
        text.split(['\n', '\r']).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn lines_come_once_they_are_whole_and_the_last_one_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stdout");
        let mut tail = Tail::new(path.clone());
        assert_eq!(tail.lines().unwrap().0, Vec::<String>::new());
        let mut file = File::create(&path).unwrap();
        file.write_all(b"a=1\nb=").unwrap();
        assert_eq!(tail.lines().unwrap().0, ["a=1"]);
        file.write_all(b"2\rc=3\n\xff").unwrap();
        assert_eq!(tail.lines().unwrap().0, ["b=2", "c=3"]);
        assert_eq!(tail.finish().unwrap(), ["\u{fffd}"]);
        assert_eq!(tail.finish().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_flood_is_read_in_bounded_looks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stdout");
        std::fs::write(&path, vec![b'x'; 3 << 20]).unwrap();
        let mut tail = Tail::new(path);
        assert!(tail.lines().unwrap().1);
        assert!(tail.rest.len() <= LONGEST_LINE);
        assert!(tail.finish().unwrap()[0].len() <= (1 << 20) + LONGEST_LINE);
    }
}
