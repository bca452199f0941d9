//! A small export in Jira's own shape, and a folder to put it in.

use std::path::PathBuf;

use juno_connectors::{ConnectorError, ConnectorSettings, load_blocking};
use juno_domain::{Dataset, Issue, Progress};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with files.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn with(name: &str, text: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        folder.put(name, text);
        folder
    }

    pub(crate) fn put(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub(crate) fn load(&self) -> Result<Dataset, ConnectorError> {
        self.load_with(&ConnectorSettings::default())
    }

    pub(crate) fn load_with(&self, settings: &ConnectorSettings) -> Result<Dataset, ConnectorError> {
        load_blocking(&[self.path()], settings, &Progress::silent())
    }
}

/// Loads one file of that name and content, named by itself.
pub(crate) fn load_text(name: &str, text: impl AsRef<[u8]>) -> Result<Dataset, ConnectorError> {
    load_text_with(name, text, &ConnectorSettings::default())
}

pub(crate) fn load_text_with(
    name: &str,
    text: impl AsRef<[u8]>,
    settings: &ConnectorSettings,
) -> Result<Dataset, ConnectorError> {
    let folder = Folder::new();
    load_blocking(&[folder.put(name, text)], settings, &Progress::silent())
}

pub(crate) fn load_json(value: &Value) -> Dataset {
    load_text("export.json", value.to_string()).unwrap()
}

pub(crate) fn issue<'d>(data: &'d Dataset, key: &str) -> &'d Issue {
    data.issues.iter().find(|issue| issue.key.as_str() == key).unwrap()
}

/// A sprint object as it stands in an issue of Jira Cloud.
pub(crate) fn cloud_sprint(id: u64, state: &str) -> Value {
    json!({"id": id, "name": format!("Sprint {id}"), "state": state, "boardId": 4, "goal": "Ship it",
        "startDate": "2026-03-02T08:00:00.000Z", "endDate": "2026-03-16T08:00:00.000Z"})
}

/// An issue as Jira Cloud gives it with `fields=*all&expand=changelog`.
pub(crate) fn cloud_issue(number: u64) -> Value {
    json!({
        "expand": "operations,changelog",
        "id": format!("{}", 10_000 + number),
        "self": format!("https://acme.atlassian.net/rest/api/3/issue/{}", 10_000 + number),
        "key": format!("PAY-{number}"),
        "fields": {
            "summary": format!("Card payments fail {number}"),
            "issuetype": {"id": "10001", "name": "Story", "subtask": false},
            "project": {"id": "10000", "key": "PAY", "name": "Payments"},
            "status": {"id": "3", "name": "In Progress", "statusCategory": {"id": 4, "key": "indeterminate"}},
            "priority": {"id": "2", "name": "High"},
            "assignee": {"accountId": "acc-1", "displayName": "Ann Lee", "active": true},
            "reporter": {"accountId": "acc-2", "displayName": "Bo Chen"},
            "created": "2026-03-01T09:14:11.000+0100",
            "updated": "2026-03-05T10:00:00.000+0100",
            "resolutiondate": null,
            "resolution": null,
            "duedate": "2026-03-20",
            "labels": ["checkout", "api"],
            "components": [{"id": "1", "name": "Gateway"}],
            "description": {"type": "doc", "version": 1, "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": "Declined twice."}]}]},
            "issuelinks": [{"id": "5", "type": {"name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
                "inwardIssue": {"key": "PAY-99", "fields": {"status": {"id": "1", "name": "To Do",
                    "statusCategory": {"key": "new"}}}}}],
            "comment": {"total": 1, "comments": [
                {"id": "7", "author": {"accountId": "acc-3", "displayName": "Cy Dow"},
                 "created": "2026-03-04T12:00:00.000+0100", "body": {"type": "doc"}}]},
            "watches": {"watchCount": 3},
            "customfield_10000": 42.0,
            "customfield_10016": 5.0,
            "customfield_10020": [cloud_sprint(12, "active")],
            "customfield_10021": [{"id": "10019", "value": "Impediment"}]
        },
        "changelog": {"startAt": 0, "maxResults": 100, "total": 3, "histories": [
            {"id": "300", "author": {"accountId": "acc-1", "displayName": "Ann Lee"},
             "created": "2026-03-03T09:00:00.000+0100",
             "items": [{"field": "status", "fieldtype": "jira", "fieldId": "status", "from": "1", "fromString": "To Do",
                        "to": "3", "toString": "In Progress"}]},
            {"id": "200", "author": {"accountId": "acc-2", "displayName": "Bo Chen"},
             "created": "2026-03-02T09:00:00.000+0100",
             "items": [
                {"field": "Sprint", "fieldtype": "custom", "fieldId": "customfield_10020", "from": "", "fromString": "",
                 "to": "12", "toString": "Sprint 12"},
                {"field": "Story Points", "fieldtype": "custom", "fieldId": "customfield_10016", "from": null,
                 "fromString": "3", "to": null, "toString": "5"}]},
            {"id": "100", "author": {"accountId": "acc-2", "displayName": "Bo Chen"},
             "created": "2026-03-01T10:00:00.000+0100",
             "items": [{"field": "assignee", "fieldtype": "jira", "fieldId": "assignee", "from": null, "fromString": null,
                        "to": "acc-1", "toString": "Ann Lee"}]}
        ]}
    })
}

/// What `expand=names` adds to a page.
pub(crate) fn names() -> Value {
    json!({"summary": "Summary", "customfield_10000": "Business value", "customfield_10016": "Story Points",
        "customfield_10020": "Sprint", "customfield_10021": "Flagged"})
}

/// A page of issues; Jira puts `names` behind them.
pub(crate) fn page(issues: &[Value]) -> Value {
    json!({"expand": "names,schema", "startAt": 0, "maxResults": 100, "total": issues.len(), "issues": issues,
        "names": names()})
}
