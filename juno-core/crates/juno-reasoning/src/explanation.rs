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
    format!("confidence {:.2}, {word}, {checked}", confidence.value.get())
}
