//! Policies as data.
use std::path::Path;
use std::sync::Arc;

use juno_core::domain::Proposal;
use juno_core::governance::{self, ApprovalRequest, Facts, GovernancePolicy, PolicySettings, RuleSet};
use napi::JsDate;
use napi::bindgen_prelude::{Env, Unknown};
use napi_derive::napi;

use crate::convert::instant;
use crate::error::Fault;
use crate::plain::{from_plain, json, plain};

/// A policy as data: rules, budgets, quiet hours and a kill switch. Made of an object, of TOML, or of a file.
///
/// An unknown key, role, impact, category, action or field is an error that names the nearest known one.
#[napi]
pub struct RulePolicy(pub(crate) Arc<governance::RulePolicy>);

impl RulePolicy {
    fn of(rules: RuleSet) -> Result<Self, Fault> {
        Ok(Self(Arc::new(governance::RulePolicy::new(rules)?)))
    }
}

#[napi]
impl RulePolicy {
    /// Reads rules from an object.
    #[napi(constructor)]
    pub fn new(#[napi(ts_arg_type = "RuleSet")] rules: Unknown<'_>) -> Result<Self, Fault> {
        Self::of(RuleSet::from_json(&json("`rules`", rules)?.to_string())?)
    }

    /// Reads rules from TOML.
    #[napi(factory)]
    pub fn from_toml(text: String) -> Result<Self, Fault> {
        Self::of(RuleSet::from_toml(&text)?)
    }

    /// Reads rules from a file: JSON if its name ends in `.json`, else TOML.
    #[napi(factory)]
    pub fn load(path: String) -> Result<Self, Fault> {
        Self::of(RuleSet::load(Path::new(&path))?)
    }

    /// The name of the rules and the start of their digest: it changes with any of them.
    #[napi(getter)]
    pub fn version(&self) -> String {
        self.0.version().to_owned()
    }

    /// The rules as plain values: `new RulePolicy(...)` reads them back.
    #[napi(ts_return_type = "RuleSet")]
    pub fn to_dict<'env>(&self, env: &'env Env) -> Result<Unknown<'env>, Fault> {
        plain(env, self.0.rules())
    }

    /// What the rules make of a proposal; with a `narrowed` action if they make it smaller. Nothing is recorded.
    #[napi(ts_return_type = "Ruling")]
    pub fn decide<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "Proposal")] proposal: Unknown<'_>,
        #[napi(ts_arg_type = "PolicySettings")] settings: Unknown<'_>,
        now: JsDate<'_>,
        #[napi(ts_arg_type = "Facts | null | undefined")] facts: Option<Unknown<'_>>,
    ) -> Result<Unknown<'env>, Fault> {
        let proposal: Proposal = from_plain("`proposal`", proposal)?;
        let settings: PolicySettings = from_plain("`settings`", settings)?;
        let facts: Option<Facts> = facts.map(|facts| from_plain("`facts`", facts)).transpose()?;
        plain(env, &settings.rule(self.0.as_ref(), &proposal, facts.as_ref(), instant(&now)?))
    }

    /// What the rules would have made of requests, and what the difference costs in people's time.
    #[napi(ts_return_type = "Simulation")]
    pub fn simulate<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "{ [field: string]: unknown }[]")] history: Unknown<'_>,
        #[napi(ts_arg_type = "PolicySettings")] settings: Unknown<'_>,
        minutes_per_vote: Option<f64>,
    ) -> Result<Unknown<'env>, Fault> {
        let history: Vec<ApprovalRequest> = from_plain("`history`", history)?;
        let settings: PolicySettings = from_plain("`settings`", settings)?;
        let minutes = minutes_per_vote.unwrap_or(MINUTES);
        plain(env, &governance::simulate(self.0.as_ref(), settings, &history, minutes))
    }
}

/// How long a vote takes, where nobody says.
pub(crate) const MINUTES: f64 = 5.0;
