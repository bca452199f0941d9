//! Where the servers are that some tests need.

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

fn address(variable: &str, server: &str) -> Option<String> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let address = set(variable);
    if address.is_none() {
        let missing = format!("{variable} names no {server}: `tests/services.sh run make test` starts one");
        assert!(set("REQUIRE_TEST_SERVICES").is_none(), "{missing}");
        println!("skipped: {missing}");
    }
    address
}
