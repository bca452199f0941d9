use juno_crypto::digest;
use juno_domain::TenantId;
use juno_memory::MemoryScope;
use serde_json::json;

use crate::error::RedisStoreError;

/// How many parts the tenants of a cluster are spread over. A part is one hash tag, so one slot; it is part of how things
/// are stored and never changes. One server has one part.
const CLUSTER_PARTS: u8 = 16;

/// The names of all keys.
///
/// A key is `{prefix:part}:letter:rest`. The braces come first, so they are the hash tag whatever follows; the rest is
/// the JSON of a scope or a tenant, which names one and nothing else, whatever characters it has.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    prefix: String,
    parts: u8,
}

impl Keys {
    pub(crate) fn new(prefix: &str, cluster: bool) -> Result<Self, RedisStoreError> {
        let good = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        match (1..=64).contains(&prefix.len()) && prefix.chars().all(good) {
            true => Ok(Self { prefix: prefix.to_owned(), parts: if cluster { CLUSTER_PARTS } else { 1 } }),
            false => Err(RedisStoreError::Prefix(prefix.chars().take(80).collect())),
        }
    }

    /// All parts.
    pub(crate) const fn parts(&self) -> std::ops::Range<u8> {
        0..self.parts
    }

    /// The part that holds a tenant.
    pub(crate) fn part(&self, tenant: &TenantId) -> u8 {
        let first = digest(tenant.as_str().as_bytes()).to_string();
        u8::from_str_radix(first.get(..2).unwrap_or("0"), 16).unwrap_or(0) % self.parts.max(1)
    }

    fn named(&self, part: u8, name: &str) -> String {
        format!("{{{}:{part:x}}}:{name}", self.prefix)
    }

    /// Hash of a scope's working memory: `v`, and `i` + id → value.
    pub(crate) fn scope(&self, scope: &MemoryScope) -> String {
        self.scope_named(self.part(scope.tenant()), &scope_name(scope))
    }

    pub(crate) fn scope_named(&self, part: u8, scope: &str) -> String {
        self.named(part, &format!("m:{scope}"))
    }

    /// Hash of a tenant: id → scope.
    pub(crate) fn owners(&self, tenant: &TenantId) -> String {
        self.named(self.part(tenant), &format!("o:{}", json!(tenant)))
    }

    /// Sorted set of a tenant's ids, all of score 0: in order of bytes.
    pub(crate) fn ids(&self, tenant: &TenantId) -> String {
        self.named(self.part(tenant), &format!("n:{}", json!(tenant)))
    }

    /// Hash of a tenant's legal holds: `v`, and `s` + subject → hold.
    pub(crate) fn holds(&self, tenant: &TenantId) -> String {
        self.named(self.part(tenant), &format!("h:{}", json!(tenant)))
    }

    /// Sorted set of `[scope, id]` by when they expire, in milliseconds.
    pub(crate) fn expiry(&self, part: u8) -> String {
        self.named(part, "x")
    }

    /// The outbox: order, contents, taken, count.
    pub(crate) fn outbox(&self, part: u8) -> [String; 4] {
        ["eo", "ec", "et", "en"].map(|name| self.named(part, name))
    }

    /// A cached memory.
    pub(crate) fn cached(&self, scope: &MemoryScope, id: &str) -> String {
        self.named(self.part(scope.tenant()), &format!("c:{}", json!([scope_name(scope), id])))
    }

    /// What guards the cached memories of a scope.
    pub(crate) fn guard(&self, scope: &MemoryScope) -> String {
        self.named(self.part(scope.tenant()), &format!("g:{}", scope_name(scope)))
    }

    /// What guards all cached memories of a part.
    pub(crate) fn part_guard(&self, part: u8) -> String {
        self.named(part, "g")
    }

    /// Sorted set of the names of cached memories by when they go.
    pub(crate) fn cache_index(&self, part: u8) -> String {
        self.named(part, "ci")
    }
}

/// Names a scope: the same for the same scope, and for nothing else.
pub(crate) fn scope_name(scope: &MemoryScope) -> String {
    json!([scope.tenant(), scope.team(), scope.agent(), scope.session()]).to_string()
}

/// The scope a name names.
pub(crate) fn scope_of(name: &str) -> Option<MemoryScope> {
    let (tenant, team, agent, session) = serde_json::from_str(name).ok()?;
    MemoryScope::new(tenant, team, agent, session).ok()
}

#[cfg(test)]
mod tests {
    use juno_domain::{PrincipalId, SessionId, TeamId};

    use super::*;

    #[test]
    fn no_two_scopes_share_a_key_and_no_name_escapes_its_tag() {
        let keys = Keys::new("juno", true).unwrap();
        let nasty = ["a", "a:b", "a\",\"b", "}{", "a}:m:", "null", "*", "\u{1F600}", "a\\", "[", "é"];
        let mut seen = std::collections::BTreeSet::new();
        let mut count = 0;
        for tenant in nasty {
            for other in nasty {
                let tenant = MemoryScope::tenant_wide(TenantId::new(tenant).unwrap());
                let team = tenant.with_team(TeamId::new(other).unwrap());
                let agent = tenant.with_agent(PrincipalId::new(other).unwrap());
                let session = agent.with_session(SessionId::new(other).unwrap()).unwrap();
                for scope in [team, agent, session] {
                    let key = keys.scope(&scope);
                    let tag = key.strip_prefix("{juno:").and_then(|rest| rest.split_once('}'));
                    assert_eq!(tag.map(|(tag, _)| tag.len()), Some(1), "{key}");
                    assert_eq!(scope_of(&scope_name(&scope)), Some(scope.clone()));
                    seen.extend([
                        key,
                        keys.cached(&scope, "x"),
                        keys.cached(&scope, "\"]"),
                        keys.guard(&scope),
                    ]);
                    count += 4;
                }
            }
        }
        assert_eq!(seen.len(), count);
        for bad in ["", "a{b", "a}b", "a b", &"x".repeat(65)] {
            assert!(Keys::new(bad, false).is_err());
        }
    }
}
