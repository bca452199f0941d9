use std::collections::BTreeSet;
use std::path::Path;

use juno_crypto::digest_of;
use juno_domain::{ActionCategory, Impact, TeamId};
use serde::{Deserialize, Serialize};

use crate::GovernanceError;
use crate::nearest::with_hint;

/// Compliance rules as data.
///
/// ```
/// use juno_governance::ComplianceRules;
///
/// let rules = ComplianceRules::from_toml(
///     r#"
///     name = "payments"
///
///     [[rules]]
///     id = "four-eyes"
///     check = "quorum"
///     why = "two people for what is critical"
///     at_least = 2
///     impacts = ["critical"]
///     "#,
/// )?;
/// assert_eq!(rules.rules.len(), 1);
/// let error = ComplianceRules::from_toml("name = \"x\"\n[[rules]]\nid = \"a\"\ncheck = \"timeout\"").unwrap_err();
/// assert!(error.to_string().contains("did you mean `timeouts`?"), "{error}");
/// # Ok::<(), juno_governance::GovernanceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComplianceRules {
    /// The first part of their version.
    pub name: String,
    /// The rules, in the order of the report.
    pub rules: Vec<ComplianceRule>,
}

/// One rule: what is checked, of which requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComplianceRule {
    /// Its name, which findings cite; each stands once.
    pub id: String,
    /// What is checked.
    pub check: ComplianceCheck,
    /// Why, for people.
    #[serde(default)]
    pub why: String,
    /// Only requests of these teams, by exact id; all by default.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<TeamId>,
    /// Only requests of these impacts; all by default.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub impacts: BTreeSet<Impact>,
    /// Only requests of these categories; all by default.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<ActionCategory>,
    /// With `timeouts` and `evidence`: minutes after a deadline until something has to be on record; default 60. Hosts
    /// fire deadlines by calling `tick`, so this is how often they do at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace_minutes: Option<u32>,
    /// With `timeouts`: no rung takes longer than this, whatever its own deadline; no bound by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_hours: Option<u32>,
    /// With `quorum`: so many different people approved, whatever the ladder asks for; what a policy approved alone
    /// does not pass then. No bound by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
}

/// What a rule checks. Each is derived from the records of the log; what the store says besides is held against them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComplianceCheck {
    /// Time-outs are kept: each rung has the deadline its ladder gives it, no vote came at or after it, and once it had
    /// passed the request was passed up, held or ended. Its cases are the spans in which a role was to decide.
    Timeouts,
    /// Authority: each vote was cast by somebody who held the role for that team at that time, or was lent it, and the
    /// role may decide there. Its cases are votes.
    Authority,
    /// Separation of duties: no proposer voted, nobody voted twice or on two rungs, and on an appeal only other people
    /// than before. Its cases are votes.
    Duties,
    /// Every rung of the recorded ladder has its quorum of recorded votes for this very action before anything was
    /// authorized. Its cases are approvals.
    Quorum,
    /// The records are whole: the store says what the log says; each action that was begun has its proposal, approval,
    /// authorization and outcome on record, for one and the same action; and the log verifies. Its cases are requests,
    /// executions and the log.
    Evidence,
}

/// The rules that ship.
const DEFAULT: &str = include_str!("default_rules.toml");

impl ComplianceRules {
    /// The rules that ship: one of each check, of all requests, with an hour of grace.
    ///
    /// # Errors
    /// Never; a test reads them.
    pub fn standard() -> Result<Self, GovernanceError> {
        Self::from_toml(DEFAULT)
    }

    /// Reads rules from TOML and checks them.
    ///
    /// # Errors
    /// If a key, check, impact or category is unknown (the nearest known one is named), or as [`check`](Self::check).
    pub fn from_toml(text: &str) -> Result<Self, GovernanceError> {
        let read: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().and_then(|span| text.get(..span.start)).map(|head| head.lines().count());
            let place = line.map(|n| format!(" (near line {})", n.max(1))).unwrap_or_default();
            GovernanceError::Compliance(format!("{}{place}", with_hint(error.message())))
        })?;
        read.check()?;
        Ok(read)
    }

    /// Reads rules from JSON and checks them.
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn from_json(text: &str) -> Result<Self, GovernanceError> {
        let read: Self = serde_json::from_str(text)
            .map_err(|error| GovernanceError::Compliance(with_hint(&error.to_string())))?;
        read.check()?;
        Ok(read)
    }

    /// Reads rules from a file, JSON if its name ends in `.json`, else TOML, and checks them.
    ///
    /// # Errors
    /// If the file cannot be read, and as [`from_toml`](Self::from_toml); the file is named.
    pub fn load(path: &Path) -> Result<Self, GovernanceError> {
        let named = |what: String| GovernanceError::Compliance(format!("`{}`: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
        let is_json = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
        let read = if is_json { Self::from_json(&text) } else { Self::from_toml(&text) };
        read.map_err(|error| match error {
            GovernanceError::Compliance(what) => named(what),
            other => other,
        })
    }

    /// Their name and the start of their digest: it changes with any of them.
    ///
    /// # Errors
    /// Never for rules that were read.
    pub fn version(&self) -> Result<String, GovernanceError> {
        let digest = digest_of(self)?.to_string();
        Ok(format!("{}@{}", self.name, digest.get(..12).unwrap_or(&digest)))
    }

    /// Checks what single values cannot.
    ///
    /// # Errors
    /// If a name or id is missing or stands twice, there is no rule, or a number goes with another check or is 0.
    pub fn check(&self) -> Result<(), GovernanceError> {
        let bad = |what: String| Err(GovernanceError::Compliance(what));
        if self.name.trim().is_empty() {
            return bad("`name` is empty: name the rules".into());
        }
        if self.rules.is_empty() {
            return bad("there is no rule: leave the rules out to take those that ship".into());
        }
        let mut ids = BTreeSet::new();
        for rule in &self.rules {
            if rule.id.trim().is_empty() {
                return bad("a rule has no `id`: findings cite it".into());
            }
            if !ids.insert(&rule.id) {
                return bad(format!("there are two rules `{}`: give each its own id", rule.id));
            }
            let timed = matches!(rule.check, ComplianceCheck::Timeouts | ComplianceCheck::Evidence);
            let given = [
                ("grace_minutes", rule.grace_minutes, timed, 0),
                ("within_hours", rule.within_hours, rule.check == ComplianceCheck::Timeouts, 1),
                ("at_least", rule.at_least, rule.check == ComplianceCheck::Quorum, 1),
            ];
            for (name, value, fits, least) in given {
                match value {
                    Some(_) if !fits => {
                        return bad(format!(
                            "rule `{}` has `{name}`, which its check does not take",
                            rule.id
                        ));
                    }
                    Some(value) if value < least => {
                        return bad(format!(
                            "rule `{}` has `{name}` `{value}`: give {least} or more",
                            rule.id
                        ));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
