//! The examples as programs.

use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// An example, as built beside this test. Where cargo was told to build this test alone, it is built now.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let program = profile.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    if !is_fresh(&program) {
        // Together with this package, so that the dependencies are those that are built already.
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "-p", "juno-tests", "-p", "juno-examples", "--example", name]);
        build.args(if cfg!(debug_assertions) { None } else { Some("--release") });
        build.arg("--target-dir").arg(profile.parent().unwrap());
        assert!(build.current_dir(ROOT).status().unwrap().success(), "the example does not build");
    }
    program
}

/// Whether a program is there and no older than the sources that cargo notes beside it.
fn is_fresh(program: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    let Some((built, notes)) =
        changed(program).zip(std::fs::read_to_string(program.with_extension("d")).ok())
    else {
        return false;
    };
    let sources = notes.split_once(':').map_or("", |(_, sources)| sources);
    sources.split_whitespace().all(|source| changed(Path::new(source)).is_some_and(|at| at <= built))
}
