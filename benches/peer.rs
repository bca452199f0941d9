use std::cell::RefCell;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId};
use tempfile::NamedTempFile;

/// scikit-learn in a process of its own, which takes its own time, where `JUNO_PEER_PYTHON` names a Python that has it.
pub struct Peer {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts it; `None` where there is none.
    ///
    /// # Panics
    /// If the named Python does not start.
    #[must_use]
    pub fn start() -> Option<RefCell<Self>> {
        let Some(python) = env::var_os("JUNO_PEER_PYTHON") else {
            eprintln!("scikit-learn is left out: set JUNO_PEER_PYTHON to a Python that has it");
            return None;
        };
        let mut process = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/learn_scikit_learn.py"))
            // One thread for us, one for the peer.
            .env("OMP_NUM_THREADS", "1")
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the Python of JUNO_PEER_PYTHON starts");
        let questions = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        Some(RefCell::new(Self { process, questions, answers }))
    }

    fn time(&mut self, what: &str, file: &NamedTempFile, times: u64) -> Duration {
        writeln!(self.questions, "{what} {} {times}", file.path().display()).expect("it listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it answers");
        Duration::from_nanos(answer.trim().parse().expect("it answers in nanoseconds"))
    }

    /// Adds the way `scikit_learn` to a group: `what` done with each of `files` in turn.
    pub fn beside(
        peer: Option<&RefCell<Self>>,
        group: &mut BenchmarkGroup<'_, WallTime>,
        what: &str,
        size: &str,
        files: &[&NamedTempFile],
    ) {
        if let Some(peer) = peer {
            group.bench_function(BenchmarkId::new("scikit_learn", size), |b| {
                b.iter_custom(|times| files.iter().map(|f| peer.borrow_mut().time(what, f, times)).sum());
            });
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It is in the middle of nothing, and has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
