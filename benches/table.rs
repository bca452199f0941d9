//! Prints the figures of the last run as the table of the folder's README.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde_json::Value;

/// Sizes and ways of one group: the median in nanoseconds and the elements of one run, by way and size.
type Group = BTreeMap<String, BTreeMap<u64, Figure>>;

struct Figure {
    size: String,
    nanos: f64,
    elements: Option<f64>,
}

fn main() -> io::Result<()> {
    let folder = env::var_os("CRITERION_HOME").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into())).join("criterion")
    });
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    collect(&folder, &mut groups)?;
    println!(
        "| hot path | way | median by size (and how many times `juno`) | a second, at the largest size |"
    );
    println!("| --- | --- | --- | --- |");
    for (name, ways) in &groups {
        let own = ways.get("juno");
        // Our own way first, whatever it is compared with after it.
        let first = own.map(|own| ("juno", own)).into_iter();
        let rest =
            ways.iter().filter(|(way, _)| *way != "juno").map(|(way, figures)| (way.as_str(), figures));
        for (way, figures) in first.chain(rest) {
            let cells: Vec<String> = figures
                .iter()
                .map(|(key, figure)| {
                    let base = own.and_then(|own| own.get(key)).filter(|_| way != "juno");
                    let times = base.map(|base| format!(" ({:.2}×)", figure.nanos / base.nanos));
                    format!("{}: {}{}", figure.size, time(figure.nanos), times.unwrap_or_default())
                })
                .collect();
            let rate = figures.values().next_back().and_then(|f| Some(f.elements? / f.nanos * 1e9));
            let rate = rate.map_or_else(String::new, count);
            println!("| {name} | {way} | {} | {rate} |", cells.join(" · "));
        }
    }
    Ok(())
}

/// Finds the results under a folder: criterion keeps each in `…/new/`.
fn collect(folder: &Path, groups: &mut BTreeMap<String, Group>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        if path.file_name().is_some_and(|name| name == "new") {
            add(&json(&path.join("benchmark.json"))?, &json(&path.join("estimates.json"))?, groups);
        } else {
            collect(&path, groups)?;
        }
    }
    Ok(())
}

fn json(path: &Path) -> io::Result<Value> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

fn add(benchmark: &Value, estimates: &Value, groups: &mut BTreeMap<String, Group>) {
    let text = |key: &str| benchmark[key].as_str().unwrap_or_default().to_owned();
    let size = text("value_str");
    let figure = Figure {
        nanos: estimates["median"]["point_estimate"].as_f64().unwrap_or(f64::NAN),
        elements: benchmark["throughput"]["Elements"].as_f64(),
        size: size.clone(),
    };
    let ways = groups.entry(text("group_id")).or_default();
    ways.entry(text("function_id")).or_default().insert(number(&size), figure);
}

/// The number behind `10k` or `1M`.
fn number(size: &str) -> u64 {
    let digits = size.trim_end_matches(['k', 'M']);
    let unit = match size.chars().last() {
        Some('k') => 1_000,
        Some('M') => 1_000_000,
        _ => 1,
    };
    digits.parse::<u64>().unwrap_or(0) * unit
}

fn time(nanos: f64) -> String {
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

fn count(rate: f64) -> String {
    let (value, unit) = match rate {
        r if r < 1e3 => (r, ""),
        r if r < 1e6 => (r / 1e3, "k"),
        r => (r / 1e6, "M"),
    };
    format!("{}{unit}", three_digits(value))
}

fn three_digits(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.2}"),
        v if v < 100.0 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}
