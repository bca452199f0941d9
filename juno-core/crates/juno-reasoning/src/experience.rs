use std::collections::BTreeMap;

use juno_confidence::Outcomes;
use juno_domain::Probability;
use serde::{Deserialize, Serialize};

/// What earlier proposals came to, by action name.
///
/// One proposal counts once, as *right* or *wrong*, or not at all where nothing tells:
///
/// - approved by a person: right, unless its action ended failed or reversed;
/// - denied by a person: wrong;
/// - approved by a policy: wrong once its action ended failed or reversed; right once it took effect and stood long enough
///   for people to undo it; no evidence before, nor where it was only shown or nobody knows how it ended;
/// - denied by a policy, expired, denied by a deadline, or withdrawn: no evidence, as nobody judged it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Experience {
    /// How often each action was right.
    pub outcomes: BTreeMap<String, Outcomes>,
    /// By action and by the ground of the score: each score a proposal was made with, before any outcome had a say in it,
    /// and whether it was right. Proposals that do not tell their score count in `outcomes` alone.
    pub pairs: BTreeMap<String, BTreeMap<String, Vec<(Probability, bool)>>>,
}

impl Experience {
    /// Counts one more proposal; `score` is the ground and the value of its score, where it tells them.
    pub fn add(&mut self, action: &str, score: Option<(&str, Probability)>, right: bool) {
        let outcomes = self.outcomes.entry(action.to_owned()).or_default();
        outcomes.total = outcomes.total.saturating_add(1);
        outcomes.right = outcomes.right.saturating_add(u32::from(right));
        if let Some((ground, value)) = score {
            let of_action = self.pairs.entry(action.to_owned()).or_default();
            of_action.entry(ground.to_owned()).or_default().push((value, right));
        }
    }

    /// The scores of one action on one ground, each with whether it was right; empty where none is known.
    #[must_use]
    pub fn pairs_of(&self, action: &str, ground: &str) -> &[(Probability, bool)] {
        self.pairs.get(action).and_then(|grounds| grounds.get(ground)).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_counts_once_and_is_a_pair_only_with_its_score() {
        let score = Probability::new(0.8).unwrap();
        let mut experience = Experience::default();
        experience.add("close", Some(("triage:record", score)), true);
        experience.add("close", Some(("triage:custom", score)), false);
        experience.add("close", None, false);
        assert_eq!(experience.outcomes["close"], Outcomes { right: 1, total: 3 });
        assert_eq!(experience.pairs_of("close", "triage:record"), [(score, true)]);
        assert_eq!(experience.pairs_of("close", "triage:custom"), [(score, false)]);
        assert_eq!(experience.pairs_of("close", "another"), []);
        assert_eq!(experience.pairs_of("escalate", "triage:record"), []);
    }

    #[test]
    fn what_an_earlier_version_wrote_can_be_read() {
        let read: Experience =
            serde_json::from_str(r#"{"outcomes": {"close": {"right": 1, "total": 2}}}"#).unwrap();
        assert_eq!((read.outcomes["close"].total, read.pairs.len()), (2, 0));
    }
}
