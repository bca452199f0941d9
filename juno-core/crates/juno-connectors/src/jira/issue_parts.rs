//! The parts of an issue, as Jira writes them.

use std::collections::BTreeMap;
use std::fmt;

use juno_domain::{IssueKey, IssueLink, LinkDirection, Status, StatusCategory};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::field_values::category;
use super::history::RawUser;
use super::raw::{Named, Text};

/// The fields JUNO reads; all others are passed over unread.
const SYSTEM: [&str; 22] = [
    "assignee",
    "closedSprints",
    "comment",
    "components",
    "created",
    "description",
    "duedate",
    "flagged",
    "issuelinks",
    "issuetype",
    "labels",
    "parent",
    "priority",
    "project",
    "reporter",
    "resolution",
    "resolutiondate",
    "sprint",
    "status",
    "summary",
    "updated",
    "watches",
];

/// The fields that matter and are not `null`, by id.
#[derive(Default)]
pub(super) struct RawFields<'a>(pub(super) BTreeMap<String, &'a RawValue>);

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = RawFields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the issue's fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = RawFields::default();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if SYSTEM.contains(&key.as_str()) || key.as_str().starts_with("customfield_") {
                let value: &'de RawValue = map.next_value()?;
                if value.get() != "null" {
                    fields.0.insert(key.into_string(), value);
                }
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(fields)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawFields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// The name, where there is one.
pub(super) fn name(named: &Named<'_>) -> Option<String> {
    named.name.as_ref().map(|name| name.as_str().to_owned()).filter(|name| !name.trim().is_empty())
}

/// A status; `None` if it has no name.
pub(super) fn status_of(status: Named<'_>) -> Option<Status> {
    Some(Status {
        name: name(&status)?,
        id: status.id.map(Text::into_string).filter(|id| !id.is_empty()),
        category: status.category.map_or(StatusCategory::Unknown, |key| category(key.as_str())),
    })
}

/// The host of an address, without a user or a port-less default.
pub(super) fn host(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawWatches {
    #[serde(default)]
    pub(super) watch_count: Option<i64>,
}

#[derive(serde::Deserialize)]
pub(super) struct RawComments<'a> {
    #[serde(default)]
    pub(super) total: Option<u64>,
    #[serde(borrow, default)]
    pub(super) comments: Vec<RawComment<'a>>,
}

#[derive(serde::Deserialize)]
pub(super) struct RawComment<'a> {
    #[serde(borrow, default)]
    pub(super) author: Option<RawUser<'a>>,
    #[serde(borrow, default)]
    pub(super) created: Option<Text<'a>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawLink<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<Named<'a>>,
    #[serde(borrow, default)]
    inward_issue: Option<RawOther<'a>>,
    #[serde(borrow, default)]
    outward_issue: Option<RawOther<'a>>,
}

#[derive(serde::Deserialize)]
struct RawOther<'a> {
    #[serde(borrow, default)]
    key: Option<Text<'a>>,
    #[serde(borrow, default)]
    fields: Option<RawOtherFields<'a>>,
}

#[derive(serde::Deserialize)]
struct RawOtherFields<'a> {
    #[serde(borrow, default)]
    status: Option<Named<'a>>,
}

impl RawLink<'_> {
    /// The link, seen from this issue.
    pub(super) fn read(self) -> impl Iterator<Item = IssueLink> {
        let kind = self.kind.as_ref().and_then(name).unwrap_or_default();
        let sides =
            [(LinkDirection::Inward, self.inward_issue), (LinkDirection::Outward, self.outward_issue)];
        sides.into_iter().filter_map(move |(direction, other)| {
            let other = other?;
            let status = other.fields.and_then(|fields| fields.status).and_then(status_of);
            let key = IssueKey::new(other.key?.into_string()).ok()?;
            Some(IssueLink { kind: kind.clone(), direction, other: key, other_status: status })
        })
    }
}
