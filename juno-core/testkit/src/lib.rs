//! Strategies, synthetic Jira projects with known truth, fault-injecting stores, conformance suites.
#![forbid(unsafe_code)]

pub mod conformance;
