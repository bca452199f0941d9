//! Reads the workspace: its crates from `cargo metadata`, its sources from disk.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::arrows::{Graph, Kind, Member};
use crate::imports::Files;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The crates of the workspace and the arrows between them.
pub(crate) fn graph() -> Graph {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: Vec<String> = packages.iter().map(|package| text(&package["name"])).collect();
    let workspace_root = PathBuf::from(text(&metadata["workspace_root"]));
    let member = |package: &Value| {
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let folder = manifest.parent().unwrap().strip_prefix(&workspace_root).unwrap();
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let dependencies =
            dependencies.filter(|dependency| ours.contains(&text(&dependency["name"]))).map(|dependency| {
                let kind = if dependency["kind"] == "dev" { Kind::Dev } else { Kind::Normal };
                (text(&dependency["name"]), kind)
            });
        Member { folder: folder.to_str().unwrap().replace('\\', "/"), dependencies: dependencies.collect() }
    };
    packages.iter().map(|package| (text(&package["name"]), member(package))).collect()
}

/// All Rust files below a folder, by their path in it. What builds and package managers put there is left out.
pub(crate) fn rust_files(folder: &Path) -> Files {
    let mut out = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(current) = waiting.pop() {
        for entry in fs::read_dir(&current).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
            if path.is_dir() {
                if !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                    waiting.push(path);
                }
            } else if path.extension() == Some(OsStr::new("rs")) {
                let below = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                out.insert(below, fs::read_to_string(&path).unwrap());
            }
        }
    }
    out
}
