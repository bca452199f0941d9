//! Memories as mem0 gives them: `get_all()` of the library and of the platform, and pages of them.

use chrono::{DateTime, NaiveDate, Utc};
use juno_crypto::digest_of;
use juno_domain::{MemoryId, PrincipalId, SessionId, TeamId, TenantId};
use juno_memory::{Memory, MemoryKind, MemoryScope};
use serde_json::{Value, json};

use crate::import_source::{Imported, instant, text};

/// Whose a memory is that names neither user nor agent.
const NOBODY: &str = "mem0";
/// The longest name that is taken as it is.
const LONGEST: usize = 200;

/// The memory that a row is. What has no place of its own is kept in its data, so that nothing is lost.
pub(crate) fn memory(
    row: &Value,
    tenant: &TenantId,
    team: Option<&TeamId>,
    now: DateTime<Utc>,
) -> Result<Imported, String> {
    let fields = row.as_object().ok_or("it is no object")?;
    let (name, said) = ["memory", "data", "text", "name"]
        .iter()
        .find_map(|name| Some((*name, text(row, name)?)))
        .ok_or("it has no `memory`")?;
    let owned = |field: &str| text(row, field);
    let (user, agent, run) = (owned("user_id"), owned("agent_id"), owned("run_id"));
    let (created, updated) = (instant(row, "created_at")?, instant(row, "updated_at")?);

    let id = match owned("id").filter(|id| plain(id)) {
        Some(id) => format!("mem0-{id}"),
        None => format!("mem0-{}", short(&json!([row.get("id"), user, agent, run, said]))?),
    };
    let whose = user.as_deref().or(agent.as_deref()).unwrap_or(NOBODY);
    let scope = MemoryScope::new(
        tenant.clone(),
        team.cloned(),
        Some(PrincipalId::new(spelled(whose)?).map_err(|error| error.to_string())?),
        run.as_deref()
            .map(|run| SessionId::new(spelled(run)?).map_err(|error| error.to_string()))
            .transpose()?,
    )
    .map_err(|error| error.to_string())?;
    let kind = match row.pointer("/metadata/memory_type").and_then(Value::as_str) {
        Some("procedural_memory") => MemoryKind::Procedural,
        _ => MemoryKind::Semantic,
    };
    let recorded = updated.or(created);
    let mut memory = Memory::new(
        MemoryId::new(id).map_err(|error| error.to_string())?,
        kind,
        scope,
        said,
        "mem0",
        recorded.unwrap_or(now),
    );
    memory.valid_from = created.or(updated).unwrap_or(now);
    memory.who = owned("actor_id").or_else(|| owned("role"));
    memory.subject.clone_from(&user);
    memory.expires_at = owned("expiration_date").map(|day| last_instant(&day)).transpose()?;
    let categories = row.get("categories").and_then(Value::as_array).into_iter().flatten();
    let mut tags: Vec<String> =
        categories.filter_map(Value::as_str).map(|c| format!("category:{c}")).collect();
    tags.extend(owned("app_id").map(|app| format!("app:{app}")));
    tags.extend(agent.filter(|_| user.is_some()).map(|agent| format!("agent:{agent}")));
    // What is no tag, or one too many, is in the data all the same.
    tags.retain(|tag| tag.len() <= Memory::MAX_TAG_BYTES);
    memory.tags = tags.into_iter().take(Memory::MAX_TAGS).collect();
    let mut rest = fields.clone();
    rest.remove(name);
    memory.data = json!({ "mem0": rest });
    Ok(Imported { memory, dated: recorded.is_some(), ends: true })
}

/// The end of a day that is the last one: mem0 gives a memory on that day still.
fn last_instant(day: &str) -> Result<DateTime<Utc>, String> {
    let date = NaiveDate::parse_from_str(day.get(..10).unwrap_or(day), "%Y-%m-%d").ok();
    let next = date.and_then(|date| date.succ_opt()).and_then(|next| next.and_hms_opt(0, 0, 0));
    next.map(|next| next.and_utc())
        .ok_or_else(|| format!("`expiration_date` `{day}` is no day: write it as `2026-01-31`"))
}

fn plain(name: &str) -> bool {
    name.len() <= LONGEST && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A name as a scope can hold it: what is no printable ASCII is written as `%` and two digits, what is too long as a digest.
fn spelled(name: &str) -> Result<String, String> {
    if plain(name) && !name.contains('%') {
        return Ok(name.to_owned());
    }
    let spell = |byte: u8| match byte.is_ascii_graphic() && byte != b'%' {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    let spelled: String = name.bytes().map(spell).collect();
    if spelled.len() <= LONGEST { Ok(spelled) } else { Ok(format!("%{}", short(&json!(name))?)) }
}

fn short(value: &Value) -> Result<String, String> {
    let digest = digest_of(value).map_err(|error| error.to_string())?.to_string();
    Ok(digest.get(..32).unwrap_or(&digest).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(row: Value) -> Result<Memory, String> {
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        memory(&row, &TenantId::new("acme").unwrap(), None, now).map(|imported| imported.memory)
    }

    #[test]
    fn a_row_of_the_library_keeps_its_place_and_times() {
        let read = read(json!({
            "id": "8f2c", "memory": "Likes to play cricket on weekends", "hash": "285d07801ae42054732314853e9eadd7",
            "created_at": "2024-09-16T10:44:00-07:00", "updated_at": null, "user_id": "alice", "agent_id": "coach",
            "run_id": "run 1", "role": "user", "metadata": {"category": "hobbies"},
        }))
        .unwrap();
        assert_eq!(read.scope.to_string(), "tenant acme, agent alice, session run%201");
        assert_eq!((read.id.as_str(), read.who.as_deref()), ("mem0-8f2c", Some("user")));
        assert_eq!(read.subject.as_deref(), Some("alice"));
        assert_eq!(read.recorded_at.to_rfc3339(), "2024-09-16T17:44:00+00:00");
        assert!(read.tags.contains("agent:coach"));
        assert_eq!(read.data["mem0"]["metadata"]["category"], "hobbies");
        assert_eq!(read.data["mem0"].get("memory"), None);
    }

    #[test]
    fn a_row_of_the_platform_keeps_its_categories_and_its_last_day() {
        let read = read(json!({
            "id": "1", "memory": "Vegetarian", "user_id": "josé", "app_id": "chat", "categories": ["food", "health"],
            "expiration_date": "2026-03-31", "immutable": false, "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-02T00:00:00Z",
        }))
        .unwrap();
        assert_eq!(read.expires_at.unwrap().to_rfc3339(), "2026-04-01T00:00:00+00:00");
        assert_eq!(
            read.tags.iter().cloned().collect::<Vec<_>>(),
            ["app:chat", "category:food", "category:health"]
        );
        assert_eq!(read.scope.agent().unwrap().as_str(), "jos%C3%A9");
        assert_eq!(read.valid_from.to_rfc3339(), "2026-01-01T00:00:00+00:00");
    }

    #[test]
    fn a_row_without_words_or_with_a_wrong_date_says_so() {
        assert_eq!(read(json!({"id": "1", "memory": " "})), Err("it has no `memory`".into()));
        assert!(read(json!({"memory": "x", "created_at": "soon"})).unwrap_err().contains("`soon`"));
        assert!(read(json!({"memory": "x", "expiration_date": "soon"})).unwrap_err().contains("`soon`"));
        assert_eq!(read(json!("x")), Err("it is no object".into()));
    }

    #[test]
    fn two_names_are_never_spelled_alike() {
        let long = "é".repeat(200);
        let names = ["a b", "a%20b", "a", "é", "%C3%A9", &long];
        let spelled: std::collections::HashSet<_> = names.iter().map(|name| spelled(name).unwrap()).collect();
        assert_eq!(spelled.len(), names.len());
    }
}
