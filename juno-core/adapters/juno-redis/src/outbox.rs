use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use juno_audit::{AuditError, Outbox};
use juno_domain::{DomainEvent, EventId};
use redis::Script;

use crate::error::RedisStoreError;
use crate::link::Ask;
use crate::session::Session;

/// How many ids of taken events each part remembers, so that none of them enters twice. The log takes an event once
/// whatever the outbox remembers.
const REMEMBERED: usize = 65_536;

static WAITING: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local ids = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[2])
         local events = {}
         for i, id in ipairs(ids) do events[i] = { id, redis.call('HGET', KEYS[2], id) } end
         return events",
    )
});

static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "for i = 2, #ARGV do
           local place = redis.call('ZSCORE', KEYS[1], ARGV[i])
           if place then
             redis.call('ZADD', KEYS[3], place, ARGV[i])
             redis.call('ZREM', KEYS[1], ARGV[i])
             redis.call('HDEL', KEYS[2], ARGV[i])
           end
         end
         return redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[1]))",
    )
});

/// The events that working memory committed and that the audit log has not taken yet, the oldest of each part first.
///
/// An event is written by the script that makes the change it records, and stays until it is acknowledged: it is lost
/// only where Redis loses the change itself. A damaged event holds up no other: `waiting` passes over it while there are
/// others, and reports it as corrupt once it is all that is left.
#[derive(Clone)]
pub struct RedisOutbox {
    session: Arc<Session>,
}

impl RedisOutbox {
    pub(crate) const fn new(session: Arc<Session>) -> Self {
        Self { session }
    }

    async fn page(
        &self,
        part: u8,
        from: usize,
        count: usize,
    ) -> Result<Vec<(String, Option<String>)>, RedisStoreError> {
        let keys = self.session.keys.outbox(part);
        let args = [from, from + count - 1].map(|at| at.to_string().into_bytes());
        self.session.link.ask(Ask::Script { script: &WAITING, keys: &keys, args: &args }).await
    }
}

#[async_trait]
impl Outbox for RedisOutbox {
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
        const PAGE: usize = 500;
        let mut good = Vec::new();
        let mut damaged = None;
        for part in self.session.keys.parts() {
            let mut from = 0;
            while good.len() < limit {
                let page = self.page(part, from, PAGE.min(limit - good.len())).await?;
                from += page.len();
                if page.is_empty() {
                    break;
                }
                for (id, json) in page {
                    match read(&id, json.as_deref()) {
                        Ok(event) => good.push(event),
                        Err(reason) => drop(damaged.get_or_insert(reason)),
                    }
                }
            }
        }
        match damaged {
            Some(reason) if good.is_empty() && limit > 0 => Err(AuditError::Corrupt {
                index: 0,
                reason: format!("it waits in the outbox in Redis, not in the log yet: {reason}"),
            }),
            _ => Ok(good),
        }
    }

    async fn acknowledge(&self, ids: &[EventId]) -> Result<(), AuditError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut args = vec![REMEMBERED.to_string().into_bytes()];
        args.extend(ids.iter().map(|id| id.as_str().as_bytes().to_vec()));
        // An event does not say which part it waits in.
        for part in self.session.keys.parts() {
            let keys = self.session.keys.outbox(part);
            let ask = Ask::Script { script: &TAKE, keys: &keys, args: &args };
            let _: i64 = self.session.link.ask(ask).await?;
        }
        Ok(())
    }
}

/// The event filed under an id, or what is wrong with it.
fn read(id: &str, json: Option<&str>) -> Result<DomainEvent, String> {
    let json = json.ok_or_else(|| format!("`{id}` has no content"))?;
    let event: DomainEvent = serde_json::from_str(json).map_err(|error| format!("`{id}`: {error}"))?;
    match event.id.as_str() == id {
        true => Ok(event),
        false => Err(format!("`{}` is filed under `{id}`", event.id)),
    }
}
