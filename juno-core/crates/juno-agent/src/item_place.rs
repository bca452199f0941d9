use juno_crypto::digest_of;
use juno_domain::{MemoryId, PrincipalId, TeamId, TenantId};
use juno_memory::{Memory, MemoryError, MemoryScope};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::AgentError;

/// The tag of every memory that is an item.
pub(crate) const TAG: &str = "item";
/// What an item says that no words are to be found by.
pub(crate) const UNSAID: &str = "—";
/// The longest name of a scope that spells a namespace out.
const LONGEST: usize = 200;

/// What the memory of an item keeps as its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    pub(crate) namespace: Vec<String>,
    pub(crate) key: String,
    pub(crate) value: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ttl_seconds: Option<f64>,
}

/// Where the items of a team, or of the whole tenant, stand.
///
/// Each namespace is a scope of its own, that of an agent whose name is its labels with dots between. The ids of items
/// begin with digests of where they are, from the outside in, so that those of one namespace, and of those with the same
/// first or first two labels, stand together in every store.
#[derive(Debug, Clone)]
pub(crate) struct ItemPlace {
    tenant: TenantId,
    team: Option<TeamId>,
}

impl ItemPlace {
    pub(crate) const fn new(tenant: TenantId, team: Option<TeamId>) -> Self {
        Self { tenant, team }
    }

    pub(crate) const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The scope of a namespace: no other namespace has it.
    pub(crate) fn scope(&self, namespace: &[String]) -> Result<MemoryScope, AgentError> {
        let name = namespace.join(".");
        let plain = name.len() <= LONGEST && name.bytes().all(|byte| byte.is_ascii_graphic());
        // Labels have no dots and are not empty: what begins with two dots spells no namespace.
        let name = if plain { name } else { format!("..{}", short(&namespace, 48)?) };
        let agent = PrincipalId::new(name)?;
        Ok(MemoryScope::new(self.tenant.clone(), self.team.clone(), Some(agent), None)?)
    }

    /// How the ids begin of everything whose namespace begins so, and of some more where it has three labels or more.
    pub(crate) fn under(&self, prefix: &[String]) -> Result<String, AgentError> {
        let mut start = format!("item-{}-", short(&(&self.tenant, &self.team), 8)?);
        for depth in 1..=prefix.len().min(2) {
            start += &format!("{}-", short(&prefix.get(..depth), 8)?);
        }
        Ok(start)
    }

    /// How the ids begin of exactly one namespace's items.
    pub(crate) fn within(&self, namespace: &[String]) -> Result<String, AgentError> {
        let second = if namespace.len() == 1 { "00000000-" } else { "" };
        Ok(format!("{}{second}{}-", self.under(namespace)?, short(&namespace, 24)?))
    }

    /// The id of an item.
    pub(crate) fn id(&self, namespace: &[String], key: &str) -> Result<MemoryId, AgentError> {
        Ok(MemoryId::new(format!("{}{}", self.within(namespace)?, short(&key, 24)?))?)
    }

    /// What a memory keeps, if it is an item of this place.
    pub(crate) fn read(&self, memory: &Memory) -> Option<Kept> {
        let kept = Kept::deserialize(&memory.data).ok().filter(|_| memory.tags.contains(TAG))?;
        let own = check_namespace(&kept.namespace).is_ok()
            && self.id(&kept.namespace, &kept.key).is_ok_and(|id| id == memory.id)
            && self.scope(&kept.namespace).is_ok_and(|scope| scope == memory.scope);
        own.then_some(kept)
    }
}

/// Checks the labels of a namespace, or of the beginning of one.
pub(crate) fn check_labels(labels: &[String]) -> Result<(), MemoryError> {
    match labels.iter().find(|label| label.is_empty() || label.contains(['.', '\0'])) {
        Some(label) => {
            Err(item(format!("`{label}` is no label of a namespace: use one or more characters, and no dot")))
        }
        None => Ok(()),
    }
}

/// Checks where an item is to be.
pub(crate) fn check_namespace(namespace: &[String]) -> Result<(), MemoryError> {
    if namespace.is_empty() {
        return Err(item("a namespace is empty: give at least one label"));
    }
    check_labels(namespace)
}

pub(crate) fn item(reason: impl Into<String>) -> MemoryError {
    MemoryError::Item { reason: reason.into() }
}

/// The names and plain values in a value, one field on a line.
pub(crate) fn words_of(value: &Map<String, Value>) -> String {
    let (mut lines, mut open) = (Vec::new(), Vec::new());
    open.extend(value.iter().rev().map(|(name, value)| (name.as_str(), value)));
    while let Some((name, value)) = open.pop() {
        let plain = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(said) => said.to_string(),
            Value::Null => continue,
            Value::Array(items) => {
                open.extend(items.iter().rev().map(|value| (name, value)));
                continue;
            }
            Value::Object(fields) => {
                open.extend(fields.iter().rev().map(|(name, value)| (name.as_str(), value)));
                continue;
            }
        };
        lines.push(format!("{}: {plain}", name.replace('_', " ")));
    }
    lines.join("\n")
}

/// The longest beginning of a text that a memory can hold, or what stands for none.
pub(crate) fn fitting(mut text: String) -> String {
    if text.trim().is_empty() {
        return UNSAID.to_owned();
    }
    if text.len() > Memory::MAX_TEXT_BYTES {
        text.truncate(text.floor_char_boundary(Memory::MAX_TEXT_BYTES));
    }
    text
}

fn short<T: Serialize>(value: &T, length: usize) -> Result<String, AgentError> {
    let digest = digest_of(value)?.to_string();
    Ok(digest.get(..length).unwrap_or(&digest).to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place() -> ItemPlace {
        ItemPlace::new(TenantId::new("acme").unwrap(), None)
    }

    fn labels(namespace: &[&str]) -> Vec<String> {
        namespace.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn no_two_namespaces_share_a_scope_or_an_id() {
        let long = "x".repeat(300);
        let spaces = [
            labels(&["a"]),
            labels(&["a", "b"]),
            labels(&["a", "b", "c"]),
            labels(&["a b"]),
            labels(&["é"]),
            labels(&[&long]),
            labels(&[&long, "a"]),
            labels(&["a-b"]),
        ];
        let scopes: std::collections::HashSet<_> =
            spaces.iter().map(|space| place().scope(space).unwrap()).collect();
        let starts: std::collections::HashSet<_> =
            spaces.iter().map(|space| place().within(space).unwrap()).collect();
        assert_eq!((scopes.len(), starts.len()), (spaces.len(), spaces.len()));
        let team = ItemPlace::new(TenantId::new("acme").unwrap(), Some(TeamId::new("pay").unwrap()));
        assert_ne!(place().under(&[]).unwrap(), team.under(&[]).unwrap());
    }

    #[test]
    fn ids_of_a_namespace_lie_under_its_beginnings() {
        let space = labels(&["users", "ada", "prefs"]);
        let id = place().id(&space, "k").unwrap();
        for depth in 0..=3 {
            assert!(id.as_str().starts_with(&place().under(&space[..depth]).unwrap()));
        }
        assert_eq!(id.as_str().len(), place().id(&labels(&["users"]), "k").unwrap().as_str().len());
    }

    #[test]
    fn dots_and_nothing_are_no_labels() {
        for bad in [&["a.b"][..], &[""], &["a", ""], &["\0"], &[]] {
            assert!(check_namespace(&labels(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn words_are_names_and_values() {
        let value = json!({"food_preference": "likes pizza", "n": [1, {"x": true}], "none": null});
        let words = words_of(value.as_object().unwrap());
        assert_eq!(words, "food preference: likes pizza\nn: 1\nx: true");
        assert_eq!(fitting(String::new()), UNSAID);
        assert_eq!(fitting("é".repeat(40_000)).len(), Memory::MAX_TEXT_BYTES);
    }
}
