//! Sprint tables that are not files: what other programs hold as data frames or as lists of records.
use std::path::Path;

use juno_domain::Dataset;
use serde_json::{Map, Value};

use crate::format::{FileFormat, detect_bytes};
use crate::merge::Merger;
use crate::sheet::read_sprint_table;
use crate::{ConnectorError, ConnectorSettings};

/// Reads a sprint table out of CSV text, as [`load`](crate::load) reads it out of a file; `name` stands in messages.
///
/// # Errors
/// If it is no sprint table. A bad row is quarantined.
pub fn load_table(name: &str, csv: &[u8], settings: &ConnectorSettings) -> Result<Dataset, ConnectorError> {
    let path = Path::new(name);
    let unrecognised = |found| ConnectorError::Unrecognised { path: path.to_owned(), found };
    let detected = detect_bytes(csv, false, settings).map_err(unrecognised)?;
    let FileFormat::SprintTable { delimiter } = detected.format else {
        return Err(unrecognised("it has no columns `project`, `sprint_id` and a scope".to_owned()));
    };
    let text = csv.get(detected.mark..).unwrap_or_default();
    let mut records = Vec::new();
    read_sprint_table(text, delimiter, path, settings, &mut records)?;
    let mut merger = Merger::default();
    records.into_iter().for_each(|record| merger.add(name, record));
    Ok(merger.finish(settings))
}

/// Records as CSV text with a column for every name that turns up, in alphabetical order. What is null or absent is empty.
///
/// # Errors
/// If a value is a list or an object; `name` stands in messages.
pub fn csv_of_records(name: &str, records: &[Map<String, Value>]) -> Result<Vec<u8>, ConnectorError> {
    let mut columns: Vec<&String> = records.iter().flat_map(Map::keys).collect();
    columns.sort_unstable();
    columns.dedup();
    let failed = |reason: String| ConnectorError::Reader { name: name.to_owned(), reason };
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&columns).map_err(|error| failed(error.to_string()))?;
    for record in records {
        let cells = columns.iter().map(|column| match record.get(*column) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(Value::Bool(truth)) => Ok(truth.to_string()),
            Some(_) => Err(failed(format!("column `{column}` holds a list or an object, which no cell can"))),
        });
        let cells = cells.collect::<Result<Vec<String>, _>>()?;
        out.write_record(cells).map_err(|error| failed(error.to_string()))?;
    }
    out.into_inner().map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str =
        "project,sprint_id,split,start_pts,delivered_pts\nPAY,1,train,10,8\nPAY,x,test,10,8\nPAY,2,,5,\n";

    #[test]
    fn text_is_read_as_a_file_is() {
        let read = load_table("the table", TABLE.as_bytes(), &ConnectorSettings::default()).unwrap();
        assert_eq!(read.rows.len(), 2);
        assert_eq!(read.rows[0].split.as_deref(), Some("train"));
        assert_eq!((read.rows[1].split.as_deref(), read.rows[1].delivered), (None, None));
        assert_eq!(read.quarantined[0].source, "the table");
    }

    #[test]
    fn records_are_a_table_too() {
        let records: Vec<Map<String, Value>> = serde_json::from_str(
            r#"[{"project": "PAY", "sprint_id": 1, "start_pts": 10.5, "delivered_pts": 8},
                {"sprint_id": 2, "project": "PAY", "start_pts": 5, "name": "two, or more", "delivered_pts": null}]"#,
        )
        .unwrap();
        let text = csv_of_records("the records", &records).unwrap();
        let read = load_table("the records", &text, &ConnectorSettings::default()).unwrap();
        assert_eq!(read.rows[1].stages[0].name, "two, or more");
        assert_eq!(read.rows[1].delivered, None);
    }

    #[test]
    fn what_is_no_sprint_table_is_refused() {
        let read = |text: &str| load_table("the table", text.as_bytes(), &ConnectorSettings::default());
        for text in ["", "a,b\n1,2\n", "{}", "Issue key,Summary\nPAY-1,x\n"] {
            assert!(read(text).unwrap_err().to_string().contains("`the table`"), "{text}");
        }
        let nested: Map<String, Value> = serde_json::from_str(r#"{"project": []}"#).unwrap();
        assert!(csv_of_records("it", &[nested]).unwrap_err().to_string().contains("column `project`"));
    }
}
