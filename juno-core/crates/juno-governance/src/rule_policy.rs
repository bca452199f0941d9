use std::collections::HashMap;

use juno_crypto::digest_of;

use crate::change_action::changes_rules;
use crate::policy::reason;
use crate::{
    Budgets, Effect, GovernanceError, GovernancePolicy, Otherwise, Over, PolicyContext, PolicyDecision,
    PolicyVerdict, Rule, RuleSet,
};

/// A policy of rules as data, see [`RuleSet`].
///
/// Every rule that [applies](Rule::applies) counts, whatever the order: one that denies wins over all, one that asks
/// for people wins over those that allow, and what several ask for, all of it is asked
/// ([`Ladder::and`](crate::Ladder::and)). One that narrows comes between: the smaller action is decided on anew; if
/// several narrow to different actions, it is denied. Budgets and the kill switch only take away. Each verdict cites by id the rules that made it, in the order of the
/// data. Rules that name actions are looked up by the action, so those of other actions cost nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct RulePolicy {
    rules: RuleSet,
    version: String,
    /// Rules that name an action, by its name, in order.
    by_action: HashMap<String, Vec<usize>>,
    /// Rules that name none, in order.
    of_any: Vec<usize>,
    /// What a verdict says of each rule.
    cites: Vec<String>,
}

impl RulePolicy {
    /// The policy of these rules. Its version is their name and the start of the digest of all of them, so it changes
    /// with any.
    ///
    /// # Errors
    /// As [`RuleSet::check`].
    pub fn new(rules: RuleSet) -> Result<Self, GovernanceError> {
        rules.check()?;
        let digest = digest_of(&rules)?.to_string();
        let version = format!("{}@{}", rules.name, digest.get(..12).unwrap_or(&digest));
        let mut by_action: HashMap<String, Vec<usize>> = HashMap::new();
        let mut of_any = Vec::new();
        for (index, rule) in rules.rules.iter().enumerate() {
            if rule.when.actions.is_empty() {
                of_any.push(index);
            }
            for name in &rule.when.actions {
                by_action.entry(name.clone()).or_default().push(index);
            }
        }
        let cite = |rule: &Rule| match rule.why.trim() {
            "" => format!("rule `{}`", rule.id),
            why => format!("rule `{}`: {why}", rule.id),
        };
        let cites = rules.rules.iter().map(cite).collect();
        Ok(Self { rules, version, by_action, of_any, cites })
    }

    /// The rules.
    #[must_use]
    pub const fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The rules that apply, in order.
    pub fn applying<'a>(&'a self, context: &'a PolicyContext<'_>) -> impl Iterator<Item = &'a Rule> {
        self.found(context).map(|(_, rule)| rule)
    }

    fn found<'a>(&'a self, context: &'a PolicyContext<'_>) -> impl Iterator<Item = (usize, &'a Rule)> {
        let of_it = self.by_action.get(context.proposal.action.name()).map_or(&[][..], Vec::as_slice);
        Merged { left: of_it, right: &self.of_any }
            .filter_map(|index| Some((index, self.rules.rules.get(index)?)))
            .filter(|(_, rule)| rule.applies(context))
    }

    fn cite(&self, index: usize) -> String {
        self.cites.get(index).cloned().unwrap_or_default()
    }

    /// What the rules say, before budgets and settings.
    fn by_rules(&self, context: &PolicyContext<'_>) -> PolicyDecision {
        let impact = context.proposal.impact;
        let found: Vec<(usize, &Rule)> = self.found(context).collect();
        let Some(strongest) = found.iter().map(|(_, rule)| rule.effect).max() else {
            let verdict = match self.rules.otherwise {
                _ if changes_rules(&context.proposal.action) => {
                    PolicyVerdict::RequireApproval(self.rules.ladders.of(impact).clone())
                }
                Otherwise::RequireApproval => {
                    PolicyVerdict::RequireApproval(self.rules.ladders.of(impact).clone())
                }
                Otherwise::Deny => PolicyVerdict::Deny,
            };
            return PolicyDecision::because(verdict, "no rule speaks of it");
        };
        let decisive = || found.iter().filter(|(_, rule)| rule.effect == strongest);
        let verdict = match strongest {
            Effect::Allow => PolicyVerdict::Allow,
            Effect::Deny => PolicyVerdict::Deny,
            Effect::Narrow => {
                let action = &context.proposal.action;
                let mut smaller = decisive().filter_map(|(_, rule)| rule.narrow.as_ref()?.of(action));
                match smaller.next() {
                    Some(one) if smaller.all(|other| other == one) => PolicyVerdict::Narrow(one),
                    _ => {
                        let mut reasons: Vec<String> =
                            decisive().map(|(index, _)| self.cite(*index)).collect();
                        reasons.push("these rules narrow it to different actions: make one of them".into());
                        return PolicyDecision { verdict: PolicyVerdict::Deny, reasons };
                    }
                }
            }
            Effect::RequireApproval => {
                let ladder_of = |rule: &'_ Rule| match &rule.ladder {
                    Some(ladder) => ladder.clone(),
                    None => self.rules.ladders.of(impact).clone(),
                };
                let asked = decisive().map(|(_, rule)| ladder_of(rule)).reduce(|all, more| all.and(&more));
                PolicyVerdict::RequireApproval(asked.unwrap_or_else(|| self.rules.ladders.of(impact).clone()))
            }
        };
        PolicyDecision { verdict, reasons: decisive().map(|(index, _)| self.cite(*index)).collect() }
    }

    /// What is spent, if anything is, most important first.
    fn spent(&self, context: &PolicyContext<'_>) -> Vec<String> {
        let budgets = &self.rules.budgets;
        let facts = context.facts;
        let kept = [
            ("actions_per_hour", budgets.actions_per_hour, facts.map(|f| f.actions_last_hour), 1),
            ("actions_per_ticket", budgets.actions_per_ticket, facts.map(|f| f.actions_on_target), 1),
            ("blast_radius", budgets.blast_radius, facts.map(|f| f.blast_radius), 0),
        ];
        let over = |(name, limit, before, this): (&str, Option<u32>, Option<u32>, u32)| {
            let limit = limit?;
            match before {
                None => Some(format!("budget `{name}` of {limit}: nobody said how much is spent")),
                Some(before) if before.saturating_add(this) > limit => {
                    Some(format!("budget `{name}` of {limit} is spent"))
                }
                Some(_) => None,
            }
        };
        kept.into_iter().filter_map(over).collect()
    }
}

impl GovernancePolicy for RulePolicy {
    fn version(&self) -> &str {
        &self.version
    }

    fn needs_facts(&self) -> bool {
        let Budgets { actions_per_hour, actions_per_ticket, blast_radius, over: _ } = self.rules.budgets;
        let by_label = |rule: &Rule| !rule.when.labels.is_empty();
        actions_per_hour.or(actions_per_ticket).or(blast_radius).is_some()
            || self.rules.rules.iter().any(by_label)
    }

    fn budgets(&self) -> Option<&Budgets> {
        Some(&self.rules.budgets)
    }

    fn decide(&self, context: &PolicyContext<'_>) -> PolicyDecision {
        let deny = |why: &str| PolicyDecision::because(PolicyVerdict::Deny, why);
        if context.phase < 2 {
            return deny(reason::PHASE);
        }
        let of_rules = changes_rules(&context.proposal.action);
        if self.rules.kill_switch && !of_rules {
            return deny("the kill switch of the policy is on");
        }
        let mut decision = self.by_rules(context);
        // What is narrowed is asked about again, and the budgets are of the smaller action.
        if matches!(decision.verdict, PolicyVerdict::Deny | PolicyVerdict::Narrow(_)) {
            return decision;
        }
        // A kill switch or a spent budget that kept its own end from being decided could never be undone.
        let mut held = if of_rules { Vec::new() } else { self.spent(context) };
        if !held.is_empty() && self.rules.budgets.over == Over::Deny {
            return PolicyDecision { verdict: PolicyVerdict::Deny, reasons: held };
        }
        if decision.verdict == PolicyVerdict::Allow {
            if !context.autonomous_actions {
                held.push(reason::NOT_AUTONOMOUS.to_owned());
            } else if context.supervisor_mode {
                held.push(reason::SUPERVISED.to_owned());
            }
            if !held.is_empty() {
                let ladder = self.rules.ladders.of(context.proposal.impact).clone();
                decision.verdict = PolicyVerdict::RequireApproval(ladder);
            }
        }
        if !held.is_empty() {
            held.append(&mut decision.reasons);
            decision.reasons = held;
        }
        decision
    }
}

/// Two rising lists as one.
struct Merged<'a> {
    left: &'a [usize],
    right: &'a [usize],
}

impl Iterator for Merged<'_> {
    type Item = usize;
    fn next(&mut self) -> Option<usize> {
        let from = match (self.left.first(), self.right.first()) {
            (Some(left), Some(right)) if left <= right => &mut self.left,
            (Some(_), None) => &mut self.left,
            (_, Some(_)) => &mut self.right,
            (None, None) => return None,
        };
        let (first, rest) = from.split_first()?;
        *from = rest;
        Some(*first)
    }
}
