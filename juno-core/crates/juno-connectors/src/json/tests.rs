use std::io::Read;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Records everything a walk hands over.
#[derive(Default)]
struct Log {
    elements: Vec<(List, String)>,
    positions: Vec<Position>,
    pages: Vec<(List, u64, Value)>,
    heads: Vec<Value>,
    faults: Vec<String>,
}

impl DocumentVisitor for Log {
    type Stop = ();

    fn element(&mut self, element: Element<'_>) -> Result<(), ()> {
        self.elements.push((element.list, String::from_utf8_lossy(element.raw).into_owned()));
        self.positions.push(element.position);
        Ok(())
    }

    fn list_begins(&mut self, _: List, head: &[u8]) -> Result<(), ()> {
        self.heads.push(serde_json::from_slice(head).unwrap());
        Ok(())
    }

    fn page(&mut self, list: List, count: u64, members: &[u8]) -> Result<(), ()> {
        let members = serde_json::from_slice(members).unwrap_or(Value::Null);
        self.pages.push((list, count, members));
        Ok(())
    }

    fn fault(&mut self, fault: Fault, rest_lost: bool) -> Result<(), ()> {
        self.faults.push(format!("{fault:?} lost={rest_lost}"));
        Ok(())
    }
}

fn log_of(reader: impl Read, lines: bool, max: usize) -> Log {
    let mut log = Log::default();
    walk(&mut JsonScanner::new(reader, lines, max), &mut log).unwrap();
    log
}

/// Gives one byte at a time, so that every boundary falls between two reads.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let (Some(from), Some(to)) = (self.0.first(), buffer.first_mut()) else { return Ok(0) };
        *to = *from;
        self.0 = &self.0[1..];
        Ok(1)
    }
}

#[test]
fn a_page_is_handed_over_element_by_element() {
    let text = "{ \"startAt\": 0,\n \"issues\" : [ {\"id\":\"1\"},\n\n  [2] , \"x]\\\"\" ],\n\"names\":{\"a\":\"b}\"} }\n";
    for log in [log_of(text.as_bytes(), false, 1 << 20), log_of(Trickle(text.as_bytes()), false, 1 << 20)] {
        let raws: Vec<&str> = log.elements.iter().map(|(_, raw)| raw.as_str()).collect();
        assert_eq!(raws, ["{\"id\":\"1\"}", "[2]", "\"x]\\\"\""]);
        assert_eq!(log.positions[0], Position { line: 2, column: 15 });
        assert_eq!(log.positions[1], Position { line: 4, column: 3 });
        assert_eq!(log.heads, [json!({"startAt": 0})]);
        assert_eq!(log.pages, [(List::Issues, 3, json!({"startAt": 0, "names": {"a": "b}"}}))]);
        assert!(log.faults.is_empty());
    }
}

#[test]
fn documents_may_follow_each_other_and_nest_in_arrays() {
    let log = log_of(
        &b"[{\"issues\":[1]},{\"key\":\"A-1\"},[{\"issues\":[]}]]\n{\"values\":[2]}"[..],
        false,
        1 << 20,
    );
    let raws: Vec<_> = log.elements.iter().map(|(list, raw)| (*list, raw.as_str())).collect();
    assert_eq!(raws, [(List::Issues, "1"), (List::Bare, "{\"key\":\"A-1\"}"), (List::Values, "2")]);
    assert_eq!(log.pages.len(), 3);
}

#[test]
fn a_broken_line_does_not_take_the_next_one_with_it() {
    let log = log_of(&b"{\"id\":1}\n{\"id\":[2,\n{\"id\":\"3\nx\n{\"id\":4}\n"[..], true, 1 << 20);
    let raws: Vec<&str> = log.elements.iter().map(|(_, raw)| raw.as_str()).collect();
    assert_eq!(raws, ["{\"id\":1}", "{\"id\":4}"]);
    assert_eq!(log.faults.len(), 3);
    assert!(log.faults.iter().all(|f| f.ends_with("lost=false")), "{:?}", log.faults);
}

#[test]
fn the_end_inside_a_value_is_told_with_its_beginning() {
    let log = log_of(&b"{\"issues\":[{\"id\":1},\n {\"id\":2, \"fi"[..], false, 1 << 20);
    assert_eq!(log.elements.len(), 1);
    assert_eq!(log.faults, ["Ends(Position { line: 2, column: 2 }) lost=true"]);
}

#[test]
fn a_record_that_is_too_long_is_passed_over() {
    let long = "x".repeat(600_000);
    let text = format!("{{\"issues\":[{{\"a\":1}},{{\"a\":\"{long}\"}},{{\"a\":2}}]}}");
    let log = log_of(text.as_bytes(), false, 1000);
    let raws: Vec<&str> = log.elements.iter().map(|(_, raw)| raw.as_str()).collect();
    assert_eq!(raws, ["{\"a\":1}", "{\"a\":2}"]);
    assert_eq!(log.faults.len(), 1, "{:?}", log.faults);
    let bare = log_of(format!("[{{\"a\":1,\"b\":\"{long}\",\"c\":3}},{{\"a\":2}}]").as_bytes(), false, 1000);
    assert_eq!(bare.elements.len(), 1);
    assert_eq!(bare.faults.len(), 1, "{:?}", bare.faults);
}

#[test]
fn mismatched_brackets_are_told_where_they_stand() {
    let log = log_of(&b"{\"issues\":[{\"a\":[1}]}"[..], false, 1 << 20);
    assert!(log.faults[0].starts_with("Syntax(Position { line: 1, column: 20 }"), "{:?}", log.faults);
    for bad in ["[1,,2]", "{\"a\":,}", "{\"a\" 1}", "{a:1}", "[1 2]", "{\"issues\":[1,]}", "}"] {
        assert_eq!(log_of(bad.as_bytes(), false, 1 << 20).faults.len(), 1, "{bad}");
    }
}

#[test]
fn an_object_with_two_lists_is_two_pages() {
    let log = log_of(&b"{\"total\":1,\"issues\":[1],\"x\":2,\"values\":[3,4]}"[..], false, 1 << 20);
    assert_eq!(log.elements.len(), 3);
    let members = json!({"total": 1, "x": 2});
    assert_eq!(log.pages, [(List::Issues, 1, members.clone()), (List::Values, 2, members)]);
}

#[test]
fn an_end_between_values_is_told() {
    for text in ["{\"issues\":[{\"id\":1},", "{\"issues\":[1]", "{\"a\":", "["] {
        let log = log_of(text.as_bytes(), false, 1 << 20);
        assert!(log.faults[0].starts_with("Unclosed"), "{text}: {:?}", log.faults);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[\\PC\\\\\"{}\\[\\],:\n]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"\\\\]{0,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cutting_gives_what_a_parser_gives(values in prop::collection::vec(any_json(), 0..5), pretty in any::<bool>()) {
        let page = json!({"total": 3, "issues": values, "zz": {"k": [1]}});
        let text = if pretty { serde_json::to_string_pretty(&page) } else { serde_json::to_string(&page) }.unwrap();
        for log in [log_of(text.as_bytes(), false, 1 << 20), log_of(Trickle(text.as_bytes()), false, 1 << 20)] {
            let cut: Vec<Value> = log.elements.iter().map(|(_, raw)| serde_json::from_str(raw).unwrap()).collect();
            prop_assert_eq!(&cut, &values);
            prop_assert_eq!(&log.pages[0].2, &json!({"total": 3, "zz": {"k": [1]}}));
            prop_assert!(log.faults.is_empty());
        }
    }

    #[test]
    fn no_bytes_panic_or_loop(
        bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(br#"{}[]",:\0etx"#.to_vec())], 0..60),
        lines in any::<bool>(), max in 1_usize..40,
    ) {
        log_of(&bytes[..], lines, max);
        let page = [&b"{\"issues\":["[..], &bytes].concat();
        log_of(Trickle(&page), lines, max);
    }
}
