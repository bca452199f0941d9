use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{Impact, Role};
use serde::{Deserialize, Serialize};

use crate::GovernanceError;

/// Longest deadline of one rung, in hours: one year.
pub(crate) const MAX_DEADLINE_HOURS: u32 = 24 * 366;

/// What happens when nobody decided on a rung in time. There is no approval by silence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OnExpiry {
    /// The next role up decides, with a fresh deadline; above the last one the request is denied.
    #[default]
    Escalate,
    /// The same role goes on deciding until a final deadline, at which the request ends as expired. That the first
    /// deadline was missed is recorded and reported.
    Hold {
        /// Hours from the start of the rung to the final deadline: more than the rung's own deadline, to 8784.
        until_hours: u32,
    },
    /// The request ends as expired, which refuses it.
    Deny,
}

impl OnExpiry {
    /// The stricter of two: an end at the deadline, before an end at a final one (the nearer of two), before
    /// passing it up.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Hold { until_hours: one }, Self::Hold { until_hours: two }) => {
                Self::Hold { until_hours: one.min(two) }
            }
            (one, two) => one.max(two),
        }
    }
}

/// One step of approval: who decides, how many of them, how long they have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// The lowest role that decides here; higher ones may vote too.
    pub role: Role,
    /// How many different people have to approve; default 1.
    #[serde(default = "one")]
    pub quorum: u32,
    /// Hours from the start of the rung to its deadline, from 1 to 8784 (a year).
    pub deadline_hours: u32,
    /// What happens at the deadline; default escalate.
    #[serde(default)]
    pub on_expiry: OnExpiry,
}

const fn one() -> u32 {
    1
}

impl Rung {
    /// The deadline of a rung that starts at `since`; the end of the calendar if it would lie beyond.
    #[must_use]
    pub fn deadline_from(&self, since: DateTime<Utc>) -> DateTime<Utc> {
        hours_after(since, self.deadline_hours)
    }

    /// The final deadline of a rung that starts at `since` and is held; `None` where it is not.
    #[must_use]
    pub fn held_until(&self, since: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.on_expiry {
            OnExpiry::Hold { until_hours } => Some(hours_after(since, until_hours)),
            OnExpiry::Escalate | OnExpiry::Deny => None,
        }
    }

    /// What both ask for, of the role of this one: the larger quorum, the nearer deadline, the stricter end.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self {
            role: self.role,
            quorum: self.quorum.max(other.quorum),
            deadline_hours: self.deadline_hours.min(other.deadline_hours),
            on_expiry: self.on_expiry.stricter(other.on_expiry),
        }
    }
}

fn hours_after(since: DateTime<Utc>, hours: u32) -> DateTime<Utc> {
    since.checked_add_signed(TimeDelta::hours(i64::from(hours))).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The rungs a request has to pass, lowest first.
///
/// Every ladder has at least one rung, rises strictly, has no rung for `Admin` (who never votes), and asks at least
/// one person for at least one hour on each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Ladder {
    rungs: Vec<Rung>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    rungs: Vec<Rung>,
}

impl Ladder {
    /// Takes checked rungs.
    ///
    /// # Errors
    /// If there is none, if they do not rise strictly, if one is for `Admin`, or if a quorum or deadline is out of
    /// range.
    pub fn new(rungs: Vec<Rung>) -> Result<Self, GovernanceError> {
        let bad = |what: String| Err(GovernanceError::Ladder(what));
        if rungs.is_empty() {
            return bad("it has no rung: name at least one role".into());
        }
        for rung in &rungs {
            if rung.role == Role::Admin {
                return bad("`admin` administers and never votes: name a deciding role".into());
            }
            if rung.quorum == 0 {
                return bad(format!("the quorum of {} is `0`: ask at least one person", rung.role));
            }
            if rung.deadline_hours == 0 || rung.deadline_hours > MAX_DEADLINE_HOURS {
                return bad(format!(
                    "the deadline of {} is `{}` hours: give 1 to {MAX_DEADLINE_HOURS}",
                    rung.role, rung.deadline_hours
                ));
            }
            if let OnExpiry::Hold { until_hours } = rung.on_expiry
                && (until_hours <= rung.deadline_hours || until_hours > MAX_DEADLINE_HOURS)
            {
                return bad(format!(
                    "{} holds until `{until_hours}` hours: give more than its deadline of {}, to {MAX_DEADLINE_HOURS}",
                    rung.role, rung.deadline_hours
                ));
            }
        }
        if !rungs.is_sorted_by(|lower, upper| lower.role < upper.role) {
            return bad("its rungs do not rise: list each role once, lowest first".into());
        }
        Ok(Self { rungs })
    }

    /// The rungs, lowest first; never empty.
    #[must_use]
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// The ladder that asks for all that both ask for: each rung of either, and where both have one, the larger
    /// quorum, the nearer deadline, and the stricter end ([`OnExpiry::stricter`]).
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut rungs = self.rungs.clone();
        for rung in &other.rungs {
            match rungs.iter_mut().find(|known| known.role == rung.role) {
                Some(known) => *known = known.and(rung),
                None => rungs.push(*rung),
            }
        }
        rungs.sort_by_key(|rung| rung.role);
        Self { rungs }
    }

    /// The ladder of an appeal against what `above` refused: every rung up to that role becomes one of the next
    /// role up, and higher rungs stay. `None` if no role is higher.
    #[must_use]
    pub fn above(&self, above: Role) -> Option<Self> {
        let next = above.next_up()?;
        let (below, higher): (Vec<Rung>, Vec<Rung>) = self.rungs.iter().partition(|rung| rung.role <= above);
        let raised = below.into_iter().map(|rung| Rung { role: next, ..rung });
        let first = raised.reduce(|all, rung| all.and(&rung));
        Some(Self { rungs: first.into_iter().collect() }.and(&Self { rungs: higher }))
    }

    /// How many votes it takes to climb it.
    #[must_use]
    pub fn votes(&self) -> u32 {
        self.rungs.iter().fold(0, |sum: u32, rung| sum.saturating_add(rung.quorum))
    }

    /// JUNO's own ladder for an impact: low and medium → Team Lead, 24 h; high → Project Manager, 12 h; critical →
    /// Engineering Manager, 4 h; one person decides, silence escalates.
    #[must_use]
    pub fn default_for(impact: Impact) -> Self {
        let (role, deadline_hours) = match impact {
            Impact::Low | Impact::Medium => (Role::TeamLead, 24),
            Impact::High => (Role::ProjectManager, 12),
            Impact::Critical => (Role::EngineeringManager, 4),
        };
        Self { rungs: vec![Rung { role, quorum: 1, deadline_hours, on_expiry: OnExpiry::Escalate }] }
    }
}

impl TryFrom<Wire> for Ladder {
    type Error = GovernanceError;
    fn try_from(wire: Wire) -> Result<Self, GovernanceError> {
        Self::new(wire.rungs)
    }
}

impl From<Ladder> for Wire {
    fn from(ladder: Ladder) -> Self {
        Self { rungs: ladder.rungs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_that_nobody_could_climb_is_refused() {
        let rung =
            |role, quorum, deadline_hours| Rung { role, quorum, deadline_hours, on_expiry: OnExpiry::Deny };
        let bad = [
            vec![],
            vec![rung(Role::Admin, 1, 1)],
            vec![rung(Role::TeamLead, 0, 1)],
            vec![rung(Role::TeamLead, 1, 0)],
            vec![rung(Role::TeamLead, 1, MAX_DEADLINE_HOURS + 1)],
            vec![rung(Role::Director, 1, 1), rung(Role::TeamLead, 1, 1)],
            vec![rung(Role::TeamLead, 1, 1), rung(Role::TeamLead, 1, 1)],
        ];
        for rungs in bad {
            assert!(Ladder::new(rungs.clone()).is_err(), "{rungs:?}");
        }
        for until_hours in [0, 8, MAX_DEADLINE_HOURS + 1] {
            let on_expiry = OnExpiry::Hold { until_hours };
            assert!(Ladder::new(vec![Rung { on_expiry, ..rung(Role::TeamLead, 1, 8) }]).is_err());
        }
        assert!(serde_json::from_str::<Ladder>(r#"{"rungs":[]}"#).is_err());
        assert!(Ladder::new(vec![rung(Role::TeamLead, 1, 1), rung(Role::Director, 2, 1)]).is_ok());
    }

    #[test]
    fn json_needs_only_role_and_deadline() {
        let ladder: Ladder =
            serde_json::from_str(r#"{"rungs":[{"role":"team_lead","deadline_hours":24}]}"#).unwrap();
        assert_eq!(ladder, Ladder::default_for(Impact::Low));
    }

    #[test]
    fn a_hold_is_written_with_its_end() {
        let read = |text: &str| serde_json::from_str::<OnExpiry>(text);
        assert_eq!(read(r#"{"hold":{"until_hours":72}}"#).unwrap(), OnExpiry::Hold { until_hours: 72 });
        for bad in
            [r#""hold""#, r#"{"hold":{}}"#, r#"{"hold":{"until_hours":72,"then":"approve"}}"#, r#""approve""#]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_appeal_climbs_only_what_is_higher() {
        let hold = OnExpiry::Hold { until_hours: 30 };
        let rung = |role, quorum, deadline_hours, on_expiry| Rung { role, quorum, deadline_hours, on_expiry };
        let ladder = Ladder::new(vec![
            rung(Role::TeamLead, 2, 24, hold),
            rung(Role::ProjectManager, 1, 12, OnExpiry::Escalate),
            rung(Role::Director, 1, 4, OnExpiry::Deny),
        ])
        .unwrap();
        let shape = |above| {
            ladder
                .above(above)
                .map(|l| l.rungs().iter().map(|r| (r.role, r.quorum, r.deadline_hours)).collect())
        };
        use Role::{Director, EngineeringManager, ProjectManager, TeamLead};
        assert_eq!(shape(TeamLead), Some(vec![(ProjectManager, 2, 12), (Director, 1, 4)]));
        assert_eq!(shape(ProjectManager), Some(vec![(EngineeringManager, 2, 12), (Director, 1, 4)]));
        assert_eq!(shape(EngineeringManager), Some(vec![(Director, 2, 4)]));
        assert_eq!(shape(Director), None::<Vec<_>>);
        assert_eq!(ladder.above(TeamLead).unwrap().rungs()[0].on_expiry, hold, "the stricter end");
    }

    #[test]
    fn the_defaults_are_the_published_ones() {
        let rung = |impact| {
            let ladder = Ladder::default_for(impact);
            (ladder.rungs()[0].role, ladder.rungs()[0].deadline_hours, ladder.rungs()[0].quorum)
        };
        assert_eq!(rung(Impact::Low), (Role::TeamLead, 24, 1));
        assert_eq!(rung(Impact::Medium), (Role::TeamLead, 24, 1));
        assert_eq!(rung(Impact::High), (Role::ProjectManager, 12, 1));
        assert_eq!(rung(Impact::Critical), (Role::EngineeringManager, 4, 1));
    }
}
