//! Suggests: traces with evidence, triage of stale tickets, explanations at three depths.
#![forbid(unsafe_code)]
