//! Files of every accepted kind, through the public loader.

#[cfg(test)]
mod common;
#[cfg(test)]
mod jira_csv;
#[cfg(test)]
mod jira_json;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod sprint_table;
