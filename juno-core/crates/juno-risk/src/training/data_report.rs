use std::fmt;

use chrono::{DateTime, Utc};
use juno_domain::{Probability, ProjectKey, TeamId};
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Severity};

/// How many projects and teams a text names.
const SHOWN: usize = 10;

/// What a check of finished sprints found, in a fixed order. `Display` gives a text for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataReport {
    /// Sprints that were given.
    pub given: u32,
    /// Sprints that can be used.
    pub used: u32,
    /// When the first of them started (or closed, where only that is known).
    pub first: Option<DateTime<Utc>>,
    /// When the last of them closed.
    pub last: Option<DateTime<Utc>>,
    /// What there is at each stage a model can be fitted for, by rising `t`.
    pub stages: Vec<StageData>,
    /// Sprints by project.
    pub projects: Vec<GroupCount<ProjectKey>>,
    /// Sprints by team.
    pub teams: Vec<GroupCount<TeamId>>,
    /// What was found, the gravest first.
    pub findings: Vec<Finding>,
}

/// What can be fitted on at one stage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StageData {
    /// Elapsed share of the planned time.
    pub t: Probability,
    /// Sprints seen then with a commitment and a known delivery.
    pub sprints: u32,
    /// How many of them missed.
    pub missed: u32,
    /// How many are counted in points; the others are counted in issues.
    pub in_points: u32,
}

/// How many sprints a project or a team has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupCount<G> {
    /// Which.
    pub group: G,
    /// Its sprints that can be used.
    pub sprints: u32,
}

impl DataReport {
    /// The findings of one severity.
    pub fn findings_of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.severity == severity)
    }
}

impl fmt::Display for DataReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} sprints can be used", self.used, self.given)?;
        if let (Some(first), Some(last)) = (self.first, self.last) {
            write!(f, ", {} to {}", first.format("%Y-%m-%d"), last.format("%Y-%m-%d"))?;
        }
        writeln!(f)?;
        groups(f, "projects", &self.projects)?;
        groups(f, "teams", &self.teams)?;
        writeln!(f, "\n stage  sprints  missed  in points  in issues")?;
        for StageData { t, sprints, missed, in_points } in &self.stages {
            let percent = (t.get() * 100.0).round();
            let issues = sprints.saturating_sub(*in_points);
            writeln!(f, "{percent:>4} %  {sprints:>7}  {missed:>6}  {in_points:>9}  {issues:>9}")?;
        }
        if !self.findings.is_empty() {
            writeln!(f)?;
        }
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

/// The largest groups, with how many more there are.
fn groups<G: fmt::Display>(f: &mut fmt::Formatter<'_>, what: &str, all: &[GroupCount<G>]) -> fmt::Result {
    let mut sorted: Vec<&GroupCount<G>> = all.iter().collect();
    sorted.sort_by_key(|count| std::cmp::Reverse(count.sprints));
    let shown: Vec<String> =
        sorted.iter().take(SHOWN).map(|count| format!("{} {}", count.group, count.sprints)).collect();
    let more = all.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(", and {more} more") } else { String::new() };
    writeln!(f, "{what}: {} ({}{rest})", all.len(), shown.join(", "))
}
