use super::{json, learning, review, with_outside_texts};

/// Elements that have no end tag.
const VOID: [&str; 3] = ["meta", "br", "!doctype"];

/// Reads a page tag by tag; anything that does not fit is an error in words.
fn well_formed(html: &str) -> Result<Vec<String>, String> {
    let (mut open, mut seen) = (Vec::new(), Vec::new());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut quoted = false;
        let end = rest.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let (tag, after) = rest.split_at(end.ok_or_else(|| format!("an open tag: {:.40}", rest))?);
        rest = &after[1..];
        if tag.contains('<') {
            return Err(format!("a tag in a tag: <{tag}>"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                Some(last) if last == name => {}
                other => return Err(format!("</{name}> closes {other:?}")),
            }
            continue;
        }
        let name = tag.split_whitespace().next().unwrap_or_default().to_lowercase();
        seen.push(name.clone());
        if !tag.ends_with('/') && !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    if open.is_empty() { Ok(seen) } else { Err(format!("never closed: {open:?}")) }
}

#[test]
fn the_scanner_finds_what_is_broken() {
    assert!(well_formed("<p>a <b title=\"1 > 0\">b</b><br></p>").is_ok());
    for bad in ["<p>", "<p></b>", "<p <b>></b></p>", "<p", "<b><i></b></i>"] {
        assert!(well_formed(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_page_is_well_formed_and_shows_every_list() {
    let html = crate::html(&review()).unwrap();
    let tags = well_formed(&html).unwrap();
    assert_eq!(tags.iter().filter(|tag| *tag == "section").count(), 3, "a card for each sprint");
    for part in [
        "CORE Sprint 13",
        "81 %",
        "&gt;99 %",
        "Core Platform",
        "No forecast for OPS Sprint 1: the model failed.",
        "PAY-71",
        "CORE-106",
        "ask Linnea Sandvik-Moor",
        "Project Manager of Core Platform",
        "CORE-99",
        "Deadlines that passed",
        "Team Lead did not decide",
        "Refused by policy",
        "we do not nag",
        "Not proposed again",
        "PAY-4",
        "Worth a look",
        "Passed over: OPS-1",
        "last Tuesday",
        "Verified:",
        "61685bd9",
        "req-gone",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    let html = crate::html(&review()).unwrap();
    for reach in
        ["http:", "https:", "//", "<script", "<link", "<img", "<iframe", "url(", "@import", "src=", "href="]
    {
        assert!(!html.contains(reach), "{reach}");
    }
}

#[test]
fn what_stands_in_a_ticket_is_text_and_never_markup() {
    let hostile =
        "</title></style><script>alert(\"x\")</script><img src=x onerror=alert('x')>&\" onmouseover=\"x";
    let html = crate::html(&with_outside_texts(hostile)).unwrap();
    let tags = well_formed(&html).unwrap();
    assert_eq!(
        tags,
        well_formed(&crate::html(&review()).unwrap()).unwrap(),
        "the same tags as with harmless texts"
    );
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("onmouseover=\""));
    assert!(html.matches("&lt;script&gt;").count() >= 15, "all of it is shown");
}

#[test]
fn a_changed_record_is_not_called_verified() {
    let mut json = json();
    json["audit"]["verified"] = false.into();
    let html = crate::html(&serde_json::from_value(json).unwrap()).unwrap();
    assert!(html.contains("A record was changed.") && !html.contains("Verified:"));
}

#[test]
fn of_very_many_sprints_the_first_are_drawn_and_the_rest_is_counted() {
    let mut json = json();
    json["forecasts"] = vec![json["forecasts"][0].clone(); 4_000].into();
    let html = crate::html(&serde_json::from_value(json).unwrap()).unwrap();
    assert!(well_formed(&html).is_ok());
    assert_eq!(html.matches("<section").count(), 200);
    assert!(html.contains("and 3800 more sprints"));
}

#[test]
fn a_card_says_why_where_the_model_can_tell() {
    let html = crate::html(&learning()).unwrap();
    assert!(well_formed(&html).is_ok());
    for part in [
        "<li>the load is 2.2 times the team&#x27;s median delivery (odds ×1.9)</li>",
        "<li>not known: how much is blocked (odds ×1.2)</li>",
        "<li>12 % of the commitment more done than usual at this point (odds ×0.6)</li>",
        "by Fri 27 Nov 2026 with 50 %",
        "chance to miss 46 % instead of 81 %, 16.2 of 20 points expected",
        "not a promise of cause and effect",
    ] {
        assert!(html.contains(part), "{part}");
    }
    assert!(!crate::html(&review()).unwrap().contains("Likelier"), "the default model gives no reasons");
}
