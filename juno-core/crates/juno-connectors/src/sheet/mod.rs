//! Tables: the Jira CSV export and one-row-per-sprint tables.

mod csv_date;
mod jira_columns;
mod jira_csv;
mod rows;
mod sprint_table;
mod table_columns;

pub(crate) use jira_columns::JiraColumns;
pub(crate) use jira_csv::read_jira_csv;
pub use jira_csv::synthetic_sprint_id;
pub(crate) use rows::header_of;
pub(crate) use sprint_table::read_sprint_table;
pub(crate) use table_columns::TableColumns;
