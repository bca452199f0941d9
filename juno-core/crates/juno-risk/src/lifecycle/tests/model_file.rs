use std::sync::LazyLock;

use juno_domain::{ErrorKind, Progress};
use proptest::prelude::*;

use super::*;
use crate::lifecycle::feature_schema;
use crate::testing::{drawn, small_blend};
use crate::{RiskModel, TrainingSet};

/// A small model with its bytes.
static SAVED: LazyLock<(BlendRiskModel, Vec<u8>)> = LazyLock::new(|| {
    let training = TrainingSet::new(drawn(3, 30, 7)).unwrap();
    let model = small_blend().check().unwrap().fit(&training, &Progress::silent()).unwrap();
    let bytes = model.to_bytes().unwrap();
    (model, bytes)
});

fn kind(bytes: &[u8]) -> ErrorKind {
    BlendRiskModel::from_bytes(bytes).unwrap_err().kind()
}

/// The file with another word in its first line.
fn with_word(at: usize, word: &str) -> Vec<u8> {
    let end = SAVED.1.iter().position(|byte| *byte == b'\n').unwrap();
    let line = String::from_utf8(SAVED.1[..end].to_vec()).unwrap();
    let mut words: Vec<&str> = line.split(' ').collect();
    words[at] = word;
    [words.join(" ").as_bytes(), &SAVED.1[end..]].concat()
}

/// The file with another payload, and a first line that fits it.
fn with_payload(from: &str, to: &str) -> Vec<u8> {
    let payload = String::from_utf8(unpack(&SAVED.1).unwrap().to_vec()).unwrap();
    assert!(payload.contains(from), "{from}");
    pack(payload.replacen(from, to, 1).as_bytes())
}

#[test]
fn what_is_loaded_is_what_was_saved_and_answers_with_the_same_bits() {
    let (model, bytes) = &*SAVED;
    let loaded = BlendRiskModel::from_bytes(bytes).unwrap();
    assert_eq!(&loaded, model);
    assert_eq!(&loaded.to_bytes().unwrap(), bytes);
    let mut asked = 0;
    for sprint in drawn(2, 12, 8).iter().filter(|sprint| sprint.sprint.0 == 12) {
        let history: Vec<_> = drawn(2, 12, 8)
            .into_iter()
            .filter(|past| past.sprint.0 < 12 && past.project == sprint.project)
            .collect();
        for stage in &sprint.stages {
            let say = |model: &BlendRiskModel| {
                serde_json::to_vec(&model.predict(stage, &history).unwrap()).unwrap()
            };
            assert_eq!(say(&loaded), say(model));
            asked += 1;
        }
    }
    assert_eq!(asked, 8);
}

#[test]
fn a_fit_on_more_threads_is_saved_as_the_same_bytes() {
    let training = TrainingSet::new(drawn(3, 30, 7)).unwrap();
    let params = crate::BlendParams { threads: 3.try_into().unwrap(), ..small_blend() };
    let model = params.check().unwrap().fit(&training, &Progress::silent()).unwrap();
    assert_eq!(model.to_bytes().unwrap(), SAVED.1);
}

#[test]
fn another_format_version_or_schema_is_told_from_damage() {
    assert_eq!(kind(&with_word(0, "PK")), ErrorKind::Corrupt);
    assert_eq!(kind(&with_word(1, "0")), ErrorKind::Unsupported);
    assert_eq!(kind(&with_word(1, "2")), ErrorKind::Unsupported);
    assert_eq!(kind(&with_word(1, "one")), ErrorKind::Corrupt);
    let other = feature_schema().to_string().replace(['0', '1', '2'], "f");
    let error = BlendRiskModel::from_bytes(&with_word(2, &other)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("feature schema"), "{error}");
    assert_eq!(kind(&with_word(2, "abc")), ErrorKind::Corrupt);
    // The same number in other writing is another file.
    let length = unpack(&SAVED.1).unwrap().len();
    for written in [format!("0{length}"), format!("+{length}"), (length + 1).to_string(), "9".repeat(30)] {
        assert_eq!(kind(&with_word(3, &written)), ErrorKind::Corrupt, "{written}");
    }
    let upper = with_word(4, &juno_crypto::digest(unpack(&SAVED.1).unwrap()).to_string().to_uppercase());
    assert_eq!(kind(&upper), ErrorKind::Corrupt);
    for soup in [&b""[..], b"\n", b"juno-risk-model", b"juno-risk-model 1\n", &[0xff; 400], b"{\"a\":1}\n"] {
        assert_eq!(kind(soup), ErrorKind::Corrupt);
    }
}

#[test]
fn a_payload_that_no_fit_leaves_behind_is_refused_though_its_digest_fits() {
    let sprints = SAVED.0.to_bytes().unwrap();
    assert!(!sprints.is_empty());
    for (from, to) in [
        ("\"stage\":0.3", "\"stage\":0.0"),
        ("\"stage\":0.3", "\"stage\":7.0"),
        ("\"sprints\":90", "\"sprints\":1"),
        ("\"params\"", "\"settings\""),
        ("\"params\"", "\"more\":1,\"params\""),
        ("\"trees\":5", "\"trees\":6"),
        ("\"fitted_on\":{", "\"fitted_on\":{\"A\":1,"),
        ("{", "["),
    ] {
        assert_eq!(kind(&with_payload(from, to)), ErrorKind::Corrupt, "{from} as {to}");
    }
    assert_eq!(kind(&pack(b"")), ErrorKind::Corrupt);
}

#[test]
fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.juno");
    assert_eq!(BlendRiskModel::load(&path).unwrap_err().kind(), ErrorKind::NotFound);
    std::fs::write(&path, b"an old one").unwrap();
    let error = BlendRiskModel::load(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("model.juno"), "{error}");
    SAVED.0.save(&path).unwrap();
    assert_eq!(BlendRiskModel::load(&path).unwrap(), SAVED.0);
    assert_eq!(std::fs::read(&path).unwrap(), SAVED.1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let error = SAVED.0.save(folder.path().join("missing/model.juno")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("cannot write the model file"), "{error}");
    assert_eq!(SAVED.0.save(folder.path()).unwrap_err().kind(), ErrorKind::InvalidInput);
    let error = BlendRiskModel::load(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().ends_with("it is a folder; name a file in it"), "{error}");
}

/// What a killed process leaves beside the file is neither read nor in the way.
#[test]
fn fault_half_a_file_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.juno");
    SAVED.0.save(&path).unwrap();
    let litter = folder.path().join(format!(".model.juno.{}-0.part", std::process::id()));
    std::fs::write(&litter, &SAVED.1[..100]).unwrap();
    assert_eq!(BlendRiskModel::load(&path).unwrap(), SAVED.0);
    SAVED.0.save(&path).unwrap();
    assert_eq!(BlendRiskModel::load(&path).unwrap(), SAVED.0);
    assert_eq!(std::fs::read(&litter).unwrap().len(), 100);
}

#[test]
fn every_shorter_file_is_refused() {
    let bytes = &SAVED.1;
    // Every place in the first line and behind it, then every so-manieth.
    for end in (0..400).chain((400..bytes.len()).step_by(bytes.len() / 100)).chain([bytes.len() - 1]) {
        assert_eq!(kind(&bytes[..end]), ErrorKind::Corrupt, "{end}");
    }
    assert_eq!(kind(&[bytes, &b" "[..]].concat()), ErrorKind::Corrupt);
    assert_eq!(kind(&[bytes, &bytes[..]].concat()), ErrorKind::Corrupt);
}

#[test]
fn every_change_in_the_first_line_is_refused() {
    let end = SAVED.1.iter().position(|byte| *byte == b'\n').unwrap();
    for at in 0..=end {
        for flip in [1, 0x20, 0x80] {
            let mut bytes = SAVED.1.clone();
            bytes[at] ^= flip;
            assert!(BlendRiskModel::from_bytes(&bytes).is_err(), "byte {at} ^ {flip}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_changed_byte_is_never_loaded(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut bytes = SAVED.1.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(BlendRiskModel::from_bytes(&bytes).is_err());
    }

    /// Behind a line that fits: the payload alone has to be refused, or to be a model that never panics.
    #[test]
    fn a_changed_payload_with_a_fitting_line_never_panics(
        at in any::<prop::sample::Index>(), byte in prop::sample::select(b"0123456789.-e,[]{}\"nt ".to_vec())
    ) {
        let mut payload = unpack(&SAVED.1).unwrap().to_vec();
        let at = at.index(payload.len());
        payload[at] = byte;
        if let Ok(model) = BlendRiskModel::from_bytes(&pack(&payload)) {
            let history = drawn(1, 5, 9);
            let asked = drawn(1, 6, 9).remove(5);
            for stage in &asked.stages {
                let _ = model.predict(stage, &history);
            }
        }
    }
}
