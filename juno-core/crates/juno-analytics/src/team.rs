use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use juno_domain::{Dataset, ProjectKey, Sprint, SprintId, TeamId};

use crate::error::AnalyticsError;
use crate::options::HistoryOptions;
use crate::stay::Stay;

/// The team of a sprint that has neither board nor issues.
const NO_TEAM: &str = "no-team";

/// Who works on what: a sprint's team is its board's, an issue's is that of its sprints.
#[derive(Debug, Clone, Default)]
pub(crate) struct Teams {
    of_sprint: BTreeMap<SprintId, TeamId>,
    leaders: BTreeMap<ProjectKey, Vec<Leader>>,
    named_like: BTreeMap<ProjectKey, TeamId>,
}

/// From `since` on, this team had most stays of the project's issues in sprints.
#[derive(Debug, Clone)]
struct Leader {
    since: DateTime<Utc>,
    team: TeamId,
}

impl Teams {
    /// Reads teams from settings, boards and `stays` (an issue's project and its stays in sprints).
    pub(crate) fn learn<'a>(
        dataset: &Dataset,
        options: &HistoryOptions,
        stays: impl Iterator<Item = (&'a ProjectKey, &'a [Stay])> + Clone,
    ) -> Result<Self, AnalyticsError> {
        let mut teams = Self::default();
        let mut projects: BTreeMap<SprintId, BTreeMap<&ProjectKey, usize>> = BTreeMap::new();
        for (project, stays) in stays.clone() {
            if !teams.named_like.contains_key(project) {
                teams.named_like.insert(project.clone(), TeamId::new(project.as_str())?);
            }
            for stay in stays {
                *projects.entry(stay.sprint).or_default().entry(project).or_default() += 1;
            }
        }
        for sprint in &dataset.sprints {
            let team = match teams.of_board(sprint, dataset, options)? {
                Some(team) => team,
                None => {
                    let main = projects.get(&sprint.id).and_then(most_common);
                    match main.and_then(|project| teams.named_like.get(project)) {
                        Some(team) => team.clone(),
                        None => TeamId::new(NO_TEAM)?,
                    }
                }
            };
            teams.of_sprint.insert(sprint.id, team);
        }
        teams.lead(stays);
        Ok(teams)
    }

    fn of_board(
        &self,
        sprint: &Sprint,
        dataset: &Dataset,
        options: &HistoryOptions,
    ) -> Result<Option<TeamId>, AnalyticsError> {
        let Some(board) = sprint.board else { return Ok(None) };
        let listed = || dataset.teams.iter().find(|t| t.boards.contains(&board)).map(|t| &t.id);
        Ok(Some(match options.team_of_board.get(&board).or_else(listed) {
            Some(team) => team.clone(),
            None => TeamId::new(board.to_string())?,
        }))
    }

    fn lead<'a>(&mut self, stays: impl Iterator<Item = (&'a ProjectKey, &'a [Stay])>) {
        let mut arrivals: BTreeMap<&ProjectKey, Vec<(DateTime<Utc>, &TeamId)>> = BTreeMap::new();
        for (project, stays) in stays {
            let known = stays.iter().filter_map(|s| Some((s.from, self.of_sprint.get(&s.sprint)?)));
            arrivals.entry(project).or_default().extend(known);
        }
        let mut leaders: BTreeMap<ProjectKey, Vec<Leader>> = BTreeMap::new();
        for (project, mut arrivals) in arrivals {
            arrivals.sort_unstable();
            let mut counts: BTreeMap<&TeamId, usize> = BTreeMap::new();
            let mut best: Option<(&TeamId, usize)> = None;
            let led = leaders.entry(project.clone()).or_default();
            for (at, team) in arrivals {
                let count = counts.entry(team).or_default();
                *count += 1;
                if best.is_none_or(|(_, most)| *count > most) {
                    if best.is_none_or(|(leader, _)| leader != team) {
                        led.push(Leader { since: at, team: team.clone() });
                    }
                    best = Some((team, *count));
                }
            }
        }
        self.leaders = leaders;
    }

    pub(crate) fn of_sprint(&self, sprint: SprintId) -> Option<&TeamId> {
        self.of_sprint.get(&sprint)
    }

    /// The team that had most stays of the project's issues by `as_of`, else the one named like the project.
    pub(crate) fn of_project(&self, project: &ProjectKey, as_of: DateTime<Utc>) -> Option<&TeamId> {
        let led = self.leaders.get(project).map(Vec::as_slice).unwrap_or_default();
        let before = led.partition_point(|leader| leader.since <= as_of);
        let leader = before.checked_sub(1).and_then(|i| led.get(i)).map(|leader| &leader.team);
        leader.or_else(|| self.named_like.get(project))
    }
}

/// The key with the highest count; of several, the first in order.
pub(crate) fn most_common<K: Ord + Copy>(counts: &BTreeMap<K, usize>) -> Option<K> {
    counts.iter().max_by_key(|(key, count)| (**count, std::cmp::Reverse(**key))).map(|(key, _)| *key)
}
