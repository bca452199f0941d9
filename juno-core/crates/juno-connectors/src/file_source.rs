use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use juno_domain::{DomainError, Progress};
use tokio::sync::mpsc;

use crate::fields::{FieldHints, FieldMap};
use crate::format::{Detected, FileFormat, detect};
use crate::json::JsonScanner;
use crate::sink::{Closed, RecordSink};
use crate::{ConnectorError, ConnectorSettings, IssueSource, Record, jira, sheet};

/// Records of a batch, at most.
const BATCH_RECORDS: usize = 64;
/// Bytes of the file a batch stands for, about.
const BATCH_BYTES: usize = 256 * 1024;
/// Batches that may wait for the consumer.
const WAITING: usize = 4;
/// The longest record that is read.
const MAX_RECORD: usize = 64 * 1024 * 1024;

type Opener = dyn Fn() -> io::Result<Box<dyn Read>> + Send + Sync;

/// Reads one file, of whatever accepted kind, without holding it.
///
/// A thread of its own parses and waits while the consumer is behind. JSON is read twice: once for what tells
/// which custom field is which (Jira puts `names` at the end of a page), once for the records.
pub struct FileSource {
    name: String,
    job: Option<Job>,
    running: Option<mpsc::Receiver<Message>>,
}

/// All that the reading thread needs.
struct Job {
    path: PathBuf,
    format: FileFormat,
    open: Arc<Opener>,
    settings: Arc<ConnectorSettings>,
    /// Known fields; `None`: found in this file alone.
    fields: Option<Arc<FieldMap>>,
}

enum Message {
    Batch(Vec<Record>),
    Failed(ConnectorError),
    Done,
}

impl FileSource {
    /// Opens the file at `path` and tells its kind from its content.
    ///
    /// # Errors
    /// If it cannot be read, or is nothing JUNO knows.
    pub fn open(path: impl AsRef<Path>, settings: &ConnectorSettings) -> Result<Self, ConnectorError> {
        let path = path.as_ref();
        let detected = detect(path, settings)?;
        Ok(Self::of(path, detected, Arc::new(settings.clone()), None))
    }

    /// A source of a file whose kind is known, with fields found in all files of a load.
    pub(crate) fn of(
        path: &Path,
        detected: Detected,
        settings: Arc<ConnectorSettings>,
        fields: Option<Arc<FieldMap>>,
    ) -> Self {
        let open = opener(path.to_owned(), detected.mark);
        Self::from_opener(path, detected.format, open, settings, fields)
    }

    /// A source of whatever `open` opens; `path` names it.
    pub(crate) fn from_opener(
        path: &Path,
        format: FileFormat,
        open: Arc<Opener>,
        settings: Arc<ConnectorSettings>,
        fields: Option<Arc<FieldMap>>,
    ) -> Self {
        let job = Job { path: path.to_owned(), format, open, settings, fields };
        Self { name: path.display().to_string(), job: Some(job), running: None }
    }
}

#[async_trait]
impl IssueSource for FileSource {
    fn name(&self) -> &str {
        &self.name
    }

    async fn next_batch(&mut self) -> Result<Option<Vec<Record>>, ConnectorError> {
        if let Some(job) = self.job.take() {
            let (sender, receiver) = mpsc::channel(WAITING);
            let started =
                thread::Builder::new().name("juno-reader".to_owned()).spawn(move || job.run(sender));
            started.map_err(|error| self.failed(error.to_string()))?;
            self.running = Some(receiver);
        }
        let Some(running) = &mut self.running else { return Ok(None) };
        match running.recv().await {
            Some(Message::Batch(batch)) => Ok(Some(batch)),
            Some(Message::Done) => {
                self.running = None;
                Ok(None)
            }
            Some(Message::Failed(error)) => {
                self.running = None;
                Err(error)
            }
            None => {
                self.running = None;
                Err(self.failed("its thread ended early".to_owned()))
            }
        }
    }
}

impl FileSource {
    fn failed(&self, reason: String) -> ConnectorError {
        ConnectorError::Reader { name: self.name.clone(), reason }
    }
}

impl Job {
    fn run(self, sender: mpsc::Sender<Message>) {
        let mut sink = ChannelSink { sender, batch: Vec::new(), bytes: 0 };
        let last = match self.read(&mut sink) {
            Ok(()) => Message::Done,
            Err(error) => Message::Failed(error),
        };
        if sink.flush().is_ok() {
            // If nobody listens any more, nobody minds.
            let _ = sink.sender.blocking_send(last);
        }
    }

    fn read(&self, sink: &mut ChannelSink) -> Result<(), ConnectorError> {
        let fields = match &self.fields {
            Some(fields) => fields.clone(),
            None => {
                let hints = match lines_of(self.format) {
                    Some(lines) => {
                        let go_on =
                            |_| sink.listened().map_err(|Closed| DomainError::Cancelled(String::new()));
                        match discover(&self.path, &*self.open, lines, &go_on) {
                            Err(ConnectorError::Domain(DomainError::Cancelled(_))) => return Ok(()),
                            outcome => outcome?,
                        }
                    }
                    None => FieldHints::default(),
                };
                let fields = FieldMap::resolve(&hints, &self.settings);
                for note in fields.notes() {
                    if sink.push(Record::Note(note.clone()), 0).is_err() {
                        return Ok(());
                    }
                }
                Arc::new(fields)
            }
        };
        let reader = (self.open)().map_err(|cause| ConnectorError::io(&self.path, cause))?;
        let (path, settings) = (&self.path, &self.settings);
        match self.format {
            FileFormat::Json | FileFormat::JsonLines => {
                let lines = self.format == FileFormat::JsonLines;
                let mut scanner = JsonScanner::new(reader, lines, MAX_RECORD);
                jira::read(&mut scanner, path, &fields, settings, sink)
            }
            FileFormat::JiraCsv { delimiter } => {
                sheet::read_jira_csv(reader, delimiter, path, &fields, settings, sink)
            }
            FileFormat::SprintTable { delimiter } => {
                sheet::read_sprint_table(reader, delimiter, path, settings, sink)
            }
        }
    }
}

/// Whether a JSON file has a record on each line; `None` for a table.
fn lines_of(format: FileFormat) -> Option<bool> {
    match format {
        FileFormat::Json => Some(false),
        FileFormat::JsonLines => Some(true),
        FileFormat::JiraCsv { .. } | FileFormat::SprintTable { .. } => None,
    }
}

/// What a file tells about its fields; nothing for a table.
///
/// # Errors
/// If it cannot be opened, or the caller cancelled.
pub(crate) fn hints_of(
    path: &Path,
    detected: Detected,
    progress: &Progress,
) -> Result<FieldHints, ConnectorError> {
    match lines_of(detected.format) {
        Some(lines) => {
            let go_on = |elements| progress.step("looking for fields", elements, None);
            discover(path, &*opener(path.to_owned(), detected.mark), lines, &go_on)
        }
        None => Ok(FieldHints::default()),
    }
}

fn discover(
    path: &Path,
    open: &Opener,
    lines: bool,
    go_on: &dyn Fn(u64) -> Result<(), DomainError>,
) -> Result<FieldHints, ConnectorError> {
    let reader = open().map_err(|cause| ConnectorError::io(path, cause))?;
    Ok(jira::discover(&mut JsonScanner::new(reader, lines, MAX_RECORD), go_on)?)
}

/// Opens a file behind its byte order mark.
fn opener(path: PathBuf, mark: usize) -> Arc<Opener> {
    Arc::new(move || {
        let mut file = File::open(&path)?;
        file.seek(SeekFrom::Start(mark as u64))?;
        Ok(Box::new(file))
    })
}

struct ChannelSink {
    sender: mpsc::Sender<Message>,
    batch: Vec<Record>,
    bytes: usize,
}

impl ChannelSink {
    /// Whether somebody still waits for records.
    fn listened(&self) -> Result<(), Closed> {
        if self.sender.is_closed() { Err(Closed) } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Closed> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        self.sender.blocking_send(Message::Batch(batch)).map_err(|_| Closed)
    }
}

impl RecordSink for ChannelSink {
    fn push(&mut self, record: Record, bytes: usize) -> Result<(), Closed> {
        self.batch.push(record);
        self.bytes += bytes;
        if self.batch.len() >= BATCH_RECORDS || self.bytes >= BATCH_BYTES {
            self.flush()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const ISSUES: usize = 2_000;

    /// A page of issues that is made while it is read, and never all there.
    struct Stream {
        head: &'static [u8],
        issue: Arc<Vec<u8>>,
        next: usize,
        at: usize,
        given: Arc<AtomicU64>,
    }

    impl Stream {
        fn chunk(&self) -> &[u8] {
            match self.next {
                0 => self.head,
                n if n <= ISSUES => &self.issue,
                n if n == ISSUES + 1 => b"{}]}",
                _ => b"",
            }
        }
    }

    impl Read for Stream {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.at == self.chunk().len() {
                (self.next, self.at) = (self.next + 1, 0);
            }
            let rest = &self.chunk()[self.at..];
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            self.at += count;
            self.given.fetch_add(count as u64, Ordering::Relaxed);
            Ok(count)
        }
    }

    #[tokio::test]
    async fn a_huge_file_is_read_no_further_than_the_consumer_needs() {
        let text = "x".repeat(12_000);
        let issue = format!(
            "{{\"id\":\"1\",\"key\":\"PAY-1\",\"fields\":{{\"status\":{{\"name\":\"Done\"}},\"summary\":\"{text}\",\
             \"created\":\"2026-03-02T09:14:11.000+0100\"}}}},"
        );
        let size = issue.len() as u64;
        let issue = Arc::new(issue.into_bytes());
        let given = Arc::new(AtomicU64::new(0));
        let counter = given.clone();
        let open: Arc<Opener> = Arc::new(move || {
            let (issue, given) = (issue.clone(), counter.clone());
            Ok(Box::new(Stream { head: b"{\"issues\":[", issue, next: 0, at: 0, given }))
        });
        let mut source = FileSource::from_opener(
            Path::new("huge.json"),
            FileFormat::Json,
            open,
            Arc::default(),
            Some(Arc::default()),
        );
        let (mut issues, mut furthest) = (0, 0);
        while let Some(batch) = source.next_batch().await.unwrap() {
            issues += batch.iter().filter(|record| matches!(record, Record::Issue(_))).count();
            // Let the reading thread run as far ahead as it may.
            thread::sleep(std::time::Duration::from_millis(1));
            furthest = furthest.max(given.load(Ordering::Relaxed) - issues as u64 * size);
        }
        assert_eq!(issues, ISSUES);
        assert!(given.load(Ordering::Relaxed) > 24_000_000);
        // A batch with the consumer is counted as taken; four wait, one is full and one being filled.
        assert!(furthest < 2 * 1024 * 1024, "the reader ran {furthest} bytes ahead");
    }

    #[tokio::test]
    async fn a_reader_that_fails_is_an_error_with_its_name() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("cable pulled"))
            }
        }
        let open: Arc<Opener> = Arc::new(|| Ok(Box::new(Failing)));
        for format in [FileFormat::Json, FileFormat::JiraCsv { delimiter: b',' }] {
            let path = Path::new("net.json");
            let mut source = FileSource::from_opener(path, format, open.clone(), Arc::default(), None);
            let error = source.next_batch().await.unwrap_err().to_string();
            assert!(error.contains("net.json") && error.contains("cable pulled"), "{error}");
            assert_eq!(source.next_batch().await.unwrap(), None);
        }
    }
}
