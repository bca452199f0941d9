use std::sync::LazyLock;

use juno_domain::{MemoryId, TenantId};
use redis::Script;

use crate::error::RedisStoreError;
use crate::link::Ask;
use crate::session::Session;

/// A page in one moment. What it reads besides the keys it names lies in the same slot.
static PAGE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local ids = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], '+', 'LIMIT', 0, ARGV[2])
         local page = {}
         for i, id in ipairs(ids) do
           local scope = redis.call('HGET', KEYS[2], id) or ''
           page[i] = { id, scope, redis.call('HGET', ARGV[3] .. scope, 'i' .. id) }
         end
         return page",
    )
});

/// An id, the name of its scope, and its value where there is one.
pub(crate) type Found = (String, String, Option<Vec<u8>>);

/// Stored memories in order of id.
pub(crate) struct Page {
    pub(crate) memories: Vec<Found>,
    /// The last id, where more follow.
    pub(crate) next: Option<String>,
}

pub(crate) async fn page(
    session: &Session,
    tenant: &TenantId,
    after: Option<&MemoryId>,
    limit: usize,
) -> Result<Page, RedisStoreError> {
    let Session { keys, link, .. } = session;
    let from = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
    let args =
        [from, (limit + 1).to_string(), keys.scope_named(keys.part(tenant), "")].map(String::into_bytes);
    let keys = [keys.ids(tenant), keys.owners(tenant)];
    let mut memories: Vec<Found> = link.ask(Ask::Script { script: &PAGE, keys: &keys, args: &args }).await?;
    let more = memories.len() > limit;
    memories.truncate(limit);
    let next = memories.last().filter(|_| more).map(|(id, ..)| id.clone());
    Ok(Page { memories, next })
}
