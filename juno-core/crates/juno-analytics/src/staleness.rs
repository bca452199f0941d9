use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use juno_domain::{FieldValue, IssueId, IssueKey, Progress, StatusCategory, TeamId};
use serde::{Deserialize, Serialize};

use crate::error::AnalyticsError;
use crate::history::{Entry, History};
use crate::survival::SurvivalCurve;

/// Fewer ended spells than this say nothing about a group: a wider one answers.
const MIN_SPELLS: usize = 20;

/// A stretch of time in which nobody touched an open issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilentSpell {
    /// The issue.
    pub issue: IssueId,
    /// Its key, as of the question.
    pub key: IssueKey,
    /// Its team when the silence began.
    pub team: TeamId,
    /// Its type then.
    pub issue_type: String,
    /// Its status then, by today's name where the source tells one.
    pub status: String,
    /// The last thing a person did before it.
    pub from: DateTime<Utc>,
    /// When the silence ended, or until when it was seen.
    pub until: DateTime<Utc>,
    /// Whether a person ended it. If not, it went on, or a machine finished the issue.
    pub ended: bool,
}

impl SilentSpell {
    /// How long it lasted.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.until - self.from
    }
}

/// Which group's history an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StalenessGroup {
    /// The same team, type and status.
    TeamTypeStatus,
    /// The same team and status.
    TeamStatus,
    /// The same team.
    Team,
    /// Everything.
    All,
}

/// How unusual a silence is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Staleness {
    /// The share of silences of the group that were over by this length, 0 to 1: .95 says that only one in twenty
    /// lasts longer.
    pub percentile: f64,
    /// The group.
    pub group: StalenessGroup,
    /// Silences of the group, those still going on included.
    pub spells: usize,
    /// Silences of the group that ended.
    pub ended: usize,
}

type Cell = (Option<TeamId>, Option<String>, Option<String>);

/// How long silences lasted, and whether they ended.
type Lengths = Vec<(TimeDelta, bool)>;

/// How long open issues stay untouched in a team, by type and status, learnt from the team's own history as of one
/// instant. A silence that still goes on counts as "at least so long".
#[derive(Debug, Clone, Default)]
pub struct StalenessModel {
    cells: BTreeMap<Cell, SurvivalCurve>,
}

impl StalenessModel {
    /// Learns from everything known at `as_of`.
    ///
    /// # Errors
    /// `Cancelled` if `progress` is cancelled.
    pub fn learn(
        history: &History,
        as_of: DateTime<Utc>,
        progress: &Progress,
    ) -> Result<Self, AnalyticsError> {
        Ok(Self::from_spells(&history.silent_spells(as_of, progress)?))
    }

    /// Learns from given silences.
    #[must_use]
    pub fn from_spells(spells: &[SilentSpell]) -> Self {
        Self::from_lengths(spells.iter().map(|spell| (spell, spell.length(), spell.ended)))
    }

    /// Learns from silences as they stood at some earlier instant: each with how long it had lasted by then and
    /// whether it had ended.
    #[must_use]
    pub fn from_lengths<'a>(seen: impl IntoIterator<Item = (&'a SilentSpell, TimeDelta, bool)>) -> Self {
        // Grouped by the narrowest cell first: very many silences share few of them.
        let mut narrow: BTreeMap<(&TeamId, &str, &str), Lengths> = BTreeMap::new();
        for (spell, length, ended) in seen {
            let cell = (&spell.team, spell.issue_type.as_str(), spell.status.as_str());
            narrow.entry(cell).or_default().push((length, ended));
        }
        let mut groups: BTreeMap<Cell, Lengths> = BTreeMap::new();
        for ((team, issue_type, status), lengths) in narrow {
            for cell in cells(team, issue_type, status) {
                groups.entry(cell).or_default().extend_from_slice(&lengths);
            }
        }
        let cells = groups.into_iter().map(|(cell, lengths)| (cell, SurvivalCurve::fit(lengths))).collect();
        Self { cells }
    }

    /// How unusual a silence is for an issue of this team, type and status. The narrowest group with at least 20
    /// ended silences answers, else everything.
    ///
    /// # Errors
    /// `NotEnoughData` if no silence at all was seen to end.
    pub fn staleness(
        &self,
        team: &TeamId,
        issue_type: &str,
        status: &str,
        silence: TimeDelta,
    ) -> Result<Staleness, AnalyticsError> {
        let (group, curve) = self.curve(team, issue_type, status)?;
        Ok(Staleness {
            percentile: 1.0 - curve.longer_than(silence),
            group,
            spells: curve.spells(),
            ended: curve.ended(),
        })
    }

    /// The curve that answers for a team, type and status, and the group it rests on.
    ///
    /// # Errors
    /// `NotEnoughData` if no silence at all was seen to end.
    pub fn curve(
        &self,
        team: &TeamId,
        issue_type: &str,
        status: &str,
    ) -> Result<(StalenessGroup, &SurvivalCurve), AnalyticsError> {
        let groups = [
            StalenessGroup::TeamTypeStatus,
            StalenessGroup::TeamStatus,
            StalenessGroup::Team,
            StalenessGroup::All,
        ];
        for (group, cell) in groups.into_iter().zip(cells(team, issue_type, status)) {
            let need = if group == StalenessGroup::All { 1 } else { MIN_SPELLS };
            if let Some(curve) = self.cells.get(&cell).filter(|curve| curve.ended() >= need) {
                return Ok((group, curve));
            }
        }
        Err(AnalyticsError::NotEnoughData { what: "staleness", have: 0, need: 1 })
    }
}

/// A group and the wider ones around it, in the order of [`StalenessGroup`].
fn cells(team: &TeamId, issue_type: &str, status: &str) -> [Cell; 4] {
    let (team, kind, status) = (Some(team.clone()), Some(issue_type.to_owned()), Some(status.to_owned()));
    [
        (team.clone(), kind, status.clone()),
        (team.clone(), None, status),
        (team, None, None),
        (None, None, None),
    ]
}

impl History {
    /// The silences of all issues while they were open, as known at `as_of`, by issue id and time. The last one of
    /// an issue that is still open has not ended.
    ///
    /// # Errors
    /// `Cancelled` if `progress` is cancelled.
    pub fn silent_spells(
        &self,
        as_of: DateTime<Utc>,
        progress: &Progress,
    ) -> Result<Vec<SilentSpell>, AnalyticsError> {
        let mut spells = Vec::new();
        let total = self.entries.len() as u64;
        for (n, entry) in self.entries.iter().enumerate() {
            if n % 1024 == 0 {
                progress.step("collecting silences", n as u64, Some(total))?;
            }
            let mut touched: Vec<DateTime<Utc>> =
                self.activities_of(entry, as_of).into_iter().map(|activity| activity.at).collect();
            touched.dedup();
            let ends = touched.iter().skip(1).map(|at| Some(*at)).chain([None]);
            for (from, next) in touched.iter().zip(ends) {
                spells.extend(self.spell(entry, *from, next, as_of));
            }
        }
        Ok(spells)
    }

    /// The silence from `from` to the next thing a person did; `None` if the issue was done.
    fn spell(
        &self,
        entry: &Entry,
        from: DateTime<Utc>,
        next: Option<DateTime<Utc>>,
        as_of: DateTime<Utc>,
    ) -> Option<SilentSpell> {
        if !entry.is_open(from) {
            return None;
        }
        let history = &entry.history;
        let finished = entry.flow.iter().find(|s| s.from > from && s.category == StatusCategory::Done);
        let finished = finished.map(|span| span.from).filter(|at| *at <= as_of);
        // Finished without a person's hand: the silence was cut there, nobody ended it.
        let (until, ended) = match (next, finished) {
            (Some(next), None) => (next, true),
            (Some(next), Some(finished)) if next <= finished => (next, true),
            (_, Some(finished)) => (finished, false),
            (None, None) => (as_of, false),
        };
        Some(SilentSpell {
            issue: history.id().clone(),
            key: history.key_at(as_of).unwrap_or_else(|| history.key().clone()),
            team: self.team_of_entry(entry, from)?.clone(),
            issue_type: history.issue_type_at(from).unwrap_or_default().to_owned(),
            status: history.status_at(from).map(|status| self.status_name(status)).unwrap_or_default(),
            from,
            until,
            ended,
        })
    }

    /// A status by the name it has today, where the source tells one, else by the name of its day.
    #[must_use]
    pub fn status_name(&self, status: &FieldValue) -> String {
        let today = self.workflow().current_name(status);
        today.or(status.text.as_deref()).or(status.id.as_deref()).unwrap_or_default().to_owned()
    }
}
