//! Keeps memory, approvals, executions, audit and outbox in one SQLite file.
#![forbid(unsafe_code)]
