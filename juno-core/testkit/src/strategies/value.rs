use chrono::{DateTime, Utc};
use juno_domain::{Probability, StoryPoints};
use proptest::prelude::*;

/// Any probability; the ends and the bounds of levels come more often than chance would have it.
pub fn probability() -> impl Strategy<Value = Probability> {
    let special = prop::sample::select(vec![0.0, 0.3, 0.5, 0.7, 0.9, 1.0, f64::EPSILON, 1.0 - f64::EPSILON]);
    prop_oneof![1 => special, 3 => 0.0..=1.0].prop_filter_map("in [0, 1]", |p| Probability::new(p).ok())
}

/// Story points as teams use them: halves, Fibonacci numbers, zero, now and then something odd.
pub fn points() -> impl Strategy<Value = StoryPoints> {
    let usual = prop::sample::select(vec![0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0]);
    prop_oneof![5 => usual, 1 => 0.0..1_000.0].prop_filter_map("not negative", |p| StoryPoints::new(p).ok())
}

/// An instant between 2000 and 2040, to the millisecond as Jira writes it.
pub fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (946_684_800_000_i64..2_208_988_800_000).prop_filter_map("in range", DateTime::from_timestamp_millis)
}
