use super::{json, learning, review, with_outside_texts};

#[test]
fn a_review_reads_as_people_would_write_it() {
    insta::assert_snapshot!(crate::text(&review()));
}

#[test]
fn a_review_of_nothing_says_so() {
    let mut json = json();
    for (_, value) in json.as_object_mut().unwrap() {
        if let Some(list) = value.as_array_mut() {
            list.clear();
        }
    }
    json["explanations"] = serde_json::json!({});
    json["audit"]["verified"] = false.into();
    insta::assert_snapshot!(crate::text(&serde_json::from_value(json).unwrap()));
}

#[test]
fn no_name_moves_the_cursor_or_breaks_a_line() {
    let text = crate::text(&with_outside_texts("\u{1b}[2Jgone\u{7}\r\n-----\u{9b}31m"));
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    assert!(
        text.lines().all(|line| !line.trim_start().starts_with("-----") || line.chars().all(|c| c == '-')),
        "{text}"
    );
}

#[test]
fn a_long_list_is_cut_and_its_rest_is_counted() {
    let mut json = json();
    let list = |json: &mut serde_json::Value, name: &str, count: usize| {
        let first = json[name][0].clone();
        json[name] = vec![first; count].into();
    };
    for (name, count) in [
        ("forecasts", 33),
        ("unforecast", 9),
        ("advice", 8),
        ("skipped", 7),
        ("notes", 11),
        ("quarantined", 99),
    ] {
        list(&mut json, name, count);
    }
    let text = crate::text(&serde_json::from_value(json).unwrap());
    for rest in
        ["… and 13 more", "… and 4 more", "… and 3 more", "… and 2 more", "… and 6 more", "… and 94 more"]
    {
        assert!(text.contains(rest), "{rest}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 130));
}

#[test]
fn words_of_any_length_and_none_at_all_are_wrapped() {
    let long = "x".repeat(300);
    let text = crate::text(&with_outside_texts(&long));
    assert!(text.contains(&long), "a word is never cut");
    for other in ["", "ünïcödé ☃ 日本語 \u{1F600}"] {
        assert!(crate::text(&with_outside_texts(other)).contains(other));
    }
}

#[test]
fn a_model_that_learns_says_why_until_when_and_what_would_change_it() {
    let text = crate::text(&learning());
    let why = text.split("\n\n").find(|block| block.contains("blend on 1204")).unwrap();
    insta::assert_snapshot!(why);
}

#[test]
fn where_nothing_helps_a_likely_miss_is_told_so() {
    let mut review = learning();
    review.changes[0].changes.remove(0);
    assert!(
        crate::text(&review)
            .contains("would change it: nothing that was looked at lowers the chance by much")
    );
    review.changes[0].changes.clear();
    assert!(!crate::text(&review).contains("would change it"), "nothing was looked at");
}

#[test]
fn fault_reasons_nobody_gave() {
    for said in ["likelier", "  done: by", "would change"] {
        assert!(!crate::text(&review()).contains(said), "{said}");
    }
}
