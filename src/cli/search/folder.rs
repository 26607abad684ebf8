//! The output folder: one process at a time, a folder a trial, the report.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use podium_tuning::report::charts::{CHART_FORMS, CHARTS};
use podium_tuning::report::{BEST_JSON, Picture, Report};

use super::SearchError;

/// Where searches go that name no folder.
const DEFAULT_ROOT: &str = "podium-search";

/// The output folder, held against other processes until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// The system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Makes the folder when it is not there, and takes it.
    pub fn open(output: Option<&Path>, name: &str) -> Result<Self, SearchError> {
        let root = output.map_or_else(|| Path::new(DEFAULT_ROOT).join(name), Path::to_owned);
        let root = std::path::absolute(&root).map_err(|source| SearchError::Folder { path: root, source })?;
        let trials = root.join("trials");
        fs::create_dir_all(&trials).map_err(|source| SearchError::Folder { path: trials, source })?;
        let lock = lock(&root)?;
        Ok(Self { root, _lock: lock })
    }

    /// Its absolute path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the journal is.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal.jsonl")
    }

    /// Folder of a trial, five digits at least so that lists are in order.
    pub fn trial(&self, number: i64) -> PathBuf {
        self.root.join("trials").join(format!("{number:05}"))
    }

    /// Writes all files of a report; whoever reads one meanwhile sees the old one or the new one. The best trial of an earlier
    /// session goes when there is none now.
    pub fn write_report(&self, report: &Report) -> Result<(), SearchError> {
        let files = report.files()?;
        if !files.iter().any(|file| file.name == BEST_JSON) {
            remove(self.root.join(BEST_JSON))?;
        }
        files.into_iter().try_for_each(|file| self.write(file.name, file.text.as_bytes()))
    }

    /// Writes the pictures of a report, as its files are written; those of an earlier session that are there no more go.
    pub fn write_pictures(&self, pictures: &[Picture]) -> Result<(), SearchError> {
        let names = CHARTS.iter().flat_map(|name| CHART_FORMS.map(|form| format!("{name}.{form}")));
        for name in names.filter(|name| pictures.iter().all(|picture| picture.name != *name)) {
            remove(self.root.join(name))?;
        }
        pictures.iter().try_for_each(|picture| self.write(&picture.name, &picture.bytes))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SearchError> {
        let path = self.root.join(name);
        let draft = path.with_file_name(format!(".{}", path.file_name().unwrap_or_default().display()));
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&draft, bytes))
            .and_then(|()| fs::rename(&draft, &path))
            .map_err(|source| SearchError::Folder { path, source })
    }
}

fn remove(path: PathBuf) -> Result<(), SearchError> {
    match fs::remove_file(&path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(SearchError::Folder { path, source }),
        _ => Ok(()),
    }
}

fn lock(root: &Path) -> Result<File, SearchError> {
    let path = root.join("lock");
    let fail = |source| SearchError::Folder { path: path.clone(), source };
    let mut file =
        OpenOptions::new().create(true).read(true).write(true).truncate(false).open(&path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // Who holds it is a help only: it may be about to write its number.
            let _ = file.read_to_string(&mut pid);
            let by = if pid.trim().is_empty() { String::new() } else { format!(", process {}", pid.trim()) };
            return Err(SearchError::Locked { path: root.to_owned(), by });
        }
        Err(TryLockError::Error(source)) => return Err(fail(source)),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(fail)?;
    Ok(file)
}
