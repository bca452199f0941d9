use chrono::{DateTime, Utc};

use crate::{Card, RankWeights};

/// The days after which nine tenths of a memory are left.
const STABILITY_DAYS: f64 = 30.0;
/// The least and the most that everything besides the question may do to a score. What is asked for rules: newest first
/// alone finds next to nothing.
const BOUNDS: (f64, f64) = (0.7, 1.3);

/// What is left of a memory after so many days, by the power curve of FSRS-4.5: 1 at once, 0.9 after
/// [`STABILITY_DAYS`], never 0.
fn retained(days: f64) -> f64 {
    (1.0 + 19.0 / 81.0 * days.max(0.0) / STABILITY_DAYS).powf(-0.5)
}

/// What recency, importance and confidence do to a score: a factor from 0.7 to 1.3.
pub(crate) fn prior(card: &Card, now: DateTime<Utc>, weights: &RankWeights) -> f64 {
    let recorded = DateTime::from_timestamp_nanos(card.recorded_at);
    let days = now.signed_duration_since(recorded).num_seconds() as f64 / 86_400.0;
    let factor = 1.0
        + weights.recency * (retained(days) - 1.0)
        + weights.importance * (f64::from(card.importance) - 0.5);
    (factor * f64::from(card.confidence).powf(weights.confidence)).clamp(BOUNDS.0, BOUNDS.1)
}

#[cfg(test)]
mod tests {
    use juno_domain::{MemoryId, Probability, TenantId};

    use super::*;
    use crate::{Memory, MemoryKind, MemoryScope};

    #[test]
    fn the_curve_falls_and_is_nine_tenths_at_the_stability() {
        assert_eq!(retained(-5.0), 1.0);
        assert!((retained(STABILITY_DAYS) - 0.9).abs() < 1e-12);
        assert!((0..2_000).all(|day| retained(f64::from(day) + 1.0) < retained(f64::from(day))));
    }

    #[test]
    fn the_factor_is_bounded_and_rises_with_each_part() {
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
        let factor = |days: i64, importance: f64, confidence: Option<f64>| {
            let scope = MemoryScope::tenant_wide(TenantId::new("acme").unwrap());
            let at = now - chrono::TimeDelta::days(days);
            let mut memory =
                Memory::new(MemoryId::new("m").unwrap(), MemoryKind::Semantic, scope, "x", "test", at);
            memory.importance = Probability::new(importance).unwrap();
            memory.confidence = confidence.map(|confidence| Probability::new(confidence).unwrap());
            prior(&Card::of(&memory).0, now, &RankWeights::DEFAULT)
        };
        assert!((factor(0, 0.5, None) - 1.0).abs() < 1e-6);
        assert!(factor(0, 0.5, None) > factor(300, 0.5, None));
        assert!(factor(0, 0.9, None) > factor(0, 0.1, None));
        assert!(factor(0, 0.5, Some(0.9)) > factor(0, 0.5, Some(0.6)));
        assert_eq!(factor(9_999, 0.0, Some(0.0)), BOUNDS.0);
    }
}
