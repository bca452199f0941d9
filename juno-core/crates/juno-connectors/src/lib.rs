//! Reads Jira exports and sprint tables into domain records; quarantines what it cannot read.
#![forbid(unsafe_code)]
