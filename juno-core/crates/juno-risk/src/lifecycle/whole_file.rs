use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use juno_domain::ErrorKind;

use crate::RiskError;

/// How many names are tried for the file beside.
const MOST_TRIES: u32 = 1000;

/// Writes a file whole or not at all: beside it first, then in its place. Whoever reads meanwhile, or after a crash, finds
/// the old file or the new one.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RiskError> {
    put(path, bytes).map_err(|error| file_error("write", path, &error))
}

/// Reads a file.
pub(super) fn read_whole(path: &Path) -> Result<Vec<u8>, RiskError> {
    let read = if path.is_dir() { Err(a_folder()) } else { fs::read(path) };
    read.map_err(|error| file_error("read", path, &error))
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a link points at is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if path.is_dir() {
        return Err(a_folder());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let (beside, mut file) = beside(&path, &folder)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    if let Err(error) = written.and_then(|()| fs::rename(&beside, &path)) {
        // The first error is the one to tell; what is left over is only litter.
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    // Where a folder can be opened, its new entry is made to last as well.
    match File::open(&folder) {
        Ok(folder) => folder.sync_all(),
        Err(_) => Ok(()),
    }
}

fn a_folder() -> io::Error {
    io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name a file in it")
}

/// A new file in the same folder, under a name no other process uses now.
fn beside(path: &Path, folder: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let process = std::process::id();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..MOST_TRIES {
        let beside = folder.join(format!(".{name}.{process}-{attempt}.part"));
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn file_error(doing: &'static str, path: &Path, error: &io::Error) -> RiskError {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        io::ErrorKind::IsADirectory
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem => ErrorKind::InvalidInput,
        _ => ErrorKind::Unavailable,
    };
    RiskError::ModelFile { doing, path: path.display().to_string(), reason: error.to_string(), kind }
}
