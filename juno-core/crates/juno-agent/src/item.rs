use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A value under a key of a namespace, as [`Items`](crate::Items) gives it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Where it is: labels from the outermost to the innermost.
    pub namespace: Vec<String>,
    /// Its key there.
    pub key: String,
    /// The value.
    pub value: Map<String, Value>,
    /// When it was first put.
    pub created_at: DateTime<Utc>,
    /// When it was put last.
    pub updated_at: DateTime<Utc>,
    /// How well it matches; `None` where nothing was asked for, or it does not match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// One step of a batch.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum ItemOp {
    /// Reads one item.
    Get(ItemGet),
    /// Writes one item, or removes it.
    Put(ItemPut),
    /// Finds items.
    Search(ItemSearch),
    /// Lists namespaces.
    Namespaces(NamespaceSearch),
}

/// Which item to read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemGet {
    /// Where it is.
    pub namespace: Vec<String>,
    /// Its key.
    pub key: String,
    /// Whether its time to live begins anew; default true.
    #[serde(default = "yes")]
    pub refresh: bool,
}

/// What to write.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ItemPut {
    /// Where it goes: at least one label.
    pub namespace: Vec<String>,
    /// Its key.
    pub key: String,
    /// The value; `None` removes what is there.
    pub value: Option<Map<String, Value>>,
    /// What a search finds it by; default all names and plain values in it. Blank: no search for words finds it.
    pub text: Option<String>,
    /// How long it lives after it was written or read last, in seconds; default for ever.
    pub ttl_seconds: Option<f64>,
    /// Whose personal data it is: export, erasure and legal hold go by it.
    pub subject: Option<String>,
}

/// Which items to find.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemSearch {
    /// How their namespaces begin; empty for all.
    #[serde(default)]
    pub prefix: Vec<String>,
    /// What fields of the value must be: a plain value, an object of such conditions, or of `$eq`, `$ne`, `$gt`, `$gte`,
    /// `$lt`, `$lte`.
    #[serde(default)]
    pub filter: BTreeMap<String, Value>,
    /// The most to give; default 10.
    #[serde(default = "ten")]
    pub limit: usize,
    /// How many to pass over.
    #[serde(default)]
    pub offset: usize,
    /// Words to rank by: what matches comes first, with its score, then the newest without. Without words the newest.
    #[serde(default)]
    pub query: Option<String>,
    /// Whether the time to live of what is found begins anew; default true.
    #[serde(default = "yes")]
    pub refresh: bool,
}

/// Which namespaces to list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamespaceSearch {
    /// What all of them must match.
    #[serde(default)]
    pub conditions: Vec<NamespaceMatch>,
    /// Cuts deeper ones to so many labels, each given once.
    #[serde(default)]
    pub max_depth: Option<usize>,
    /// The most to give; default 100.
    #[serde(default = "hundred")]
    pub limit: usize,
    /// How many to pass over.
    #[serde(default)]
    pub offset: usize,
}

/// How a namespace must begin or end; `*` stands for any one label.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamespaceMatch {
    /// Which end.
    pub at: NamespaceEnd,
    /// The labels.
    pub path: Vec<String>,
}

/// An end of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamespaceEnd {
    /// The outermost labels.
    Prefix,
    /// The innermost labels.
    Suffix,
}

impl NamespaceMatch {
    /// Whether a namespace matches.
    #[must_use]
    pub fn accepts(&self, namespace: &[String]) -> bool {
        let same = |(label, wanted): (&String, &String)| wanted == "*" || wanted == label;
        namespace.len() >= self.path.len()
            && match self.at {
                NamespaceEnd::Prefix => namespace.iter().zip(&self.path).all(same),
                NamespaceEnd::Suffix => namespace.iter().rev().zip(self.path.iter().rev()).all(same),
            }
    }
}

/// What a step gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ItemAnswer {
    /// Of a get: the item, if it is there.
    Item(Option<Item>),
    /// Of a search.
    Found(Vec<Item>),
    /// Of a listing, in order.
    Namespaces(Vec<Vec<String>>),
    /// Of a put.
    Done,
}

const fn yes() -> bool {
    true
}

const fn ten() -> usize {
    10
}

const fn hundred() -> usize {
    100
}
