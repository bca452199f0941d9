//! Where the servers and programs are that some tests need, and what becomes of a test without.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The address of a PostgreSQL for tests, from `TEST_POSTGRES_URL`; `tests/services.sh` starts one and sets it.
///
/// Without one it says so and gives nothing, and the test passes without having tested.
///
/// # Panics
/// Where `REQUIRE_TEST_SERVICES` is set, as the gate does, and there is no address: no suite may be skipped then.
#[must_use]
pub fn postgres_url() -> Option<String> {
    address("TEST_POSTGRES_URL", "PostgreSQL")
}

/// The address of a Redis for tests, from `TEST_REDIS_URL`.
///
/// # Panics
/// As [`postgres_url`].
#[must_use]
pub fn redis_url() -> Option<String> {
    address("TEST_REDIS_URL", "Redis")
}

/// The addresses of a Redis Cluster for tests, with commas between them, from `TEST_REDIS_CLUSTER_URL`.
///
/// # Panics
/// As [`postgres_url`].
#[must_use]
pub fn redis_cluster_url() -> Option<String> {
    address("TEST_REDIS_CLUSTER_URL", "Redis Cluster")
}

/// The program `redis-server`, for tests that stop and start one of their own, from `TEST_REDIS_SERVER`.
///
/// # Panics
/// As [`postgres_url`].
#[must_use]
pub fn redis_server() -> Option<String> {
    address("TEST_REDIS_SERVER", "redis-server")
}

/// The certificate of the issuer of that PostgreSQL, for TLS, from `TEST_POSTGRES_CA`.
///
/// # Panics
/// As [`postgres_url`].
#[must_use]
pub fn postgres_issuer() -> Option<String> {
    let issuer = set("TEST_POSTGRES_CA").and_then(|issuer| issuer.into_string().ok());
    issuer.or_else(|| {
        none("TEST_POSTGRES_CA names no certificate: install openssl, then `tests/services.sh up`")
    })
}

/// A Python from 3.10 on with the package `cryptography`, for the verifier in Python: `TEST_PYTHON`, else the one `make`
/// installs into `.venv` below `root`, the folder of the checkout, else `python3`.
///
/// # Panics
/// As [`postgres_url`].
#[must_use]
pub fn verifying_python(root: &Path) -> Option<PathBuf> {
    let named = set("TEST_PYTHON").map(PathBuf::from);
    let candidates = named.into_iter().chain([root.join(".venv/bin/python"), "python3".into()]);
    let probe = "import sys, cryptography; sys.exit(sys.version_info < (3, 10))";
    let mut able = candidates.filter(|python| {
        let mut run = Command::new(python);
        run.args(["-c", probe]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        run.status().is_ok_and(|status| status.success())
    });
    able.next().or_else(|| {
        none("no python3 from 3.10 on has the package `cryptography`: `make .venv/ready` installs it")
    })
}

/// The folder with the evaluation data, from `JUNO_DATA`. Nobody can install it, so `REQUIRE_TEST_SERVICES` does not ask
/// for it; what it says is missing where it is set is a failure of the test that looks for it.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    let folder = set("JUNO_DATA").map(PathBuf::from);
    if folder.is_none() {
        say("JUNO_DATA does not name the folder that holds sprints/iterations.csv");
    }
    folder
}

fn address(variable: &str, server: &str) -> Option<String> {
    let address = set(variable).and_then(|address| address.into_string().ok());
    address.or_else(|| {
        none(&format!("{variable} names no {server}: `tests/services.sh run make test` starts one"))
    })
}

fn set(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Nothing, said aloud; a failure where nothing may be skipped.
fn none<T>(missing: &str) -> Option<T> {
    assert!(set("REQUIRE_TEST_SERVICES").is_none(), "{missing}");
    say(missing);
    None
}

/// Past what keeps the output of tests that pass, else nobody would see it.
fn say(missing: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    drop(writeln!(std::io::stderr(), "skipped: {test}: {missing}"));
}
