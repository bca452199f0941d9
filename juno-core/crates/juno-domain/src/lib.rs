//! Vocabulary two stages share: ids, issues, sprints, events, probabilities, proposals, clocks.
#![forbid(unsafe_code)]
