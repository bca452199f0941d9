use std::collections::BTreeSet;
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use juno_domain::{Dataset, Progress, Quarantined};
use tokio::sync::oneshot;

use crate::fields::{FieldHints, FieldMap};
use crate::file_source::hints_of;
use crate::format::{Detected, detect};
use crate::merge::Merger;
use crate::{ConnectorError, ConnectorSettings, FileSource, IssueSource, Record};

/// Names of files a folder is searched for.
const EXTENSIONS: [&str; 4] = ["json", "jsonl", "ndjson", "csv"];

/// Loads files, and folders of files, into one dataset.
///
/// A folder stands for its `*.json`, `*.jsonl`, `*.ndjson` and `*.csv` files, not for those of folders inside
/// it. The result depends neither on the order of files and pages nor on how often a page is there. All files
/// of a load should come from one Jira site: ids of different sites can be equal.
///
/// # Errors
/// If a named file cannot be read or is nothing JUNO knows, if nothing at all can be used, or if the caller
/// cancelled. A file of a folder that is something else is quarantined, and so is every bad record.
pub async fn load<P: AsRef<Path>>(
    paths: &[P],
    settings: &ConnectorSettings,
    progress: &Progress,
) -> Result<Dataset, ConnectorError> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let settings = Arc::new(settings.clone());
    let plan = {
        let (settings, progress) = (settings.clone(), progress.clone());
        on_thread(move || Plan::of(&paths, &settings, &progress)).await?
    };
    let mut merger = Merger::default();
    plan.fields.notes().iter().for_each(|note| merger.note(note.clone()));
    plan.notes.into_iter().for_each(|note| merger.note(note));
    let mut used = 0_usize;
    let mut refused = plan.refused;
    for file in &plan.files {
        let mut source =
            FileSource::of(&file.path, file.detected, settings.clone(), Some(plan.fields.clone()));
        match drain(&mut source, &mut merger, progress).await {
            Ok(()) => used += 1,
            Err(error) if !file.named && error.is_about_content() => refused.push((file.path.clone(), error)),
            Err(error) => return Err(error),
        }
    }
    if used == 0 && !refused.is_empty() {
        return Err(refused.swap_remove(0).1);
    }
    for (path, error) in refused {
        let quarantined = Quarantined {
            source: path.display().to_string(),
            position: "whole file".to_owned(),
            reason: error.to_string(),
        };
        merger.add("", Record::Quarantined(quarantined));
    }
    Ok(merger.finish(&settings))
}

/// Loads like [`load`], and waits for it on this thread.
///
/// # Errors
/// As [`load`].
pub fn load_blocking<P: AsRef<Path>>(
    paths: &[P],
    settings: &ConnectorSettings,
    progress: &Progress,
) -> Result<Dataset, ConnectorError> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    // On a thread of its own. The caller's may be driven by a tokio runtime: then what is received here counts towards
    // the budget of the task that runs on it, and once that is used up nothing is received any more before the runtime
    // has the thread back, which it never has while this waits.
    thread::scope(|scope| {
        let started = thread::Builder::new()
            .name("juno-loader".to_owned())
            .spawn_scoped(scope, || block_on(load(&paths, settings, progress)))
            .map_err(|error| failed(error.to_string()))?;
        started.join().unwrap_or_else(|_| Err(failed("its thread ended early".to_owned())))
    })
}

fn failed(reason: String) -> ConnectorError {
    ConnectorError::Reader { name: "files".to_owned(), reason }
}

/// Loads everything that sources of any kind have into one dataset.
///
/// # Errors
/// The first error of a source; `Cancelled` if the caller asked to stop.
pub async fn load_sources(
    sources: &mut [Box<dyn IssueSource>],
    settings: &ConnectorSettings,
    progress: &Progress,
) -> Result<Dataset, ConnectorError> {
    let mut merger = Merger::default();
    for source in sources {
        drain(source.as_mut(), &mut merger, progress).await?;
    }
    Ok(merger.finish(settings))
}

async fn drain(
    source: &mut dyn IssueSource,
    merger: &mut Merger,
    progress: &Progress,
) -> Result<(), ConnectorError> {
    let what = format!("reading {}", source.name());
    progress.step(&what, merger.records(), None)?;
    while let Some(batch) = source.next_batch().await? {
        for record in batch {
            merger.add(source.name(), record);
        }
        progress.step(&what, merger.records(), None)?;
    }
    Ok(())
}

/// What is to be read.
struct Plan {
    files: Vec<PlannedFile>,
    fields: Arc<FieldMap>,
    refused: Vec<(PathBuf, ConnectorError)>,
    notes: Vec<String>,
}

struct PlannedFile {
    path: PathBuf,
    detected: Detected,
    /// Whether the caller named the file itself.
    named: bool,
}

impl Plan {
    /// Finds the files, tells their kinds, and gathers what they tell about fields.
    fn of(
        paths: &[PathBuf],
        settings: &ConnectorSettings,
        progress: &Progress,
    ) -> Result<Self, ConnectorError> {
        let mut found = Vec::new();
        let mut notes = Vec::new();
        for path in paths {
            let meta = fs::metadata(path).map_err(|cause| ConnectorError::io(path, cause))?;
            if meta.is_dir() {
                found.extend(files_of(path, &mut notes)?.into_iter().map(|file| (file, false)));
            } else {
                found.push((path.clone(), true));
            }
        }
        // A file may be named and lie in a named folder: it is read once.
        found.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        let mut seen = BTreeSet::new();
        let mut plan = Self { files: Vec::new(), fields: Arc::default(), refused: Vec::new(), notes };
        let mut hints = FieldHints::default();
        let count = found.len() as u64;
        for (index, (path, named)) in found.into_iter().enumerate() {
            if !seen.insert(fs::canonicalize(&path).unwrap_or_else(|_| path.clone())) {
                continue;
            }
            progress.step("looking through files", index as u64, Some(count))?;
            match detect(&path, settings) {
                Ok(detected) => {
                    hints.merge(hints_of(&path, detected, progress)?);
                    plan.files.push(PlannedFile { path, detected, named });
                }
                Err(error) if !named && error.is_about_content() => plan.refused.push((path, error)),
                Err(error) => return Err(error),
            }
        }
        plan.fields = Arc::new(FieldMap::resolve(&hints, settings));
        Ok(plan)
    }
}

/// The files of a folder that may be an export, by name.
fn files_of(folder: &Path, notes: &mut Vec<String>) -> Result<Vec<PathBuf>, ConnectorError> {
    let io = |cause| ConnectorError::io(folder, cause);
    let mut files = Vec::new();
    let mut folders = 0_usize;
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            folders += 1;
            continue;
        }
        let extension =
            path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        if EXTENSIONS.contains(&extension.as_str()) {
            files.push(path);
        }
    }
    if folders > 0 {
        notes.push(format!(
            "`{}`: {folders} folders inside it were not searched: name them too if they belong to the export",
            folder.display()
        ));
    }
    if files.is_empty() {
        return Err(ConnectorError::NothingToLoad { path: folder.to_owned() });
    }
    files.sort();
    Ok(files)
}

/// Runs work that waits for files on a thread of its own.
async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ConnectorError> + Send + 'static,
) -> Result<T, ConnectorError> {
    let (sender, receiver) = oneshot::channel();
    let started = thread::Builder::new().name("juno-planner".to_owned()).spawn(move || {
        // If nobody waits any more, nobody minds.
        let _ = sender.send(work());
    });
    started.map_err(|error| failed(error.to_string()))?;
    receiver.await.unwrap_or_else(|_| Err(failed("its thread ended early".to_owned())))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future that other threads drive.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}
