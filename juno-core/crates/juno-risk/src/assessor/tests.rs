use juno_domain::{Interval, Measure, Scope};

use super::*;
use crate::{
    Basis, RiskLevel,
    testing::{finished, p, running, scope, ten},
};

fn assess(snapshot: &SprintSnapshot) -> Forecast {
    RiskAssessor::default().assess(snapshot, &ten()).unwrap()
}

#[test]
fn a_forecast_carries_both_numbers_and_what_they_rest_on() {
    let got = assess(&running(11, "7", 0.5, 30.0, 15.0));
    assert_eq!(
        (got.outlook, got.level, got.maturity),
        (Outlook::Forecast, Some(RiskLevel::Minimal), Maturity::Mature)
    );
    assert_eq!(got.note, "shrunk_history on 10 finished sprints, 10 of them the team's own");
    let json = serde_json::to_value(&got).unwrap();
    for key in [
        "project",
        "sprint_id",
        "team",
        "name",
        "t",
        "phase",
        "measure",
        "committed",
        "done",
        "p_miss",
        "delivered",
        "intervals",
        "risk_index",
        "level",
        "maturity",
        "factors",
        "basis",
        "note",
        "complete",
    ] {
        assert!(json.get(key).is_some_and(|v| !v.is_null()), "{key} in {json}");
    }
    assert_eq!(json["intervals"][0]["level"], 0.8);
    assert_eq!(json["level"], "minimal");
    assert_eq!(serde_json::from_value::<Forecast>(json).unwrap(), got);
}

#[test]
fn a_finished_sprint_is_settled_by_fact() {
    let over = |done| SprintSnapshot { phase: SprintPhase::Finished, ..running(11, "7", 1.0, 30.0, done) };
    let (met, missed) = (assess(&over(30.0)), assess(&over(29.0)));
    assert_eq!((met.outlook, met.p_miss), (Outlook::Settled, Some(Probability::ZERO)));
    assert_eq!((missed.p_miss, missed.delivered), (Some(Probability::ONE), Some(29.0)));
    assert_eq!((missed.risk_index, missed.level), (None, None));
    assert!(missed.factors.is_empty() && missed.intervals.is_empty());
}

#[test]
fn an_empty_sprint_has_nothing_to_miss() {
    let got = assess(&running(11, "7", 0.0, 0.0, 0.0));
    assert_eq!((got.outlook, got.p_miss, got.delivered), (Outlook::NothingCommitted, None, None));
    // Everything taken out again is empty too.
    let emptied = SprintSnapshot { removed: scope(30.0), ..running(11, "7", 0.5, 30.0, 0.0) };
    assert_eq!(assess(&emptied).outlook, Outlook::NothingCommitted);
}

#[test]
fn without_any_history_the_odds_are_even_and_say_so() {
    let got = RiskAssessor::default().assess(&running(1, "7", 0.0, 30.0, 0.0), &[]).unwrap();
    assert_eq!(
        (got.outlook, got.p_miss, got.delivered, got.maturity),
        (Outlook::NoHistory, Some(Probability::HALF), Some(30.0), Maturity::Learning)
    );
    assert!(got.note.contains("no finished sprint"), "{}", got.note);
    assert!(got.intervals.is_empty());
    // Where the source never tells outcomes in this measure, there is no number at all.
    let untold = FinishedSprint { delivered_issues_known: false, ..finished(1, "7", 0.0, 0.0, 0.0) };
    let unestimated = SprintSnapshot {
        started_with: Scope { issues: 5, points: juno_domain::StoryPoints::ZERO },
        ..running(2, "7", 0.0, 0.0, 0.0)
    };
    let got = RiskAssessor::default().assess(&unestimated, &[untold]).unwrap();
    assert_eq!((got.outlook, got.p_miss, got.delivered), (Outlook::NotEnoughHistory, None, None));
}

#[test]
fn maturity_needs_sprints_and_days() {
    let day = |n| Some(chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(n));
    // Sprints of `days` days, one after the other, and a look right after the last one.
    let after = |sprints: u64, days: i64| {
        let history: Vec<_> = (1..=sprints)
            .map(|id| FinishedSprint {
                started_at: day((id as i64 - 1) * days),
                closed_at: day(id as i64 * days),
                ..finished(id, "7", 30.0, 15.0, 30.0)
            })
            .collect();
        Maturity::of(
            &SprintSnapshot { at: day(sprints as i64 * days), ..running(99, "7", 0.0, 30.0, 0.0) },
            &history,
        )
    };
    use Maturity::{Learning, Mature, Provisional};
    assert_eq!(
        [after(0, 14), after(2, 14), after(3, 4), after(3, 5)],
        [Learning, Learning, Learning, Provisional]
    );
    assert_eq!([after(5, 14), after(6, 4), after(6, 5)], [Provisional, Provisional, Mature]);
    // Without dates only the count decides.
    assert_eq!(
        [2, 5, 6].map(|n| Maturity::of(&running(11, "7", 0.0, 1.0, 0.0), &ten()[..n])),
        [Learning, Provisional, Mature]
    );
}

/// A model that answers what it is told to.
struct Says(Prediction);

impl RiskModel for Says {
    fn name(&self) -> &str {
        "oracle"
    }
    fn predict(&self, _: &SprintSnapshot, _: &[FinishedSprint]) -> Result<Prediction, RiskError> {
        Ok(self.0.clone())
    }
}

#[test]
fn a_model_that_breaks_its_contract_is_named() {
    let good = Prediction {
        p_miss: p(0.3),
        delivered: 27.0,
        measure: Measure::Points,
        intervals: vec![
            Interval::new(20.0, 30.0, p(0.8)).unwrap(),
            Interval::new(15.0, 31.0, p(0.9)).unwrap(),
        ],
        basis: Basis { n_team: 10, n_pooled: 10, model: "oracle".into() },
        attribution: None,
        finish: Vec::new(),
    };
    let ask = |prediction: Prediction| {
        RiskAssessor::new(Arc::new(Says(prediction))).assess(&running(11, "7", 0.5, 30.0, 15.0), &ten())
    };
    assert_eq!(ask(good.clone()).unwrap().p_miss, Some(p(0.3)));
    // What it was fitted on may be of other teams.
    let fitted = Prediction {
        attribution: Some(crate::Attribution { base: 0.0, inputs: Vec::new() }),
        basis: Basis { n_team: 10, n_pooled: 500, model: "oracle".into() },
        ..good.clone()
    };
    let note = ask(fitted).unwrap().note;
    assert_eq!(note, "oracle on 500 finished sprints; 10 of the team's own are known");
    let mut unnested = good.clone();
    unnested.intervals.reverse();
    for bad in [
        Prediction { delivered: f64::NAN, ..good.clone() },
        Prediction { delivered: -1.0, ..good.clone() },
        Prediction { measure: Measure::Issues, ..good.clone() },
        Prediction { intervals: vec![Interval::new(-5.0, 30.0, p(0.8)).unwrap()], ..good.clone() },
        Prediction { intervals: vec![Interval::new(5.0, 30.0, p(1.0)).unwrap()], ..good.clone() },
        unnested,
    ] {
        let error = ask(bad).unwrap_err();
        assert!(error.to_string().starts_with("risk model `oracle` is wrong about sprint `11`"), "{error}");
    }
    // Whatever the model would say, it is never asked about the future.
    let future = [finished(12, "7", 30.0, 15.0, 30.0)];
    let assessor = RiskAssessor::new(Arc::new(Says(good)));
    assert!(assessor.assess(&running(11, "7", 0.5, 30.0, 15.0), &future).is_err());
}

#[test]
fn a_planned_sprint_is_forecast_but_not_overloaded() {
    let planned = SprintSnapshot { phase: SprintPhase::Planned, ..running(11, "7", 0.0, 90.0, 0.0) };
    let got = assess(&planned);
    assert_eq!(got.outlook, Outlook::Forecast);
    assert!(got.factors.iter().all(|f| f.category != crate::RiskCategory::Capacity));
    // An unknown scope is no calm scope.
    assert!(got.missing.contains(&crate::RiskCategory::Scope));
    assert_eq!(SprintSnapshot { added: Scope::ZERO, ..planned }.committed(), scope(90.0));
}
