use serde_json::{Value, json};

use super::Renderer;

impl Renderer<'_> {
    /// Paragraphs as rich text (Cloud) or wiki text (Server); null if there are none. A paragraph that starts with
    /// `Steps: ` becomes a list.
    pub(crate) fn body(&self, paragraphs: &[String]) -> Value {
        if paragraphs.is_empty() {
            return Value::Null;
        }
        if !self.cloud() {
            return Value::String(wiki(paragraphs));
        }
        let blocks: Vec<Value> = paragraphs.iter().flat_map(|p| block(p)).collect();
        json!({ "type": "doc", "version": 1, "content": blocks })
    }
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn paragraph(content: &str) -> Value {
    json!({ "type": "paragraph", "content": [text(content)] })
}

fn block(content: &str) -> Vec<Value> {
    let Some(steps) = content.strip_prefix("Steps: ") else { return vec![paragraph(content)] };
    let items: Vec<Value> =
        steps.split(", ").map(|s| json!({ "type": "listItem", "content": [paragraph(s)] })).collect();
    let bold = json!({ "type": "text", "text": "Steps", "marks": [{ "type": "strong" }] });
    vec![
        json!({ "type": "paragraph", "content": [bold, { "type": "hardBreak" }] }),
        json!({ "type": "orderedList", "attrs": { "order": 1 }, "content": items }),
    ]
}

/// The wiki form, which changelogs use in both dialects.
pub(crate) fn wiki(paragraphs: &[String]) -> String {
    let one = |p: &String| match p.strip_prefix("Steps: ") {
        Some(steps) => format!("*Steps*\r\n# {}", steps.replace(", ", "\r\n# ")),
        None => p.clone(),
    };
    paragraphs.iter().map(one).collect::<Vec<_>>().join("\r\n\r\n")
}
