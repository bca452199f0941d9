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
