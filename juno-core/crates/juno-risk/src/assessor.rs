use std::{fmt, sync::Arc};

use juno_domain::{ErrorKind, FinishedSprint, Measure, Probability, SprintPhase, SprintSnapshot};

use crate::{
    Counterfactual, Forecast, Maturity, Outlook, Prediction, PreparedModel, RiskError, RiskIndex,
    RiskIndexInputs, RiskIndexRules, RiskModel, ShrunkHistoryModel, check_history, counterfactuals, missed,
};

/// Turns a snapshot and its history into a [`Forecast`]: a model's prediction, checked, beside the risk index.
#[derive(Clone)]
pub struct RiskAssessor {
    model: Arc<dyn RiskModel>,
    rules: RiskIndexRules,
}

impl Default for RiskAssessor {
    /// With [`ShrunkHistoryModel`] and the default rules.
    fn default() -> Self {
        Self::new(Arc::new(ShrunkHistoryModel))
    }
}

impl fmt::Debug for RiskAssessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RiskAssessor").field("model", &self.model.name()).field("rules", &self.rules).finish()
    }
}

impl RiskAssessor {
    /// An assessor with this model and the default rules of the index.
    #[must_use]
    pub fn new(model: Arc<dyn RiskModel>) -> Self {
        Self { model, rules: RiskIndexRules::default() }
    }

    /// The same with other rules of the index.
    #[must_use]
    pub fn with_rules(self, rules: RiskIndexRules) -> Self {
        Self { rules, ..self }
    }

    /// The model's name.
    #[must_use]
    pub fn model_name(&self) -> &str {
        self.model.name()
    }

    /// The forecast for a sprint, given the sprints that were over by then ([`known_before`](crate::known_before)
    /// picks those).
    ///
    /// A sprint that is over, has nothing committed or nothing to compare with gets a typed answer ([`Outlook`]) and no
    /// number.
    ///
    /// # Errors
    /// Invalid input if the history holds the sprint itself or the future, or if the model breaks its contract; whatever
    /// else the model answers with.
    pub fn assess(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Forecast, RiskError> {
        self.assess_by(snapshot, history, || self.model.predict(snapshot, history))
    }

    /// The model with a history that many snapshots are to be asked about.
    pub(crate) fn prepare<'a>(&'a self, history: &'a [FinishedSprint]) -> Box<dyn PreparedModel + 'a> {
        self.model.prepare(history)
    }

    /// The forecast for a sprint from what `predict` says of it.
    pub(crate) fn assess_by(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
        predict: impl FnOnce() -> Result<Prediction, RiskError>,
    ) -> Result<Forecast, RiskError> {
        check_history(snapshot, history)?;
        let mut forecast = blank(snapshot, history);
        if snapshot.phase == SprintPhase::Finished {
            settle(&mut forecast);
            return Ok(forecast);
        }
        match self.rules.index(&RiskIndexInputs::from_snapshot(snapshot, history)?) {
            Ok(RiskIndex { value, level, categories, missing }) => {
                forecast.risk_index = Some(value);
                forecast.level = Some(level);
                forecast.factors = categories;
                forecast.missing = missing;
            }
            Err(RiskError::NothingKnown) => forecast.missing = crate::RiskCategory::ALL.to_vec(),
            Err(error) => return Err(error),
        }
        if forecast.committed <= 0.0 {
            forecast.note = "nothing is committed, so nothing can be missed".to_owned();
            return Ok(forecast);
        }
        match predict() {
            Ok(prediction) => {
                prediction.check(self.model.name(), snapshot)?;
                forecast.outlook = Outlook::Forecast;
                forecast.note = basis_note(&prediction, forecast.maturity);
                forecast.p_miss = Some(prediction.p_miss);
                forecast.delivered = Some(prediction.delivered);
                forecast.intervals = prediction.intervals;
                forecast.basis = Some(prediction.basis);
                forecast.finish = prediction.finish;
                if let Some(attribution) = &prediction.attribution {
                    for factor in &mut forecast.factors {
                        factor.log_odds = Some(attribution.of_category(factor.category));
                    }
                }
                forecast.attribution = prediction.attribution;
            }
            Err(error) if error.kind() == ErrorKind::NotEnoughData => {
                forecast.note = error.to_string();
                forecast.outlook = Outlook::NotEnoughHistory;
                // Where outcomes are told and there simply is none yet, the answer is the prior: even odds (the rule of
                // succession with no observation), and the commitment taken at its word. Where there are some, a
                // model that does not want to say gets no word put into its mouth.
                if history.iter().all(|past| is_told_and_empty(past, snapshot.t, forecast.measure)) {
                    forecast.outlook = Outlook::NoHistory;
                    forecast.p_miss = Some(Probability::HALF);
                    forecast.delivered = Some(forecast.committed);
                    forecast.note.push_str("; until then even odds");
                }
            }
            Err(error) => return Err(error),
        }
        Ok(forecast)
    }
}

impl RiskAssessor {
    /// What a team can still change about a sprint, and what the model expects then: [`counterfactuals`]. Empty for a sprint
    /// that is over or has nothing committed, and where the model knows too little to give a number.
    ///
    /// # Errors
    /// As [`assess`](Self::assess).
    pub fn what_would_change(
        &self,
        snapshot: &SprintSnapshot,
        history: &[FinishedSprint],
    ) -> Result<Vec<Counterfactual>, RiskError> {
        match counterfactuals(self.model.as_ref(), snapshot, history) {
            Err(error) if error.kind() == ErrorKind::NotEnoughData => Ok(Vec::new()),
            other => other,
        }
    }
}

/// Whether a past sprint had no commitment in this measure to compare with, and its outcome is told.
fn is_told_and_empty(past: &FinishedSprint, t: Probability, measure: Measure) -> bool {
    let committed = past.stage_near(t).map_or(0.0, |stage| stage.committed().in_measure(measure));
    past.delivered_in(measure).is_some() && committed <= 0.0
}

/// The forecast before anything is forecast.
fn blank(snapshot: &SprintSnapshot, history: &[FinishedSprint]) -> Forecast {
    let measure = snapshot.measure();
    Forecast {
        project: snapshot.project.clone(),
        sprint_id: snapshot.sprint,
        team: snapshot.team.clone(),
        name: snapshot.name.clone(),
        t: snapshot.t,
        phase: snapshot.phase,
        measure,
        committed: snapshot.committed().in_measure(measure),
        done: snapshot.done.in_measure(measure),
        outlook: Outlook::NothingCommitted,
        p_miss: None,
        delivered: None,
        intervals: Vec::new(),
        basis: None,
        attribution: None,
        finish: Vec::new(),
        risk_index: None,
        level: None,
        maturity: Maturity::of(snapshot, history),
        factors: Vec::new(),
        missing: Vec::new(),
        note: String::new(),
        complete: snapshot.completeness.is_complete(),
    }
}

/// A finished sprint is a fact: it missed or it did not, and nothing about it is at risk.
fn settle(forecast: &mut Forecast) {
    forecast.delivered = Some(forecast.done);
    if forecast.committed <= 0.0 {
        forecast.note = "the sprint is over; nothing was committed".to_owned();
        return;
    }
    let missed = missed(forecast.done, forecast.committed);
    forecast.outlook = Outlook::Settled;
    forecast.p_miss = Some(if missed { Probability::ONE } else { Probability::ZERO });
    forecast.note =
        format!("the sprint is over and {} its commitment", if missed { "missed" } else { "met" });
}

fn basis_note(prediction: &Prediction, maturity: Maturity) -> String {
    let crate::Basis { n_team, n_pooled, model } = &prediction.basis;
    let sprints =
        |n: u32| if n == 1 { "1 finished sprint".to_owned() } else { format!("{n} finished sprints") };
    let learning = match maturity {
        Maturity::Learning => " (still learning it)",
        Maturity::Provisional | Maturity::Mature => "",
    };
    let intervals = if prediction.intervals.is_empty() { "; too few for an interval" } else { "" };
    // What a model was fitted on need not hold what is known of the team.
    let own = match prediction.attribution {
        Some(_) => format!("; {n_team} of the team's own are known"),
        None => format!(", {n_team} of them the team's own"),
    };
    format!("{model} on {}{own}{learning}{intervals}", sprints(*n_pooled))
}

#[cfg(test)]
#[path = "assessor/tests.rs"]
mod tests;
