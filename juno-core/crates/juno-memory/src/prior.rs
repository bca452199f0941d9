use chrono::{DateTime, Utc};

use crate::usage::{days_between, retained};
use crate::{Card, RankWeights};

/// The least and the most that everything besides the question may do to a score. What is asked for rules: newest first
/// alone finds next to nothing.
const BOUNDS: (f64, f64) = (0.7, 1.3);

/// What use and recency, importance and confidence do to a score: a factor from 0.7 to 1.3.
///
/// What is left of a memory falls since it was used last, or else recorded; see [`Usage`](crate::Usage).
pub(crate) fn prior(card: &Card, now: DateTime<Utc>, weights: &RankWeights) -> f64 {
    let days = days_between(DateTime::from_timestamp_nanos(card.refreshed_at), now);
    let factor = 1.0
        + weights.recency * (retained(days, f64::from(card.stability_days)) - 1.0)
        + weights.importance * (f64::from(card.importance) - 0.5);
    (factor * f64::from(card.confidence).powf(weights.confidence)).clamp(BOUNDS.0, BOUNDS.1)
}

#[cfg(test)]
mod tests {
    use juno_domain::{MemoryId, Probability, TenantId};

    use super::*;
    use crate::{Memory, MemoryKind, MemoryScope, Usage};

    #[test]
    fn the_factor_is_bounded_and_rises_with_each_part() {
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
        let ago = |days: i64| now - chrono::TimeDelta::days(days);
        let factor = |days: i64, importance: f64, confidence: Option<f64>, used: Option<Usage>| {
            let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
            let id = MemoryId::new("m").unwrap();
            let mut memory = Memory::new(id, MemoryKind::Semantic, scope, "x", "test", ago(days));
            memory.importance = Probability::new(importance).unwrap();
            memory.confidence = confidence.map(|confidence| Probability::new(confidence).unwrap());
            memory.used = used;
            prior(&Card::of(&memory).0, now, &RankWeights::DEFAULT)
        };
        assert!((factor(0, 0.5, None, None) - 1.0).abs() < 1e-6);
        assert!(factor(0, 0.5, None, None) > factor(300, 0.5, None, None));
        assert!(factor(0, 0.9, None, None) > factor(0, 0.1, None, None));
        assert!(factor(0, 0.5, Some(0.9), None) > factor(0, 0.5, Some(0.6), None));
        assert_eq!(factor(9_999, 0.0, Some(0.0), None), BOUNDS.0);
        // Of use half a year ago: more is left than of what never was of use, less than of what just was.
        let used = Usage::after(None, ago(300), ago(180));
        let again = Usage::after(Some(&used), ago(300), ago(1));
        let [never, once, twice] = [None, Some(used), Some(again)].map(|used| factor(300, 0.5, None, used));
        assert!(never < once && once < twice && twice <= 1.0);
    }
}
