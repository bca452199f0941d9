use std::sync::LazyLock;

use juno_audit::Leaf;
use juno_crypto::digest;
use juno_domain::DomainEvent;
use juno_memory::MemoryError;
use redis::Script;

use crate::error::RedisStoreError;
use crate::keys::Keys;
use crate::link::{Ask, Link};

static COMMIT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("commit.lua")));

/// The types of the four keys of an outbox.
const OUTBOX_TYPES: [&str; 4] = ["zset", "hash", "zset", "string"];

/// A change of one part: what it takes for granted, its events, and what it does. Redis carries it out as a whole or,
/// where something is not as it was taken for, not at all.
#[derive(Debug)]
pub(crate) struct Commit {
    keys: Vec<String>,
    types: Vec<&'static str>,
    checks: Vec<[String; 3]>,
    events: Vec<[String; 2]>,
    commands: Vec<Vec<String>>,
}

impl Commit {
    pub(crate) fn new(keys: &Keys, part: u8) -> Self {
        Self {
            keys: keys.outbox(part).to_vec(),
            types: OUTBOX_TYPES.to_vec(),
            checks: Vec::new(),
            events: Vec::new(),
            commands: Vec::new(),
        }
    }

    fn key(&mut self, key: &str, of: &'static str) -> String {
        let at = self.keys.iter().position(|known| known == key).unwrap_or_else(|| {
            self.keys.push(key.to_owned());
            self.types.push(of);
            self.keys.len() - 1
        });
        (at + 1).to_string()
    }

    /// Only if that field of a hash has that value; an empty one is an absent one.
    pub(crate) fn check(&mut self, hash: &str, field: &str, value: &str) {
        let key = self.key(hash, "hash");
        self.checks.push([key, field.to_owned(), value.to_owned()]);
    }

    pub(crate) fn set(&mut self, hash: &str, field: &str, value: &str) {
        self.command("HSET", hash, "hash", &[field, value]);
    }

    pub(crate) fn unset(&mut self, hash: &str, field: &str) {
        self.command("HDEL", hash, "hash", &[field]);
    }

    pub(crate) fn rank(&mut self, set: &str, score: i64, member: &str) {
        self.command("ZADD", set, "zset", &[&score.to_string(), member]);
    }

    pub(crate) fn unrank(&mut self, set: &str, member: &str) {
        self.command("ZREM", set, "zset", &[member]);
    }

    fn command(&mut self, name: &str, key: &str, of: &'static str, args: &[&str]) {
        let mut command = vec![name.to_owned(), self.key(key, of), args.len().to_string()];
        command.extend(args.iter().map(ToString::to_string));
        self.commands.push(command);
    }

    /// Events to put into the outbox.
    ///
    /// There has to be a canonical form: an event that the log will refuse must not let its state be committed now.
    pub(crate) fn events<'a>(
        &mut self,
        events: impl IntoIterator<Item = &'a DomainEvent>,
    ) -> Result<(), MemoryError> {
        for event in events {
            Leaf::of(event)
                .map_err(|error| MemoryError::Event { id: event.id.clone(), reason: error.to_string() })?;
            let json = serde_json::to_string(event)
                .map_err(|error| MemoryError::Internal { reason: error.to_string() })?;
            self.events.push([event.id.to_string(), json]);
        }
        Ok(())
    }

    /// What follows the version `before` by this change: equal only after equal histories, so nobody takes one content
    /// for another, whatever was lost or restored in between.
    pub(crate) fn version_after(&self, before: &str) -> String {
        let mut all = before.to_owned();
        for text in self.commands.iter().flatten().chain(self.events.iter().flatten()) {
            all.push_str(&format!(" {}:{text}", text.len()));
        }
        digest(all.as_bytes()).to_string()
    }

    /// Carries it out; `false` where something was not as it was taken for.
    pub(crate) async fn run(self, link: &Link) -> Result<bool, RedisStoreError> {
        let mut args: Vec<Vec<u8>> = Vec::new();
        let mut push = |text: &str| args.push(text.as_bytes().to_vec());
        self.types.iter().for_each(|of| push(of));
        push(&self.checks.len().to_string());
        self.checks.iter().flatten().for_each(|text| push(text));
        push(&self.events.len().to_string());
        self.events.iter().flatten().for_each(|text| push(text));
        push(&self.commands.len().to_string());
        self.commands.iter().flatten().for_each(|text| push(text));
        let done: i64 = link.ask(Ask::Script { script: &COMMIT, keys: &self.keys, args: &args }).await?;
        Ok(done == 1)
    }
}
