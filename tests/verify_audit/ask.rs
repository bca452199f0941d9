//! Asks both verifiers.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use juno_audit::{Checkpoint, Known, verify_bundle};
use juno_core::crypto::VerifierKey;
use juno_testkit::services::verifying_python;
use serde_json::{Value, json};

pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A question to both verifiers.
#[derive(Default, Clone)]
pub(crate) struct Question {
    pub(crate) about: String,
    pub(crate) bundle: Vec<u8>,
    pub(crate) key: Option<VerifierKey>,
    pub(crate) against: Option<Checkpoint>,
}

impl Question {
    pub(crate) fn new(about: impl Into<String>, bundle: Vec<u8>) -> Self {
        Self { about: about.into(), bundle, ..Self::default() }
    }

    /// What the verifier in Rust says.
    pub(crate) fn answer(&self) -> String {
        let known = Known { key: self.key.as_ref(), older: self.against.as_ref() };
        verify_bundle(self.bundle.as_slice(), &known).unwrap().to_string()
    }

    /// The same with one bit of the bundle changed.
    fn flipped(&self, bit: usize) -> Self {
        let mut flipped = self.clone();
        flipped.bundle[bit / 8] ^= 1 << (bit % 8);
        flipped.about = format!("{}, bit {bit}", self.about);
        flipped
    }

    fn asked(&self, every_bit: bool) -> Value {
        let hex: String = self.bundle.iter().map(|byte| format!("{byte:02x}")).collect();
        let (key, against) = (self.key.as_ref().map(ToString::to_string), self.against.as_ref());
        json!({ "bundle": hex, "key": key, "against": against.map(ToString::to_string), "every_bit": every_bit })
    }
}

/// Asks the verifier in Python about everything in one run. The same points of the curve are looked at once.
const ASK: &str = r#"
import functools, io, json, sys
import verify_audit
from verify_audit import Bad, verify
verify_audit.strong = functools.cache(verify_audit.strong)
def say(bundle, question):
    try:
        said = verify(io.BytesIO(bundle), question["key"], question["against"])
    except Bad as bad:
        said = f"NOT verified: {bad}"
    print(json.dumps(said))
for question in json.load(sys.stdin):
    bundle = bytearray.fromhex(question["bundle"])
    if not question["every_bit"]:
        say(bundle, question)
        continue
    for bit in range(len(bundle) * 8):
        bundle[bit // 8] ^= 1 << bit % 8
        say(bundle, question)
        bundle[bit // 8] ^= 1 << bit % 8
"#;

/// Starts the verifier in Python on these questions; None, said aloud, where it cannot run.
fn python(asked: &[Value]) -> Option<impl FnOnce() -> Vec<String> + use<>> {
    let mut python = Command::new(verifying_python(Path::new(ROOT))?);
    python.args(["-c", ASK]).env("PYTHONPATH", Path::new(ROOT).join("examples/python"));
    python.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut run = python.spawn().unwrap();
    let (mut input, asked) = (run.stdin.take().unwrap(), serde_json::to_vec(asked).unwrap());
    let writer = std::thread::spawn(move || input.write_all(&asked).unwrap());
    let reader = std::thread::spawn(move || run.wait_with_output().unwrap());
    Some(move || {
        let output = reader.join().unwrap();
        writer.join().unwrap();
        assert!(output.status.success(), "the verifier in Python failed");
        let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    })
}

/// What the verifier in Rust says of each, after the one in Python said the same word by word.
pub(crate) fn agree(questions: &[Question]) -> Vec<String> {
    let asked: Vec<Value> = questions.iter().map(|question| question.asked(false)).collect();
    let said = python(&asked);
    let answers: Vec<String> = questions.iter().map(Question::answer).collect();
    if let Some(said) = said.map(|said| said()) {
        assert_eq!(said.len(), answers.len());
        for ((question, answer), said) in questions.iter().zip(&answers).zip(&said) {
            assert_eq!(said, answer, "{}: Python says the first", question.about);
        }
    }
    answers
}

/// Both verifiers refuse a bundle with any one bit changed, and give the same reason and record.
pub(crate) fn agree_on_every_bit(question: &Question) {
    let said = python(&[question.asked(true)]);
    let flipped = (0..question.bundle.len() * 8).map(|bit| question.flipped(bit));
    let answers: Vec<String> = flipped.map(|question| question.answer()).collect();
    assert!(answers.iter().all(|answer| answer.starts_with("NOT verified: ")), "{}", question.about);
    if let Some(said) = said.map(|said| said()) {
        assert_eq!(said.len(), answers.len());
        for (bit, (answer, said)) in answers.iter().zip(&said).enumerate() {
            assert_eq!(said, answer, "{}: Python says the first", question.flipped(bit).about);
        }
    }
}
