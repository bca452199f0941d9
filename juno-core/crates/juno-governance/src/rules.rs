use std::collections::BTreeSet;

use juno_domain::{Impact, Probability};
use serde::{Deserialize, Serialize};

use crate::{GovernanceError, Ladder, OnExpiry, Rung};

/// The rules of [`DefaultPolicy`](crate::DefaultPolicy), as data.
///
/// | key | default | says |
/// | --- | --- | --- |
/// | `name` | `default` | the first part of the policy's version |
/// | `confidence_threshold` | 0.7 | below it JUNO advises and proposes nothing |
/// | `auto_approve.min_confidence` | 0.9 | what an action without a person needs at least |
/// | `auto_approve.actions` | `add_label`, `update_status` | which actions may run without a person at all |
/// | `ladders.low`, `.medium` | Team Lead, 24 h | who decides |
/// | `ladders.high` | Project Manager, 12 h | who decides |
/// | `ladders.critical` | Engineering Manager, 4 h | who decides |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyRules {
    /// The first part of the policy's version; default `default`.
    pub name: String,
    /// Below this confidence a proposal is denied; default 0.7.
    pub confidence_threshold: Probability,
    /// What may run without a person.
    pub auto_approve: AutoApprove,
    /// Who decides the rest.
    pub ladders: Ladders,
}

impl Default for PolicyRules {
    fn default() -> Self {
        Self {
            name: "default".to_owned(),
            confidence_threshold: percent(70),
            auto_approve: AutoApprove::default(),
            ladders: Ladders::default(),
        }
    }
}

/// What may run without a person: only with a calibrated confidence, only if it is reversible, of low impact and
/// listed here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutoApprove {
    /// The least confidence; default 0.9.
    pub min_confidence: Probability,
    /// The names of the actions; default `add_label` and `update_status`.
    pub actions: BTreeSet<String>,
}

impl Default for AutoApprove {
    fn default() -> Self {
        Self {
            min_confidence: percent(90),
            actions: ["add_label", "update_status"].map(str::to_owned).into(),
        }
    }
}

/// Who decides, by impact; each defaults to [`Ladder::default_for`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ladders {
    /// For low impact.
    pub low: Ladder,
    /// For medium impact.
    pub medium: Ladder,
    /// For high impact.
    pub high: Ladder,
    /// For critical impact.
    pub critical: Ladder,
}

impl Default for Ladders {
    fn default() -> Self {
        Self {
            low: Ladder::default_for(Impact::Low),
            medium: Ladder::default_for(Impact::Medium),
            high: Ladder::default_for(Impact::High),
            critical: Ladder::default_for(Impact::Critical),
        }
    }
}

impl Ladders {
    /// The ladder of an impact.
    #[must_use]
    pub const fn of(&self, impact: Impact) -> &Ladder {
        match impact {
            Impact::Low => &self.low,
            Impact::Medium => &self.medium,
            Impact::High => &self.high,
            Impact::Critical => &self.critical,
        }
    }

    /// The ladders with another deadline for low and medium impact, in hours.
    ///
    /// # Errors
    /// If it is not between 1 and 8784, or reaches the end of a hold.
    pub fn with_approval_timeout_hours(mut self, hours: u32) -> Result<Self, GovernanceError> {
        for ladder in [&mut self.low, &mut self.medium] {
            *ladder = with_rungs(ladder, |rung| Rung { deadline_hours: hours, ..rung })?;
        }
        Ok(self)
    }

    /// The ladders with silence escalating on every rung that is not held, or ending the request.
    ///
    /// # Errors
    /// Never for ladders that were checked when they were made.
    pub fn with_auto_escalation(mut self, escalates: bool) -> Result<Self, GovernanceError> {
        let on_expiry = if escalates { OnExpiry::Escalate } else { OnExpiry::Deny };
        let Self { low, medium, high, critical } = &mut self;
        for ladder in [low, medium, high, critical] {
            *ladder = with_rungs(ladder, |rung| match rung.on_expiry {
                OnExpiry::Hold { .. } => rung,
                OnExpiry::Escalate | OnExpiry::Deny => Rung { on_expiry, ..rung },
            })?;
        }
        Ok(self)
    }
}

impl PolicyRules {
    /// The rules with another deadline for low and medium impact (`APPROVAL_TIMEOUT_HOURS`), in hours.
    ///
    /// # Errors
    /// If it is not between 1 and 8784.
    pub fn with_approval_timeout_hours(mut self, hours: u32) -> Result<Self, GovernanceError> {
        self.ladders = self.ladders.with_approval_timeout_hours(hours)?;
        Ok(self)
    }

    /// The rules with silence escalating on every rung, or ending the request (`AUTO_ESCALATION`). A rung that is
    /// held stays held.
    ///
    /// # Errors
    /// Never for ladders that were checked when they were made.
    pub fn with_auto_escalation(mut self, escalates: bool) -> Result<Self, GovernanceError> {
        self.ladders = self.ladders.with_auto_escalation(escalates)?;
        Ok(self)
    }

    /// Checks what single fields cannot: automatic approval never asks for less than proposing does.
    ///
    /// # Errors
    /// If a rule contradicts another, or the name is empty.
    pub fn check(&self) -> Result<(), GovernanceError> {
        if self.name.trim().is_empty() {
            return Err(GovernanceError::Policy("`name` is empty: name the policy".into()));
        }
        if self.auto_approve.min_confidence < self.confidence_threshold {
            return Err(GovernanceError::Policy(format!(
                "`auto_approve.min_confidence` is `{}`, below `confidence_threshold` `{}`: raise it",
                self.auto_approve.min_confidence.get(),
                self.confidence_threshold.get()
            )));
        }
        Ok(())
    }
}

fn with_rungs(ladder: &Ladder, change: impl Fn(Rung) -> Rung) -> Result<Ladder, GovernanceError> {
    Ladder::new(ladder.rungs().iter().copied().map(change).collect())
}

/// A probability in whole per cent, for defaults.
fn percent(hundredths: u8) -> Probability {
    Probability::saturating(f64::from(hundredths) / 100.0).unwrap_or(Probability::ONE)
}
