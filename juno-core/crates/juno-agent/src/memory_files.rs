//! Files of exported and archived memories: each is written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use juno_audit::AuditError;
use juno_crypto::digest;

use crate::AgentError;

/// How the name of an archive file ends.
const SEGMENT: &str = ".memories.jsonl";

/// The name of the archive file with this content: the same content has the same name.
pub(crate) fn segment_name(bytes: &[u8]) -> String {
    let digest = digest(bytes).to_string();
    format!("{}{SEGMENT}", digest.get(..32).unwrap_or(&digest))
}

/// The archive files among these paths and in those of them that are folders, in order.
pub(crate) fn segments_in(paths: &[PathBuf]) -> Result<Vec<PathBuf>, AgentError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(|source| at(path, source))? {
            let entry = entry.map_err(|source| at(path, source))?;
            if entry.file_name().to_str().is_some_and(|name| name.ends_with(SEGMENT)) {
                inside.push(entry.path());
            }
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, AgentError> {
    fs::read(path).map_err(|source| at(path, source))
}

/// Writes a file whole: it is on the disk when this returns, and until then what was there before.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), AgentError> {
    let write = || -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            fs::create_dir_all(folder)?;
        }
        let beside = beside(path);
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        sync_folder(path)
    };
    write().map_err(|source| at(path, source))
}

/// Removes a file for good, with what a killed writing of it left.
pub(crate) fn remove(path: &Path) -> Result<(), AgentError> {
    for path in [beside(path), path.to_owned()] {
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(at(&path, source)),
            _ => {}
        }
    }
    sync_folder(path).map_err(|source| at(path, source))
}

/// Removes what killed writings left in these folders.
pub(crate) fn remove_unfinished(paths: &[PathBuf]) -> Result<(), AgentError> {
    for folder in paths.iter().filter(|path| path.is_dir()) {
        for entry in fs::read_dir(folder).map_err(|source| at(folder, source))? {
            let entry = entry.map_err(|source| at(folder, source))?;
            let unfinished = format!("{SEGMENT}.part");
            if entry.file_name().to_str().is_some_and(|name| name.ends_with(&unfinished)) {
                fs::remove_file(entry.path()).map_err(|source| at(&entry.path(), source))?;
            }
        }
    }
    Ok(())
}

/// Where a file is written before it takes its name.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Where a folder can be opened, what it lists is flushed too.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match File::open(folder.unwrap_or_else(|| Path::new("."))) {
        Ok(folder) if cfg!(unix) => folder.sync_all(),
        _ => Ok(()),
    }
}

fn at(path: &Path, source: io::Error) -> AgentError {
    AuditError::File { path: path.to_owned(), source }.into()
}
