//! The quickstart as a user runs it: the built program, its options, its JSON against the published schema.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/example.rs"]
mod example;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use juno_testkit::services::data_folder;
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| example::program("quickstart"));

/// A folder to run in, with the program's own file for state.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&*PROGRAM);
        // Neither settings of the machine nor a file of the repository may colour the result.
        command.env_clear().current_dir(self.0.path()).args(["--db", "juno.db"]);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nobody looks, so nothing is shown");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What `--json` prints, checked against the schema.
    fn json(&self, arguments: &[&str]) -> Value {
        let value: Value = serde_json::from_str(&self.text(&[&["--json"], arguments].concat())).unwrap();
        let errors: Vec<String> =
            SCHEMA.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{arguments:?}");
        assert_eq!(value["audit"]["verified"], true);
        value
    }
}

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let text =
        std::fs::read_to_string(Path::new(ROOT).join("examples/schema/quickstart.schema.json")).unwrap();
    let schema = serde_json::from_str(&text).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
});

fn data(name: &str) -> String {
    format!("{ROOT}/examples/data/{name}")
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is no list"))
}

#[test]
fn without_options_it_reviews_the_sample_and_says_all_a_lead_needs() {
    let place = Place::new();
    let text = place.text(&[]);
    for part in [
        "JUNO review, as of Fri 13 Nov 2026, 10:30 UTC",
        "will they deliver what they committed to?",
        "PAY Sprint 13",
        "Carried out (",
        "dry run, nothing was changed",
        "Waiting for a person (",
        "Team Lead of Payments (team_lead), until",
        "every record is what was appended",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let again = place.text(&[]);
    assert!(!again.contains("Carried out"), "nothing runs twice");
    assert_eq!(again.lines().last(), text.lines().last(), "and the log is as it was");
}

#[test]
fn its_json_follows_the_published_schema() {
    let value = Place::new().json(&[]);
    for (name, least) in
        [("forecasts", 6), ("proposals", 30), ("decisions", 30), ("pending", 10), ("executed", 10)]
    {
        assert!(list(&value, name).len() >= least, "{name}");
    }
    assert!(
        value["loaded"]["issues"].as_u64() > Some(300) && value["loaded"]["events"].as_u64() > Some(2_000)
    );
    assert_eq!(list(&value, "quarantined").len(), 3, "the sample's three bad records");
    // Each decision and each wait is about a proposal that is there, too.
    let proposals: Vec<&Value> = list(&value, "proposals").iter().map(|proposal| &proposal["id"]).collect();
    for about in
        list(&value, "decisions").iter().chain(list(&value, "pending")).chain(list(&value, "executed"))
    {
        assert!(proposals.contains(&&about["proposal"]), "{about}");
    }
    let p = |forecast: &Value| forecast["p_miss"].as_f64();
    assert!(
        list(&value, "forecasts")
            .iter()
            .all(|forecast| p(forecast).is_some_and(|p| (0.0..=1.0).contains(&p)))
    );
}

/// The schema is a promise only if it refuses something.
#[test]
fn the_schema_refuses_what_is_missing_or_out_of_range() {
    let good = Place::new().json(&[]);
    for (pointer, bad) in [
        ("/audit/root", Value::from("abc")),
        ("/as_of", Value::from("yesterday")),
        ("/forecasts/0/p_miss", Value::from(1.5)),
        ("/forecasts/0/level", Value::from("terrible")),
        ("/decisions/0/verdict", Value::from("maybe")),
        ("/pending/0/role", Value::from("admin")),
        ("/loaded", Value::Null),
    ] {
        let mut value = good.clone();
        *value.pointer_mut(pointer).unwrap() = bad;
        assert!(!SCHEMA.is_valid(&value), "{pointer}");
    }
    for name in good.as_object().unwrap().keys() {
        let mut value = good.clone();
        value.as_object_mut().unwrap().remove(name);
        assert!(!SCHEMA.is_valid(&value), "without {name}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let sample = data("sample");
    let run = || Place::new().text(&["--json", "--input", &sample]);
    assert_eq!(run(), run());
}

#[test]
fn as_of_reviews_the_past() {
    let place = Place::new();
    let value = place.json(&["--as-of", "2026-09-01T12:00:00+02:00"]);
    assert_eq!(value["as_of"], "2026-09-01T10:00:00Z");
    let names: Vec<&Value> = list(&value, "forecasts").iter().map(|forecast| &forecast["name"]).collect();
    assert!(!names.is_empty() && !names.contains(&&Value::from("PAY Sprint 13")), "{names:?}");
    for deadline in list(&value, "pending") {
        assert!(deadline["deadline"].as_str().unwrap().starts_with("2026-09-0"), "{deadline}");
    }
}

#[test]
fn a_report_is_one_page_without_scripts_and_links() {
    let place = Place::new();
    place.text(&["--report", "review.html"]);
    let html = std::fs::read_to_string(place.path("review.html")).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(html.contains("PAY Sprint 13") && !html.contains("<script") && !html.contains("http"));
}

#[test]
fn a_csv_export_and_a_sprint_table_are_input_too() {
    let csv = Place::new().json(&["--input", &data("sample.csv")]);
    assert_eq!(csv["loaded"]["issues"], 30);
    assert!(!list(&csv, "notes").is_empty(), "a CSV has no history, and that is said");

    let table = Place::new().json(&["--input", &data("sprint-table.csv")]);
    assert_eq!(table["loaded"]["sprints"], 36);
    every_row_is_forecast(Path::new(&data("sprint-table.csv")), &table);

    let all = Place::new().json(&["--input", &data("sample"), &data("sprint-table.csv")]);
    assert_eq!(all["loaded"]["sprints"].as_u64(), Some(36 + 42));
}

/// Each row of a table with points committed at a stage has a forecast of that stage, with a number.
fn every_row_is_forecast(table: &Path, value: &Value) {
    let mut forecasts: BTreeMap<(&str, u64, u64), &Value> = BTreeMap::new();
    for forecast in list(value, "forecasts") {
        let percent = (forecast["t"].as_f64().unwrap() * 100.0).round() as u64;
        let key = (forecast["project"].as_str().unwrap(), forecast["sprint_id"].as_u64().unwrap(), percent);
        assert!(forecasts.insert(key, forecast).is_none(), "{key:?} twice");
    }
    let (mut rows, mut wanted) = (0, 0);
    for row in csv::Reader::from_path(table).unwrap().deserialize() {
        let row: BTreeMap<String, String> = row.unwrap();
        rows += 1;
        for percent in [0, 30, 50, 80] {
            let committed: f64 = row[&format!("t{percent}_committed_pts")].parse().unwrap();
            if committed > 0.0 {
                let key = (row["project"].as_str(), row["sprint_id"].parse().unwrap(), percent);
                let forecast = forecasts.get(&key).unwrap_or_else(|| panic!("no forecast of {key:?}"));
                let p_miss = forecast["p_miss"].as_f64();
                assert!(p_miss.is_some_and(|p| (0.0..=1.0).contains(&p)), "{key:?}: {forecast}");
                assert_eq!(forecast["committed"].as_f64(), Some(committed), "{key:?}");
                wanted += 1;
            }
        }
    }
    println!("{wanted} forecasts of {rows} rows");
    assert!(wanted > rows);
}

#[test]
fn every_row_of_the_public_sprint_table_is_forecast() {
    let Some(data) = data_folder() else { return };
    let folder = data.join("sprints");
    let value = Place::new().json(&["--input", folder.to_str().unwrap()]);
    every_row_is_forecast(&folder.join("iterations.csv"), &value);
}

#[test]
fn settings_from_the_environment_bound_it() {
    let place = Place::new();
    let output = place.command().env("JUNO_PHASE", "1").arg("--json").output().unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(list(&value, "proposals").is_empty() && !list(&value, "advice").is_empty());

    let output = place.command().env("JUNO_PHASES", "1").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("did you mean `JUNO_PHASE`"), "{said}");
}

/// Each of these ends with a sentence and a code, never with a panic or Rust's own names for things.
#[test]
fn what_cannot_be_done_is_said_in_a_sentence() {
    let place = Place::new();
    std::fs::create_dir(place.path("empty")).unwrap();
    let text = place.put("notes/readme.json", b"Dear diary, there is no JSON here.");
    let other = place.put("other.csv", b"a,b\n1,2\n");
    let json = place.put("other.json", br#"{"hello": ["world"]}"#);
    let picture = place.put("picture.csv", &[0x89, b'P', b'N', b'G', 0, 0xff, 0xfe, 0, 13, 10]);
    place.put("foreign.db", b"this is no database, but it is long enough to look like a file");
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let (text, other, json, picture) = (path(&text), path(&other), path(&json), path(&picture));
    for (arguments, word) in [
        (vec!["--input", "nowhere"], "nowhere"),
        (vec!["--input", "empty"], "empty"),
        (vec!["--input", "notes"], "readme.json"),
        (vec!["--input", &text], "readme.json"),
        (vec!["--input", &other], "other.csv"),
        (vec!["--input", &json], "other.json"),
        (vec!["--input", &picture], "picture.csv"),
        (vec!["--as-of", "last Tuesday"], "last Tuesday"),
        (vec!["--as-of", "1969-01-01T00:00:00Z"], "1969"),
        (vec!["--report", "empty"], "empty"),
        (vec!["--report", "nowhere/review.html"], "nowhere"),
        (vec!["--unheard-of"], "--unheard-of"),
    ] {
        let output = place.run(&arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.starts_with("error: ") && said.contains(word), "{arguments:?}: {said}");
        for ours in ["panicked", "RUST_BACKTRACE", "Error {", "Err(", "Io {", "Some(", "::"] {
            assert!(!said.contains(ours), "{arguments:?}: {said}");
        }
    }
    for (db, word) in [("empty", "empty"), ("foreign.db", "not a database")] {
        let mut command = Command::new(&*PROGRAM);
        let output = command.env_clear().current_dir(place.0.path()).args(["--db", db]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && said.starts_with("error: ") && said.contains(word),
            "{db}: {said}"
        );
    }
}
