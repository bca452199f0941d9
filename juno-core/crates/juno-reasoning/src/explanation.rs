use std::fmt::{self, Write};

use juno_domain::{Calibration, Confidence, ConfidenceLevel};

use crate::{Depth, Trace};

/// Writes a trace for people.
///
/// Basic is one line; detailed adds steps and evidence; verbose adds the factors of the confidence, alternatives,
/// assumptions and limitations. Each depth begins with the text of the one before.
#[must_use]
pub fn explain(trace: &Trace, depth: Depth) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, trace, depth);
    text
}

fn write(out: &mut String, trace: &Trace, depth: Depth) -> fmt::Result {
    let parts = trace.parts();
    writeln!(out, "{} ({})", parts.conclusion.text, sure(&parts.confidence.confidence))?;
    if depth == Depth::Basic {
        return Ok(());
    }
    writeln!(out, "Question: {}", parts.question)?;
    for (number, step) in parts.steps.iter().enumerate() {
        writeln!(out, "  {}. {} [{}]", number + 1, step.text, step.evidence.join(", "))?;
    }
    writeln!(out, "Evidence:")?;
    for piece in &parts.evidence {
        writeln!(
            out,
            "  [{}] {} ({}, {}, quality {:.2})",
            piece.id,
            piece.statement,
            piece.source,
            piece.observed_at.format("%Y-%m-%d %H:%M UTC"),
            piece.quality.get()
        )?;
    }
    if depth == Depth::Detailed {
        return Ok(());
    }
    writeln!(out, "Confidence:")?;
    for factor in &parts.confidence.factors {
        let (name, score, weight) = (factor.factor.name(), factor.score.get(), factor.weight);
        writeln!(out, "  {name}: {score:.2} with weight {weight:.2} ({})", factor.basis)?;
    }
    if !parts.confidence.missing.is_empty() {
        let missing: Vec<&str> = parts.confidence.missing.iter().map(|factor| factor.name()).collect();
        writeln!(out, "  not known: {}", missing.join(", "))?;
    }
    if !parts.alternatives.is_empty() {
        writeln!(out, "Alternatives:")?;
        for alternative in &parts.alternatives {
            writeln!(out, "  {}: not chosen, because {}", alternative.what, alternative.why_not)?;
        }
    }
    for (title, lines) in [("Assumptions", &parts.assumptions), ("Limitations", &parts.limitations)] {
        if !lines.is_empty() {
            writeln!(out, "{title}:")?;
            lines.iter().try_for_each(|line| writeln!(out, "  {line}"))?;
        }
    }
    Ok(())
}

fn sure(confidence: &Confidence) -> String {
    let word = match confidence.level() {
        ConfidenceLevel::VeryLow => "very low",
        ConfidenceLevel::Low => "low",
        ConfidenceLevel::Medium => "medium",
        ConfidenceLevel::High => "high",
        ConfidenceLevel::VeryHigh => "very high",
    };
    let checked = match &confidence.calibration {
        Calibration::Uncalibrated => "uncalibrated".to_owned(),
        Calibration::Calibrated { outcomes, .. } => format!("calibrated on {outcomes} outcomes"),
    };
    // Rounded down, as levels begin at their bound: 0.899 is not yet 0.90.
    let value = (confidence.value.get() * 100.0 + 1e-9).floor() / 100.0;
    format!("confidence {value:.2}, {word}, {checked}")
}

#[cfg(test)]
mod tests {
    use juno_confidence::{ConfidenceAssessment, Factor, FactorScore};
    use juno_domain::{Evidence, Probability};

    use super::*;
    use crate::{Alternative, Claim, TraceParts};

    fn p(value: f64) -> Probability {
        Probability::new(value).unwrap()
    }

    fn trace(calibration: Calibration) -> Trace {
        let factor = |factor, score, weight, basis: &str| FactorScore {
            factor,
            score: p(score),
            weight,
            basis: basis.into(),
        };
        let evidence = |id: &str, statement: &str, quality| Evidence {
            id: id.into(),
            source: "changelog of PAY-1".into(),
            statement: statement.into(),
            observed_at: "2026-03-02T08:30:00Z".parse().unwrap(),
            quality: p(quality),
        };
        Trace::new(TraceParts {
            question: "Should something be done about PAY-1?".into(),
            evidence: vec![
                evidence("e1", "a person last did something to it on 2026-02-01", 1.0),
                evidence("e2", "of 40 silences, 95 % were over by then", 0.5),
            ],
            steps: vec![
                Claim::new("PAY-1 has been silent for 29 days", ["e1"]),
                Claim::new("that is unusual", ["e1", "e2"]),
            ],
            alternatives: vec![Alternative {
                what: "close it".into(),
                why_not: "silence alone is no reason to close".into(),
            }],
            assumptions: vec!["the past tells what is usual".into()],
            limitations: vec!["work that leaves no trace is not seen".into()],
            conclusion: Claim::new("PAY-1: label it `stale`.", ["e1", "e2"]),
            confidence: ConfidenceAssessment {
                confidence: Confidence { value: p(0.914), calibration },
                factors: vec![
                    factor(Factor::DataQuality, 0.75, 0.6, "mean quality 0.75 of 2 sources"),
                    factor(Factor::PatternStrength, 0.95, 0.4, "pattern strength 0.95"),
                ],
                missing: vec![Factor::HistoricalAccuracy, Factor::ConsensusScore],
            },
        })
        .unwrap()
    }

    fn calibrated() -> Trace {
        trace(Calibration::Calibrated { method: "platt".into(), outcomes: 120 })
    }

    #[test]
    fn basic_is_one_line() {
        insta::assert_snapshot!(explain(&calibrated(), Depth::Basic), @"PAY-1: label it `stale`. (confidence 0.91, very high, calibrated on 120 outcomes)");
        insta::assert_snapshot!(explain(&trace(Calibration::Uncalibrated), Depth::Basic), @"PAY-1: label it `stale`. (confidence 0.91, very high, uncalibrated)");
    }

    #[test]
    fn detailed_adds_steps_and_evidence() {
        insta::assert_snapshot!(explain(&calibrated(), Depth::default()), @r"
        PAY-1: label it `stale`. (confidence 0.91, very high, calibrated on 120 outcomes)
        Question: Should something be done about PAY-1?
          1. PAY-1 has been silent for 29 days [e1]
          2. that is unusual [e1, e2]
        Evidence:
          [e1] a person last did something to it on 2026-02-01 (changelog of PAY-1, 2026-03-02 08:30 UTC, quality 1.00)
          [e2] of 40 silences, 95 % were over by then (changelog of PAY-1, 2026-03-02 08:30 UTC, quality 0.50)
        ");
    }

    /// control: AIA-13, AIA-14-4-a
    #[test]
    fn verbose_adds_what_the_confidence_rests_on_and_what_else_was_weighed() {
        insta::assert_snapshot!(explain(&calibrated(), Depth::Verbose), @r"
        PAY-1: label it `stale`. (confidence 0.91, very high, calibrated on 120 outcomes)
        Question: Should something be done about PAY-1?
          1. PAY-1 has been silent for 29 days [e1]
          2. that is unusual [e1, e2]
        Evidence:
          [e1] a person last did something to it on 2026-02-01 (changelog of PAY-1, 2026-03-02 08:30 UTC, quality 1.00)
          [e2] of 40 silences, 95 % were over by then (changelog of PAY-1, 2026-03-02 08:30 UTC, quality 0.50)
        Confidence:
          data_quality: 0.75 with weight 0.60 (mean quality 0.75 of 2 sources)
          pattern_strength: 0.95 with weight 0.40 (pattern strength 0.95)
          not known: historical_accuracy, consensus_score
        Alternatives:
          close it: not chosen, because silence alone is no reason to close
        Assumptions:
          the past tells what is usual
        Limitations:
          work that leaves no trace is not seen
        ");
    }

    #[test]
    fn each_deeper_text_starts_with_the_shallower_one() {
        let texts =
            [Depth::Basic, Depth::Detailed, Depth::Verbose].map(|depth| explain(&calibrated(), depth));
        for pair in texts.windows(2) {
            assert!(pair[1].starts_with(&pair[0]) && pair[1].len() > pair[0].len());
        }
    }

    /// control: ASI09, AIA-14-4-a
    #[test]
    fn the_number_never_reads_higher_than_its_word() {
        let said = |value| sure(&Confidence::uncalibrated(p(value)));
        assert_eq!(said(0.899), "confidence 0.89, high, uncalibrated");
        assert_eq!(said(0.9), "confidence 0.90, very high, uncalibrated");
        assert_eq!(said(0.29), "confidence 0.29, very low, uncalibrated");
        assert_eq!(said(0.499), "confidence 0.49, low, uncalibrated");
        assert_eq!(said(0.998), "confidence 0.99, very high, uncalibrated");
        assert_eq!(said(0.5), "confidence 0.50, medium, uncalibrated");
    }

    #[test]
    fn what_is_not_there_has_no_heading() {
        let mut parts = calibrated().parts().clone();
        (parts.alternatives, parts.assumptions, parts.limitations) = (vec![], vec![], vec![]);
        parts.confidence.missing.clear();
        let text = explain(&Trace::new(parts).unwrap(), Depth::Verbose);
        for heading in ["Alternatives", "Assumptions", "Limitations", "not known"] {
            assert!(!text.contains(heading), "{text}");
        }
    }
}
