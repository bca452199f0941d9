//! What a JSON object is, told from the names in it.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::raw::Text;
use super::sprint::shortened;

/// Kinds of objects outside of `issues` lists.
#[derive(Debug)]
pub(crate) enum Shape<'a> {
    Issue,
    Sprint,
    Board {
        id: u64,
        name: String,
    },
    /// A field's description: its name tells what it holds.
    Field,
    /// An entry of one issue's changelog.
    Entry,
    /// The changelog of one issue, out of a bulk answer.
    Bulk {
        issue: String,
        entries: &'a RawValue,
    },
    /// Something else: what it looks like.
    Other(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Names<'a> {
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(borrow, default)]
    fields: Option<&'a RawValue>,
    #[serde(borrow, default)]
    state: Option<&'a RawValue>,
    #[serde(borrow, default)]
    start_date: Option<&'a RawValue>,
    #[serde(borrow, default)]
    origin_board_id: Option<&'a RawValue>,
    #[serde(rename = "type", borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    schema: Option<&'a RawValue>,
    #[serde(borrow, default)]
    custom: Option<&'a RawValue>,
    #[serde(borrow, default)]
    items: Option<&'a RawValue>,
    #[serde(borrow, default)]
    created: Option<&'a RawValue>,
    #[serde(borrow, default)]
    issue_id: Option<Text<'a>>,
    #[serde(borrow, default)]
    change_histories: Option<&'a RawValue>,
    #[serde(borrow, default)]
    histories: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_messages: Option<Vec<Text<'a>>>,
}

impl<'a> Shape<'a> {
    /// Tells what `raw` is.
    ///
    /// # Errors
    /// If it is no valid JSON.
    pub(crate) fn of(raw: &'a [u8]) -> Result<Self, serde_json::Error> {
        let names: Names<'a> = match serde_json::from_slice(raw) {
            Ok(names) => names,
            Err(error) if error.is_data() => {
                // Valid so far, but of other types than any known object: make sure that the rest is valid too.
                serde_json::from_slice::<serde::de::IgnoredAny>(raw)?;
                return Ok(Self::Other(looks_like(raw)));
            }
            Err(error) => return Err(error),
        };
        Ok(names.shape(raw))
    }
}

impl<'a> Names<'a> {
    /// Other trackers' records have a `state` too: it has to be a sprint's, or there are a sprint's dates or board.
    fn is_sprint(&self) -> bool {
        let state = self.state.map_or("", |state| state.get().trim_matches('"'));
        let known = ["future", "active", "closed"].iter().any(|known| known.eq_ignore_ascii_case(state));
        let sprint_like = self.start_date.is_some() || self.origin_board_id.is_some();
        self.state.is_some() && (sprint_like || (known && self.name.is_some() && self.kind.is_none()))
    }

    fn is_board(&self) -> bool {
        let kind = self.kind.map_or("", |kind| kind.get().trim_matches('"'));
        matches!(kind, "scrum" | "kanban" | "simple")
    }

    fn shape(self, raw: &'a [u8]) -> Shape<'a> {
        let number = self.id.as_ref().and_then(|id| id.as_str().parse::<u64>().ok());
        if let Some(messages) = &self.error_messages {
            let all: Vec<&str> = messages.iter().map(Text::as_str).collect();
            return Shape::Other(format!("Jira's answer is an error: `{}`", shortened(&all.join("; "))));
        }
        match (&self.name, number) {
            _ if self.fields.is_some() && (self.key.is_some() || self.id.is_some()) => Shape::Issue,
            (_, Some(_)) if self.is_sprint() => Shape::Sprint,
            (Some(_), _) if self.id.is_some() && (self.custom.is_some() || self.schema.is_some()) => {
                Shape::Field
            }
            (Some(name), Some(id)) if self.is_board() => Shape::Board { id, name: name.as_str().to_owned() },
            _ if self.items.is_some() && self.created.is_some() => Shape::Entry,
            _ => match (self.issue_id, self.change_histories) {
                (Some(issue), Some(entries)) => Shape::Bulk { issue: issue.into_string(), entries },
                _ if self.histories.is_some() => Shape::Other("a changelog without its issue".to_owned()),
                _ if self.key.is_some() && self.id.is_some() => {
                    Shape::Other("an issue without fields: export with `fields=*all`".to_owned())
                }
                _ => Shape::Other(looks_like(raw)),
            },
        }
    }
}

/// What some JSON is, in a few words.
fn looks_like(raw: &[u8]) -> String {
    match raw.first() {
        Some(b'{') => {
            let text = String::from_utf8_lossy(raw.get(..raw.len().min(80)).unwrap_or_default()).into_owned();
            format!("an object of another kind: `{}`", shortened(&text))
        }
        Some(b'[') => "a list inside of lists".to_owned(),
        Some(b'"') => "a text".to_owned(),
        _ => "a bare value".to_owned(),
    }
}
