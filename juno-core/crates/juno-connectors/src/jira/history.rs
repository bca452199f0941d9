//! Changelogs as they come.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::raw::Text;

/// A user object.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RawUser<'a> {
    #[serde(borrow)]
    pub(crate) account_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) key: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) display_name: Option<Text<'a>>,
}

/// An entry of a changelog: what one person changed at one instant.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct RawEntry<'a> {
    #[serde(borrow, default)]
    pub(crate) id: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) author: Option<RawUser<'a>>,
    #[serde(borrow, default)]
    pub(crate) created: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) items: RawItems<'a>,
}

/// One changed field.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RawItem<'a> {
    #[serde(borrow)]
    pub(crate) field: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) field_id: Option<Text<'a>>,
    #[serde(borrow, alias = "fieldType")]
    pub(crate) fieldtype: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) from: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) from_string: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) to: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) to_string: Option<Text<'a>>,
}

impl RawItem<'_> {
    fn into_owned(self) -> RawItem<'static> {
        let own = |text: Option<Text<'_>>| text.map(|t| Text(t.into_string().into()));
        RawItem {
            field: own(self.field),
            field_id: own(self.field_id),
            fieldtype: own(self.fieldtype),
            from: own(self.from),
            from_string: own(self.from_string),
            to: own(self.to),
            to_string: own(self.to_string),
        }
    }
}

/// The items of an entry: a list, or a text that holds the list as JSON.
#[derive(Debug, Default)]
pub(crate) struct RawItems<'a>(pub(crate) Vec<RawItem<'a>>);

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = RawItems<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of changed fields")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(RawItems::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(RawItems(items))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let items: Vec<RawItem<'_>> =
            serde_json::from_str(text).map_err(|e| E::custom(format!("the text of `items`: {e}")))?;
        Ok(RawItems(items.into_iter().map(RawItem::into_owned).collect()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawItems<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemsVisitor)
    }
}

#[derive(serde::Deserialize)]
#[serde(bound(deserialize = "E: Deserialize<'de>"))]
struct RawLog<E> {
    #[serde(default)]
    total: Option<i64>,
    #[serde(default)]
    histories: Option<Vec<E>>,
    #[serde(default)]
    values: Option<Vec<E>>,
}

/// A changelog with what could be read of it.
#[derive(Debug, Default)]
pub(crate) struct ReadLog<'a> {
    /// How many entries the source says there are.
    pub(crate) total: Option<u64>,
    /// The entries, in the order they came; the reason in place of one that cannot be read.
    pub(crate) entries: Vec<Result<RawEntry<'a>, String>>,
}

/// Reads a changelog object (`histories` or `values`) or a bare list of entries. One bad entry does not harm
/// the others.
///
/// # Errors
/// If it is neither.
pub(crate) fn read_log(raw: &RawValue) -> Result<ReadLog<'_>, serde_json::Error> {
    if let Ok(log) = parse::<RawEntry<'_>>(raw) {
        return Ok(log.with(Ok));
    }
    parse::<&RawValue>(raw).map(|log| log.with(read_entry))
}

/// Reads one entry.
pub(crate) fn read_entry(raw: &RawValue) -> Result<RawEntry<'_>, String> {
    serde_json::from_str(raw.get()).map_err(|e| e.to_string())
}

fn parse<'a, E: Deserialize<'a>>(raw: &'a RawValue) -> Result<RawLog<E>, serde_json::Error> {
    if raw.get().starts_with('[') {
        let entries = serde_json::from_str(raw.get())?;
        return Ok(RawLog { total: None, histories: Some(entries), values: None });
    }
    serde_json::from_str(raw.get())
}

impl<E> RawLog<E> {
    fn with<'a>(self, read: impl Fn(E) -> Result<RawEntry<'a>, String>) -> ReadLog<'a> {
        let entries = self.histories.into_iter().chain(self.values).flatten().map(read).collect();
        ReadLog { total: self.total.and_then(|total| u64::try_from(total).ok()), entries }
    }
}
