//! Laws: no bytes bring the loader down, and neither order nor repetition of files changes the result.

use juno_connectors::{ConnectorSettings, load_blocking};
use juno_domain::{Dataset, Progress};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::*;

const CSV: &str = "Summary,Issue key,Status,Created,Sprint,Labels,Labels,Comment,Custom field (Story Points)\n\
    \"a \"\"b\"\"\",PAY-1,Done,2026-03-02 09:14,S 1,x,y,02/Mar/26 9:14 AM;a;b,3\n";
const TABLE: &str = "project,sprint_id,start_n,start_pts,delivered_pts,t30_added_n,t30_added_pts,t30_committed_pts\n\
    PAY,1,10,25,20,1,2,27\n";

/// Loads bytes as every kind of file; whatever comes, nothing is lost in silence: it is an error, or the
/// records are there or told.
fn load_any(bytes: &[u8]) {
    for name in ["a.json", "a.jsonl", "a.csv"] {
        if let Ok(data) = load_text(name, bytes) {
            let said = data.issues.len() + data.rows.len() + data.sprints.len() + data.notes.len();
            assert!(said > 0 || data.quarantined_total() > 0 || bytes.len() < 4000, "{name}");
        }
    }
}

/// An issue with several histories, numbered so that pages can share issues in different states.
fn versioned(number: u64, version: u64) -> Value {
    let mut issue = cloud_issue(number);
    issue["fields"]["updated"] = json!(format!("2026-03-{:02}T10:00:00.000+0100", 5 + version));
    issue["fields"]["summary"] = json!(format!("Version {version}"));
    issue["fields"]["customfield_10020"] = json!([
        cloud_sprint(12, if version > 1 { "closed" } else { "active" }),
        cloud_sprint(13 + version, "future")
    ]);
    let histories = issue["changelog"]["histories"].as_array_mut().unwrap();
    for extra in 0..version {
        histories.push(json!({"id": format!("{}", 400 + extra), "created": "2026-03-04T09:00:00.000Z",
            "author": {"accountId": "acc-4", "displayName": format!("Name {version}")},
            "items": [{"field": "labels", "fieldtype": "jira", "fieldId": "labels", "fromString": "b a", "toString": "c"}]}));
    }
    let kept = histories.len() - usize::try_from(number % 2).unwrap();
    histories.truncate(kept);
    issue["changelog"]["total"] = json!(3 + version);
    issue
}

fn load_pages(pages: &[String]) -> Dataset {
    let folder = Folder::new();
    let paths: Vec<_> =
        pages.iter().enumerate().map(|(i, text)| folder.put(&format!("{i}.json"), text)).collect();
    let mut data = load_blocking(&paths, &ConnectorSettings::default(), &Progress::silent()).unwrap();
    data.notes.clear();
    data
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn loading_any_bytes_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        load_any(&bytes);
        load_any(&[b"{\"issues\":[", &bytes[..]].concat());
        load_any(&[CSV.as_bytes(), &bytes[..]].concat());
        load_any(&[TABLE.as_bytes(), &bytes[..]].concat());
    }

    #[test]
    fn loading_damaged_files_never_panics(
        at in 0.0..1.0_f64, cut in any::<bool>(), with in prop::collection::vec(any::<u8>(), 0..6), which in 0..4_usize,
    ) {
        let json = page(&[cloud_issue(1), cloud_issue(2)]).to_string();
        let list = json!({"values": [cloud_sprint(1, "closed")]}).to_string();
        let text = [json.as_bytes(), list.as_bytes(), CSV.as_bytes(), TABLE.as_bytes()][which];
        let at = (at * text.len() as f64) as usize;
        let end = if cut { text.len() } else { (at + with.len()).min(text.len()) };
        load_any(&[&text[..at], &with, &text[end..]].concat());
        load_any(&text[..at]);
    }

    #[test]
    fn values_of_any_type_anywhere_never_panic(number in 0..40_usize, kind in 0..7_usize) {
        let odd = [json!(null), json!(-1), json!(1e300), json!("x"), json!([[]]), json!({"id": {}}), json!(true)];
        let mut issue = cloud_issue(1);
        let mut left = number;
        replace_nth(&mut issue, &mut left, &odd[kind]);
        let data = load_text("a.json", page(&[issue, cloud_issue(2)]).to_string()).unwrap();
        prop_assert!(data.issues.iter().any(|i| i.key.as_str() == "PAY-2"));
    }

    #[test]
    fn order_and_repetition_of_pages_change_nothing(
        picks in prop::collection::vec((1..5_u64, 0..3_u64), 1..8), order in any::<u64>(), again in 0..8_usize,
    ) {
        let pages: Vec<String> =
            picks.iter().map(|(number, version)| page(&[versioned(*number, *version)]).to_string()).collect();
        let mut shuffled = pages.clone();
        let mut seed = order | 1;
        for i in (1..shuffled.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(i, (seed >> 33) as usize % (i + 1));
        }
        shuffled.push(pages[again % pages.len()].clone());
        prop_assert_eq!(load_pages(&pages), load_pages(&shuffled));
    }
}

/// Puts `value` in the place of the n-th member of an object, counted through the whole value.
fn replace_nth(inside: &mut Value, left: &mut usize, value: &Value) -> bool {
    match inside {
        Value::Object(map) => map.values_mut().any(|member| {
            if *left == 0 {
                *member = value.clone();
                return true;
            }
            *left -= 1;
            replace_nth(member, left, value)
        }),
        Value::Array(all) => all.iter_mut().any(|one| replace_nth(one, left, value)),
        _ => false,
    }
}
