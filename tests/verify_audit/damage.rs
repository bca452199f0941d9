//! Damaged, cut, rewritten and erased bundles.

use juno_audit::{AuditLog, leaf_hash};
use juno_core::crypto::{KeyKind, Signer};
use juno_domain::DomainEvent;
use juno_testkit::conformance::audit_log::sample_event;
use serde_json::json;

use crate::ask::{Question, agree, agree_on_every_bit};
use crate::bundles::{bundle, checkpoint_of, events, lines, log_of, log_signer, sealed_bundle, signer};

/// Good bundles, with and without what the reader knows from elsewhere.
async fn good() -> Vec<Question> {
    let log = log_signer();
    let older =
        [checkpoint_of(0).await, checkpoint_of(1).await, checkpoint_of(5).await, checkpoint_of(9).await];
    let whole = Question::new("whole", bundle(&events(9), &older, &log).await);
    vec![
        whole.clone(),
        Question { key: Some(log.key().clone()), ..whole.clone() },
        Question { against: Some(checkpoint_of(3).await), ..whole },
        Question::new("empty", bundle(&[], &[], &log).await),
        Question::new("one", bundle(&events(1), &older[..2], &log).await),
    ]
}

/// Bundles that are wrong, each in another way.
async fn damaged() -> Vec<Question> {
    let log = log_signer();
    let whole = bundle(&events(6), &[checkpoint_of(3).await], &log).await;
    let with = |about: &str, edit: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines(&whole);
        edit(&mut lines);
        Question::new(about, lines.concat().into_bytes())
    };
    let mut out = vec![
        with("swapped", &|lines| lines.swap(3, 5)),
        with("dropped", &|lines| drop(lines.remove(4))),
        with("last record dropped", &|lines| drop(lines.remove(7))),
        with("repeated", &|lines| lines.insert(4, lines[4].clone())),
        with("inserted at the end", &|lines| lines.insert(8, lines[7].replace("\"index\":5", "\"index\":6"))),
        with("behind the end", &|lines| lines.push(lines[4].clone())),
        with("no last line", &|lines| drop(lines.pop())),
        with("no first line", &|lines| drop(lines.remove(0))),
        with("no older line", &|lines| drop(lines.remove(1))),
        with("empty line", &|lines| lines.insert(3, "\n".into())),
        with("carriage return", &|lines| lines[3] = lines[3].replace('\n', "\r\n")),
        with("edited", &|lines| lines[4] = lines[4].replace("require_approval", "allow")),
        with("edited with a new leaf", &|lines| {
            let (_, event) = lines[4].trim_end().split_once(",\"event\":").unwrap();
            let event = event.strip_suffix('}').unwrap().replace("require_approval", "allow");
            lines[4] =
                format!("{{\"index\":2,\"leaf\":\"{}\",\"event\":{event}}}\n", leaf_hash(event.as_bytes()));
        }),
        with("a key twice", &|lines| {
            let (_, event) = lines[4].trim_end().split_once(",\"event\":").unwrap();
            let event = event.strip_suffix('}').unwrap().replacen('{', "{\"actor\":\"eve\",", 1);
            lines[4] =
                format!("{{\"index\":2,\"leaf\":\"{}\",\"event\":{event}}}\n", leaf_hash(event.as_bytes()));
        }),
        with("no JSON", &|lines| {
            lines[4] = format!("{{\"index\":2,\"leaf\":\"{}\",\"event\":[NaN]}}\n", leaf_hash(b"[NaN]"));
        }),
        with("an unproved past", &|lines| {
            lines[1] = lines[1].split_once("\"path\":").unwrap().0.to_owned() + "\"path\":[]}\n";
        }),
        Question::new("nothing", Vec::new()),
        Question::new("no bundle", b"{}\n".to_vec()),
    ];
    let mut changed = events(6);
    changed[1].subject = "changed".into();
    let eve = signer("juno.example/audit", KeyKind::Ed25519, 66);
    let forged = bundle(&changed, &[], &eve).await;
    let rewritten = bundle(&changed, &[], &log).await;
    let cut = bundle(&events(2), &[], &log).await;
    let older = Some(checkpoint_of(3).await);
    let key = Some(log.key().clone());
    out.push(Question { key, ..Question::new("another key", forged.clone()) });
    out.push(Question { against: older.clone(), ..Question::new("another key, older", forged) });
    out.push(Question { against: older.clone(), ..Question::new("rewritten with the same key", rewritten) });
    out.push(Question { against: older, ..Question::new("cut off with the same key", cut) });
    out
}

#[tokio::test]
async fn both_verifiers_say_the_same_of_good_and_damaged_bundles() {
    let mut questions = good().await;
    let count = questions.len();
    questions.extend(damaged().await);
    for (nth, (question, answer)) in questions.iter().zip(agree(&questions)).enumerate() {
        assert_eq!(answer.starts_with("verified: "), nth < count, "{}", question.about);
    }
}

#[tokio::test]
async fn both_verifiers_say_the_same_of_erased_kept_and_tampered_payloads() {
    let whole = sealed_bundle(4, true).await;
    let lines_of = lines(&whole);
    let is_payload = |line: &String| line.starts_with("{\"payload\":");
    assert_eq!(
        lines_of.iter().filter(|line| is_payload(line)).count(),
        1,
        "ben's is kept, maria's two are gone"
    );
    let good = [Question::new("erased", whole.clone()), Question::new("kept", sealed_bundle(4, false).await)];
    assert!(good[0].answer().ends_with("; payload erased, commitment intact: 2"), "{}", good[0].answer());
    let payload = lines_of.iter().position(is_payload).unwrap();
    let with = |about: &str, edit: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines_of.clone();
        edit(&mut lines);
        Question::new(about, lines.concat().into_bytes())
    };
    let mut bad = vec![
        with("a payload edited", &|lines| lines[payload] = lines[payload].replace("Xylophone", "Saxophone")),
        with("a payload gone without a receipt", &|lines| drop(lines.remove(payload))),
        with("a payload twice", &|lines| lines.insert(payload, lines[payload].clone())),
        with("a payload behind another record", &|lines| lines.swap(payload, payload + 1)),
        with("a payload of a record that has none", &|lines| {
            lines.insert(payload + 2, lines[payload].clone())
        }),
        with("a payload of an erased record", &|lines| lines.insert(3, lines[payload].clone())),
        with("a payload before all records", &|lines| lines.insert(2, lines[payload].clone())),
        with("a payload without salt", &|lines| lines[payload] = "{\"payload\":{}}\n".into()),
        with("a payload cut off", &|lines| lines[payload] = lines[payload].trim_end().to_owned()),
    ];
    for (at, _) in lines_of.iter().enumerate() {
        bad.push(with(&format!("without line {at}"), &|lines| drop(lines.remove(at))));
    }
    let answers = agree(&bad);
    assert!(answers.iter().all(|answer| answer.starts_with("NOT verified: ")), "{answers:#?}");
    assert!(answers[1].contains("no receipt says that it was erased"), "{}", answers[1]);
    agree(&good);
}

/// control: PCI-10.3.4, SOC2-CC7.2
#[tokio::test]
async fn both_verifiers_find_a_flip_of_any_bit_and_name_the_same_record() {
    let event = |nth: u64| DomainEvent {
        payload: json!({ "rung": nth, "why": "\u{fc}" }).into(),
        ..sample_event(nth)
    };
    let events = [event(0), event(1)];
    let older = log_of(&events[..1]).await.checkpoint(&log_signer()).await.unwrap();
    agree_on_every_bit(&Question::new("a witnessed bundle", bundle(&events, &[older], &log_signer()).await));
}

#[tokio::test]
async fn both_verifiers_find_a_flip_of_any_bit_of_a_bundle_with_erased_and_kept_payloads() {
    agree_on_every_bit(&Question::new("a bundle with payloads", sealed_bundle(2, true).await));
}

/// control: PCI-10.3.4
#[tokio::test]
async fn both_verifiers_find_every_line_dropped_swapped_inserted_or_repeated_and_every_cut() {
    let older = [checkpoint_of(2).await];
    for whole in [bundle(&events(5), &older, &log_signer()).await, sealed_bundle(4, true).await] {
        let (lines, foreign) = (lines(&whole), lines(&bundle(&events(9), &older, &log_signer()).await));
        let mut bad = Vec::new();
        let mut with = |about: String, edit: &dyn Fn(&mut Vec<String>)| {
            let mut edited = lines.clone();
            edit(&mut edited);
            if edited != lines {
                bad.push(Question::new(about, edited.concat().into_bytes()));
            }
        };
        for one in 0..lines.len() {
            with(format!("line {one} dropped"), &|lines| drop(lines.remove(one)));
            with(format!("cut before line {one}"), &|lines| lines.truncate(one));
            with(format!("line {one} ends early"), &|lines| {
                lines.truncate(one + 1);
                let half = lines[one].char_indices().nth(lines[one].chars().count() / 2).unwrap().0;
                lines[one].truncate(half);
            });
            for other in 0..lines.len() {
                with(format!("lines {one} and {other} swapped"), &|lines| lines.swap(one, other));
                with(format!("line {one} again at {other}"), &|lines| {
                    lines.insert(other, lines[one].clone())
                });
            }
            for (nth, line) in foreign.iter().enumerate() {
                with(format!("line {nth} of another bundle at {one}"), &|lines| {
                    lines.insert(one, line.clone())
                });
                with(format!("line {nth} of another bundle for {one}"), &|lines| lines[one].clone_from(line));
            }
        }
        let answers = agree(&bad);
        assert!(answers.len() > 100, "{}", answers.len());
        for (question, answer) in bad.iter().zip(answers) {
            assert!(answer.starts_with("NOT verified: "), "{}: {answer}", question.about);
        }
    }
}

/// Who has the key makes a bundle that is right by itself: only a checkpoint somebody else kept shows it.
#[tokio::test]
async fn both_verifiers_find_every_cut_and_every_rewriting_with_the_same_key_against_an_older_checkpoint() {
    let key = log_signer();
    let (mut alone, mut against) = (Vec::new(), Vec::new());
    for kept in 1..=5_u64 {
        for size in 0..kept {
            let cut =
                Question::new(format!("{size} of {kept} records"), bundle(&events(size), &[], &key).await);
            against.push(Question { against: Some(checkpoint_of(kept).await), ..cut.clone() });
            alone.push(cut);
        }
        for changed in 0..kept {
            let mut events = events(6);
            events[usize::try_from(changed).unwrap()].subject = "rewritten".into();
            let about = format!("record {changed} of {kept} rewritten");
            let rewritten = Question::new(about, bundle(&events, &[], &key).await);
            against.push(Question { against: Some(checkpoint_of(kept).await), ..rewritten.clone() });
            alone.push(rewritten);
        }
    }
    assert!(agree(&alone).iter().all(|answer| answer.starts_with("verified: ")));
    for (question, answer) in against.iter().zip(agree(&against)) {
        let why = if question.about.ends_with("records") {
            "shorter than the older"
        } else {
            "not those of the older"
        };
        assert!(answer.starts_with("NOT verified: ") && answer.contains(why), "{}: {answer}", question.about);
    }
}
