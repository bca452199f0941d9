#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod fields;
mod file_source;
mod format;
mod instant;
mod issue_source;
mod jira;
mod json;
mod load;
mod merge;
mod settings;
mod sheet;
mod sink;
mod table_mapping;
mod table_text;
mod time_zone;

pub use error::ConnectorError;
pub use file_source::FileSource;
pub use issue_source::{HistoryExtent, HistoryRecord, IssueRecord, IssueSource, PageMark, Person, Record};
pub use load::{load, load_blocking, load_sources};
pub use settings::{ConnectorSettings, DateOrder};
pub use sheet::synthetic_sprint_id;
pub use table_mapping::TableMapping;
pub use table_text::{csv_of_records, load_table};
pub use time_zone::TimeZoneName;
