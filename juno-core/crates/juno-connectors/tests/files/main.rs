//! Files of every accepted kind, through the public loader.

mod common;
mod jira_csv;
mod jira_json;
mod loading;
mod properties;
mod sprint_table;
