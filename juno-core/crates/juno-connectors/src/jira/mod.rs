//! Jira's REST shapes: issues, changelogs, sprints, boards, people.

mod adf;
mod changelog;
mod discover;
mod field_values;
mod history;
mod issue;
mod issue_parts;
mod raw;
mod reader;
mod shape;
mod sprint;

pub(crate) use discover::discover;
pub(crate) use field_values::{BadPoints, category, points_of_text};
pub(crate) use reader::read;
pub(crate) use sprint::read_sprint_text;
