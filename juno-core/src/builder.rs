use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use juno_action::{ActionExecutor, DryRunExecutor, Limits, RunnerOptions};
use juno_agent::{AgentConfig, Juno, Parts, Stores};
use juno_analytics::{HistoryOptions, WorkflowOptions};
use juno_audit::{PersonalFields, Sealing};
use juno_confidence::{ConfidenceScorer, WeightedScorer, Weights};
use juno_connectors::{ConnectorSettings, DateOrder, TableMapping};
use juno_crypto::{FileKeys, KeyProvider, SystemRandom};
use juno_domain::{
    BoardId, Clock, DomainError, PrincipalId, Probability, Role, Seed, StatusCategory, SystemClock, Team,
    TeamId, TenantId,
};
use juno_governance::{
    ComplianceRules, DefaultPolicy, Delegation, DeliveryOptions, GovernancePolicy, Notifier, PolicyRules,
    PolicySettings, RoleBook, RulePolicy, RuleSet, Term,
};
use juno_memory::{
    Embedder, MemoryCipher, MemoryKind, RetentionRules, SealedIndex, SemanticMemoryStore, WorkingLimits,
    WriteRules,
};
use juno_reasoning::{Reasoner, StaleTriage, TriageParams};
use juno_risk::{
    BlendRiskModel, CategoryThresholds, CategoryWeights, RiskAssessor, RiskIndexRules, RiskModel,
    ShrunkHistoryModel,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::adapters::{Personal, open_notifiers, open_stores};
use crate::settings::Source;
use crate::tiers::with_tiers;
use crate::{CoreError, Settings};

/// Puts a [`Juno`] together: settings are data, everything else is an object that may be replaced.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use juno_core::prelude::*;
///
/// let settings = Settings::default().with("database.url", "memory:")?;
/// let juno = JunoBuilder::new(settings).open().await?;
/// assert_eq!(juno.audit.head().await?.size, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JunoBuilder {
    settings: Settings,
    clock: Arc<dyn Clock>,
    stores: Option<Stores>,
    memory_keys: Option<Arc<dyn KeyProvider>>,
    embedder: Option<Arc<dyn Embedder>>,
    model: Option<Arc<dyn RiskModel>>,
    policy: Option<Arc<dyn GovernancePolicy>>,
    scorer: Option<Arc<dyn ConfidenceScorer>>,
    reasoners: Vec<Arc<dyn Reasoner>>,
    executor: Arc<dyn ActionExecutor>,
    notifiers: Vec<Arc<dyn Notifier>>,
}

impl JunoBuilder {
    /// Starts from settings, the machine's clock, the model and the rules that settings name or the default ones, and
    /// an executor that only shows what it would do.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            clock: Arc::new(SystemClock),
            stores: None,
            memory_keys: None,
            embedder: None,
            model: None,
            policy: None,
            scorer: None,
            reasoners: Vec::new(),
            executor: Arc::new(DryRunExecutor),
            notifiers: Vec::new(),
        }
    }

    /// Takes the time from this clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps state here instead of where `database.url` says.
    #[must_use]
    pub fn stores(mut self, stores: Stores) -> Self {
        self.stores = Some(stores);
        self
    }

    /// Encrypts memories under these keys instead of those of the folder that `memory.encryption.keys` names. Stores that
    /// are given keep memories as they were opened.
    #[must_use]
    pub fn memory_keys(mut self, keys: Arc<dyn KeyProvider>) -> Self {
        self.memory_keys = Some(keys);
        self
    }

    /// Recalls by meaning too, with the vectors of this embedder; see [`SemanticMemoryStore`]. Memories that are there
    /// already get theirs from [`embed_missing`](juno_memory::embed_missing).
    #[must_use]
    pub fn embedder(mut self, embedder: Arc<dyn Embedder>) -> Self {
        self.embedder = Some(embedder);
        self
    }

    /// Forecasts with this model instead of the one `risk.model` names, or the default one.
    #[must_use]
    pub fn model(mut self, model: Arc<dyn RiskModel>) -> Self {
        self.model = Some(model);
        self
    }

    /// Decides by this policy instead of the rules that `governance.rules` names, or the default ones.
    #[must_use]
    pub fn policy(mut self, policy: Arc<dyn GovernancePolicy>) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Scores confidence with this scorer.
    #[must_use]
    pub fn scorer(mut self, scorer: Arc<dyn ConfidenceScorer>) -> Self {
        self.scorer = Some(scorer);
        self
    }

    /// Asks this reasoner too, after stale-ticket triage.
    #[must_use]
    pub fn reasoner(mut self, reasoner: Arc<dyn Reasoner>) -> Self {
        self.reasoners.push(reasoner);
        self
    }

    /// Carries actions out with this executor.
    #[must_use]
    pub fn executor(mut self, executor: Arc<dyn ActionExecutor>) -> Self {
        self.executor = executor;
        self
    }

    /// Tells people through this channel too, beside those that settings name. Each channel has a name of its own.
    #[must_use]
    pub fn notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.notifiers.push(notifier);
        self
    }

    /// Opens the stores and joins everything.
    ///
    /// # Errors
    /// If a setting has a wrong shape, a store cannot be opened, or the model that settings name cannot be loaded.
    pub async fn open(self) -> Result<Juno, CoreError> {
        let settings = &self.settings;
        let mut stores = match self.stores {
            Some(stores) => stores,
            None => {
                let cipher = memory_cipher(settings, self.memory_keys)?;
                let (encrypts, working) = (cipher.is_some(), session(settings));
                let stores =
                    open_stores(settings.database_url().expose(), personal(settings), working, cipher)?;
                with_tiers(stores, settings, working, encrypts)?
            }
        };
        if let Some(embedder) = self.embedder {
            stores.memory = Arc::new(
                SemanticMemoryStore::new(stores.memory, embedder).map_err(juno_agent::AgentError::from)?,
            );
        }
        let scorer: Arc<dyn ConfidenceScorer> = match self.scorer {
            Some(scorer) => scorer,
            None => Arc::new(WeightedScorer::new(settings.parsed::<Weights>("confidence.weights")?)),
        };
        let rules = RiskIndexRules {
            weights: settings.parsed::<CategoryWeights>("risk.categories")?,
            thresholds: settings.parsed::<CategoryThresholds>("risk.thresholds")?,
        };
        let policy: Arc<dyn GovernancePolicy> = match self.policy {
            Some(policy) => policy,
            None => policy(settings)?,
        };
        let model = match self.model {
            Some(model) => model,
            None => model(settings)?,
        };
        let triage = StaleTriage::new(TriageParams::default().check()?, scorer.clone())
            .with_calibration(settings.parsed("confidence.calibration")?);
        let mut reasoners: Vec<Arc<dyn Reasoner>> = vec![Arc::new(triage)];
        reasoners.extend(self.reasoners);
        let mut notifiers = open_notifiers(settings)?;
        notifiers.extend(self.notifiers);
        let parts = Parts {
            stores,
            clock: self.clock,
            assessor: Arc::new(RiskAssessor::new(model).with_rules(rules)),
            reasoners,
            scorer,
            policy,
            roles: roles(settings)?,
            executor: self.executor,
            notifiers,
        };
        Ok(Juno::new(config(settings)?, parts).await?)
    }
}

/// The trained model that settings name, or what needs no training.
fn model(settings: &Settings) -> Result<Arc<dyn RiskModel>, CoreError> {
    Ok(match settings.text("risk.model") {
        Some(path) => Arc::new(BlendRiskModel::load(path).map_err(CoreError::Model)?),
        None => Arc::new(ShrunkHistoryModel),
    })
}

/// What the log keeps apart from its records, so that it can be erased, and where the keys lie.
fn personal(settings: &Settings) -> Option<Personal> {
    let reasons = settings.text("audit.personal").is_some_and(|which| which == "reasons");
    reasons.then(|| Personal {
        sealing: Sealing::new(PersonalFields::reasons(), Arc::new(SystemRandom)),
        keys: settings.text("audit.keys").map(Into::into),
    })
}

/// What memories are encrypted with, if they are.
fn memory_cipher(
    settings: &Settings,
    keys: Option<Arc<dyn KeyProvider>>,
) -> Result<Option<MemoryCipher>, CoreError> {
    let random = Arc::new(SystemRandom);
    let keys = match (keys, settings.text("memory.encryption.keys")) {
        (Some(keys), _) => keys,
        (None, Some(folder)) => {
            Arc::new(FileKeys::open(folder, random.clone()).map_err(CoreError::MemoryKeys)?)
        }
        (None, None) => return Ok(None),
    };
    let index = match settings.text("memory.encryption.index").as_deref() {
        Some("off") => SealedIndex::Off,
        _ => SealedIndex::Marked,
    };
    Ok(Some(MemoryCipher::new(keys, random).with_index(index)))
}

fn config(settings: &Settings) -> Result<AgentConfig, CoreError> {
    let teams = teams(settings)?;
    let team_of_board =
        teams.iter().flat_map(|team| team.boards.iter().map(|board| (*board, team.id.clone()))).collect();
    let categories: BTreeMap<String, StatusCategory> = settings.parsed("statuses")?;
    Ok(AgentConfig {
        instance: PrincipalId::new(settings.text("instance_id").unwrap_or_else(|| "juno".into()))?,
        tenant: TenantId::new(settings.text("tenant").unwrap_or_else(|| "default".into()))?,
        policy: PolicySettings {
            phase: settings.phase(),
            supervisor_mode: settings.flag("governance.supervisor_mode"),
            autonomous_actions: settings.flag("governance.autonomous_actions"),
        },
        approval_lifetime: TimeDelta::hours(settings.int("governance.approval_valid_hours")),
        execution: execution(settings)?,
        delivery: delivery(settings),
        compliance_rules: compliance_rules(settings)?,
        compliance_monitoring: settings.flag("governance.compliance_monitoring"),
        confidence_threshold: threshold(settings)?,
        depth: settings.depth(),
        memory_enabled: settings.flag("memory.enabled"),
        write_rules: write_rules(settings)?,
        retention: retention(settings)?,
        session: session(settings),
        pattern_threshold: Probability::new(settings.float("memory.pattern_threshold"))?,
        learn_preferences: settings.flag("memory.team_preference_learning"),
        connectors: ConnectorSettings {
            points_fields: settings.text("jira.story_points_field").into_iter().collect(),
            sprint_field: settings.text("jira.sprint_field"),
            flagged_field: settings.text("jira.flagged_field"),
            time_zone: settings.text("jira.time_zone").map(TryInto::try_into).transpose()?,
            csv_date_order: settings.text("jira.csv_date_order").map(|order| match order.as_str() {
                "month_first" => DateOrder::MonthFirst,
                _ => DateOrder::DayFirst,
            }),
            csv_date_format: settings.text("jira.csv_date_format"),
            table: TableMapping::new(settings.parsed::<BTreeMap<String, String>>("sprint_table")?)?,
            teams,
            ..ConnectorSettings::default()
        },
        history: HistoryOptions {
            workflow: WorkflowOptions { categories },
            team_of_board,
            ..HistoryOptions::default()
        },
    })
}

/// How long memories are kept.
fn retention(settings: &Settings) -> Result<RetentionRules, CoreError> {
    let days = u32::try_from(settings.int("memory.retention_days")).unwrap_or(365);
    let by_kind = settings.parsed::<BTreeMap<MemoryKind, u32>>("memory.retention_by_kind")?;
    let rules = RetentionRules { days, by_kind };
    rules.check().map_err(juno_agent::AgentError::from)?;
    Ok(rules)
}

/// How many turns a session keeps, and for how long.
fn session(settings: &Settings) -> WorkingLimits {
    WorkingLimits {
        max_entries: usize::try_from(settings.int("session.cache_size")).unwrap_or(1_000),
        ttl: TimeDelta::seconds(settings.int("session.cache_ttl_seconds")),
    }
}

/// What bounds every execution.
fn execution(settings: &Settings) -> Result<RunnerOptions, CoreError> {
    Ok(RunnerOptions {
        holder: settings.text("instance_id").unwrap_or_else(|| "juno".into()),
        lease: TimeDelta::minutes(settings.int("governance.execution_lease_minutes")),
        limits: settings.parsed::<Limits>("governance.execution_limits")?,
        ..RunnerOptions::default()
    })
}

/// By what is judged what is to be remembered.
fn write_rules(settings: &Settings) -> Result<Option<WriteRules>, CoreError> {
    if !settings.flag("memory.write_gate") {
        return Ok(None);
    }
    Ok(Some(WriteRules {
        secrets: settings.parsed("memory.secrets")?,
        personal: settings.parsed("memory.personal_data")?,
        alike: settings.float("memory.duplicate_likeness"),
        min_words: usize::try_from(settings.int("memory.min_content_words")).unwrap_or(usize::MAX),
    }))
}

/// When notifications are delivered and given up.
fn delivery(settings: &Settings) -> DeliveryOptions {
    let max_attempts = u32::try_from(settings.int("notifications.max_attempts"));
    let usual = DeliveryOptions::default();
    DeliveryOptions {
        max_attempts: max_attempts.unwrap_or(usual.max_attempts),
        remind_before: TimeDelta::hours(settings.int("notifications.remind_hours")),
        max_age: TimeDelta::days(settings.int("notifications.max_age_days")),
        seed: Seed(settings.int("seed").unsigned_abs()),
        ..usual
    }
}

fn threshold(settings: &Settings) -> Result<Probability, DomainError> {
    Probability::new(settings.float("confidence.threshold"))
}

/// Board id → team name, as teams with their boards.
fn teams(settings: &Settings) -> Result<Vec<Team>, CoreError> {
    let names: BTreeMap<String, String> = settings.parsed("teams")?;
    let mut teams: BTreeMap<String, Vec<BoardId>> = BTreeMap::new();
    for (board, name) in names {
        let board = board.parse().map_err(|_| CoreError::Teams { board: board.clone() })?;
        teams.entry(name).or_default().push(BoardId(board));
    }
    teams
        .into_iter()
        .map(|(name, boards)| Ok(Team { id: TeamId::new(name.clone())?, name, boards }))
        .collect()
}

/// The rules that settings name, or the default policy. Deadlines and escalation that somebody set go before both.
fn policy(settings: &Settings) -> Result<Arc<dyn GovernancePolicy>, CoreError> {
    let Some(path) = settings.text("governance.rules") else {
        return Ok(Arc::new(DefaultPolicy::new(policy_rules(settings)?)?));
    };
    if was_set(settings, "governance.approval_rules") {
        return Err(CoreError::TwoPolicies);
    }
    let mut rules = RuleSet::load(Path::new(&path)).map_err(CoreError::Rules)?;
    if was_set(settings, "governance.approval_timeout_hours") {
        rules.ladders = rules.ladders.with_approval_timeout_hours(timeout_hours(settings))?;
    }
    if was_set(settings, "governance.auto_escalation") {
        rules.ladders = rules.ladders.with_auto_escalation(settings.flag("governance.auto_escalation"))?;
    }
    Ok(Arc::new(RulePolicy::new(rules).map_err(CoreError::Rules)?))
}

/// What compliance is checked by: the rules that settings name, or those that ship.
fn compliance_rules(settings: &Settings) -> Result<ComplianceRules, CoreError> {
    let rules = match settings.text("governance.compliance_rules") {
        Some(path) => ComplianceRules::load(Path::new(&path)),
        None => ComplianceRules::standard(),
    };
    rules.map_err(CoreError::ComplianceRules)
}

fn was_set(settings: &Settings, path: &str) -> bool {
    settings.rows().any(|(key, _, source)| key.path == path && *source != Source::Default)
}

fn timeout_hours(settings: &Settings) -> u32 {
    u32::try_from(settings.int("governance.approval_timeout_hours")).unwrap_or(24)
}

fn policy_rules(settings: &Settings) -> Result<PolicyRules, CoreError> {
    let mut rules: PolicyRules = settings.parsed("governance.approval_rules")?;
    let stated: toml::Table = settings.parsed("governance.approval_rules")?;
    let was_set = |path| was_set(settings, path);
    // The rules may state all of this themselves; only a setting somebody made goes before them.
    if was_set("confidence.threshold") || !stated.contains_key("confidence_threshold") {
        rules.confidence_threshold = threshold(settings)?;
    }
    // What is not even proposed needs no rule of its own; a rule somebody wrote is checked against the threshold.
    if stated.get("auto_approve").and_then(|auto| auto.get("min_confidence")).is_none() {
        let least = rules.auto_approve.min_confidence.get().max(rules.confidence_threshold.get());
        rules.auto_approve.min_confidence = Probability::new(least)?;
    }
    if was_set("governance.approval_timeout_hours") {
        rules = rules.with_approval_timeout_hours(timeout_hours(settings))?;
    }
    if was_set("governance.auto_escalation") {
        rules = rules.with_auto_escalation(settings.flag("governance.auto_escalation"))?;
    }
    Ok(rules)
}

/// Who holds which role. Where settings name nobody, each role is held everywhere by an account of its own name
/// (`team_lead`, …), so that requests wait for a role instead of failing.
fn roles(settings: &Settings) -> Result<RoleBook, CoreError> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "give each role a list of people, or each team a table of roles with a list of people"
    )]
    enum Entry {
        People(BTreeSet<PrincipalId>),
        Team(BTreeMap<Role, BTreeSet<PrincipalId>>),
    }
    let mut given: BTreeMap<String, serde_json::Value> = settings.parsed("roles")?;
    let terms: Vec<Term> = listed(given.remove("terms"))?;
    let delegations: Vec<Delegation> = listed(given.remove("delegations"))?;
    let mut book = RoleBook::new();
    for (name, entry) in given {
        let entry = serde_json::from_value(entry).map_err(|error| CoreError::Roles(error.to_string()))?;
        match entry {
            Entry::People(people) => {
                let role = role(&name)?;
                people.into_iter().for_each(|person| book.assign(person, role, None));
            }
            Entry::Team(held) => {
                let team = TeamId::new(name)?;
                for (role, people) in held {
                    people.into_iter().for_each(|person| book.assign(person, role, Some(team.clone())));
                }
            }
        }
    }
    terms.into_iter().try_for_each(|term| book.assign_for(term))?;
    delegations.into_iter().try_for_each(|delegation| book.delegate(delegation))?;
    if book.is_empty() {
        for role in Role::LADDER {
            let word = serde_json::to_value(role).ok().and_then(|value| value.as_str().map(str::to_owned));
            book.assign(PrincipalId::new(word.unwrap_or_default())?, role, None);
        }
    }
    Ok(book)
}

fn listed<T: DeserializeOwned>(given: Option<serde_json::Value>) -> Result<Vec<T>, CoreError> {
    let read = given.map_or_else(|| Ok(Vec::new()), serde_json::from_value);
    read.map_err(|error| CoreError::Roles(error.to_string()))
}

fn role(word: &str) -> Result<Role, CoreError> {
    serde_json::from_value(serde_json::Value::from(word))
        .map_err(|_| CoreError::Role { word: word.to_owned() })
}

#[cfg(test)]
mod tests;
