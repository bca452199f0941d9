//! Plain text of Jira's rich text (Atlassian Document Format).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::raw::Text;

#[derive(Deserialize)]
struct Node<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(borrow, default)]
    content: Option<Vec<Node<'a>>>,
    #[serde(borrow, default)]
    attrs: Option<Attrs<'a>>,
}

#[derive(Deserialize)]
struct Attrs<'a> {
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(rename = "shortName", borrow, default)]
    short_name: Option<Text<'a>>,
    #[serde(borrow, default)]
    url: Option<Text<'a>>,
}

/// The text of a description: a plain string as it is, rich text with a line per block; empty for `null`.
///
/// # Errors
/// If it is neither, or nested deeper than 128 levels.
pub(crate) fn text_of(raw: &RawValue) -> Result<String, serde_json::Error> {
    if raw.get().starts_with('{') {
        let node: Node<'_> = serde_json::from_str(raw.get())?;
        let mut text = String::new();
        write(&node, &mut text);
        text.truncate(text.trim_end().len());
        return Ok(text);
    }
    let plain: Option<Text<'_>> = serde_json::from_str(raw.get())?;
    Ok(plain.map(Text::into_string).unwrap_or_default())
}

/// Depth is bounded: the parser refuses more than 128 levels.
fn write(node: &Node<'_>, out: &mut String) {
    let attr = |pick: for<'n> fn(&'n Attrs<'_>) -> Option<&'n str>| node.attrs.as_ref().and_then(pick);
    match node.kind.as_ref().map_or("", Text::as_str) {
        "text" => out.push_str(node.text.as_ref().map_or("", Text::as_str)),
        "hardBreak" => out.push('\n'),
        "mention" | "status" | "date" => {
            out.push_str(attr(|a| a.text.as_ref().map(Text::as_str)).unwrap_or_default());
        }
        "emoji" => {
            let shown = attr(|a| a.text.as_ref().or(a.short_name.as_ref()).map(Text::as_str));
            out.push_str(shown.unwrap_or_default());
        }
        "inlineCard" | "blockCard" | "embedCard" => {
            out.push_str(attr(|a| a.url.as_ref().map(Text::as_str)).unwrap_or_default());
        }
        "listItem" | "taskItem" | "decisionItem" => out.push_str("- "),
        _ => {}
    }
    for child in node.content.iter().flatten() {
        write(child, out);
    }
    let kind = node.kind.as_ref().map_or("", Text::as_str);
    match kind {
        "tableCell" | "tableHeader" => {
            out.truncate(out.trim_end_matches('\n').len());
            out.push('\t');
        }
        "paragraph" | "heading" | "codeBlock" | "listItem" | "taskItem" | "decisionItem" | "tableRow"
        | "rule" | "blockCard" | "embedCard"
            if !out.is_empty() && !out.ends_with('\n') =>
        {
            out.push('\n');
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Result<String, serde_json::Error> {
        text_of(serde_json::from_str::<&RawValue>(json).unwrap())
    }

    #[test]
    fn rich_and_plain_text_both_give_text() {
        let adf = r#"{"version":1,"type":"doc","content":[
            {"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Why"}]},
            {"type":"paragraph","content":[{"type":"text","text":"Cards \"fail\" for "},
              {"type":"mention","attrs":{"id":"5b1","text":"@Ann"}},{"type":"hardBreak"},
              {"type":"text","text":"on ","marks":[{"type":"strong"}]},{"type":"inlineCard","attrs":{"url":"https://x.y"}}]},
            {"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"one"}]}]}]},
            {"type":"table","content":[{"type":"tableRow","content":[
              {"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"a"}]}]},
              {"type":"tableCell","content":[{"type":"paragraph","content":[{"type":"text","text":"b"}]}]}]}]}]}"#;
        assert_eq!(text(adf).unwrap(), "Why\nCards \"fail\" for @Ann\non https://x.y\n- one\na\tb");
        assert_eq!(text("\"h2. Why\\r\\nold\"").unwrap(), "h2. Why\r\nold");
        assert_eq!(text("null").unwrap(), "");
    }

    #[test]
    fn bottomless_nesting_is_refused_and_does_not_overflow() {
        let deep = format!("{}{}", "{\"type\":\"doc\",\"content\":[".repeat(100_000), "]}".repeat(100_000));
        assert!(text(&deep).is_err());
        let fine = format!("{}{}", "{\"type\":\"x\",\"content\":[".repeat(60), "]}".repeat(60));
        assert_eq!(text(&fine).unwrap(), "");
    }
}
