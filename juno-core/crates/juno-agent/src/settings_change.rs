//! Rules that somebody edited in the settings while nothing ran.

use juno_audit::StoredRecord;
use juno_crypto::digest_of;
use juno_domain::{DomainEvent, EventId, EventKind};
use serde_json::json;

use crate::AgentError;
use crate::core::Core;

/// How many records are read at a time, from the end of the log backwards.
const PAGE: u64 = 1024;
/// How often at most: a start does not wait for a log in which nobody proposed anything for long.
const PAGES: usize = 16;

impl Core {
    /// Records that another policy is in force than the log knows of, if it is: rules can be edited between two starts,
    /// past the approvals that a change while running demands, and that must not go unseen. A log whose last 16,384
    /// records name no version gives nothing to compare with, and gets no record.
    pub(crate) async fn record_changed_settings(&self) -> Result<(), AgentError> {
        let (now, instance) = (self.parts.clock.now(), &self.config.instance);
        let to = self.gate().policy().version().to_owned();
        let Some(from) = self.last_version().await?.filter(|from| *from != to) else { return Ok(()) };
        let id = digest_of(&("settings changed between starts", &from, &to, instance, now))?;
        let event = DomainEvent {
            id: EventId::new(id.to_string())?,
            kind: EventKind::PolicyChanged,
            at: now,
            actor: instance.clone(),
            subject: to.clone(),
            team: None,
            payload: json!({ "from": from, "to": to, "reason": "settings changed between starts" }).into(),
        };
        self.record(event).await
    }

    /// The version of the policy that the log named last: in a change of the rules, or where a proposal was submitted.
    async fn last_version(&self) -> Result<Option<String>, AgentError> {
        let mut end = self.parts.stores.audit.head().await?.size;
        for _ in 0..PAGES {
            let from = end.saturating_sub(PAGE);
            let limit = usize::try_from(end - from).unwrap_or(usize::MAX);
            let page = self.parts.stores.audit.stored(from, limit).await?;
            if let Some(version) = page.iter().rev().find_map(version_in) {
                return Ok(Some(version));
            }
            end = from;
        }
        Ok(None)
    }
}

/// The version a record names. What was tampered with is for `verify` to find.
fn version_in(stored: &StoredRecord) -> Option<String> {
    // Most records are of other kinds, and need not be read.
    let of_kind = |kind: &[u8]| stored.content.windows(kind.len()).any(|part| part == kind);
    if !of_kind(br#""kind":"policy_changed""#) && !of_kind(br#""kind":"proposal_submitted""#) {
        return None;
    }
    let event = stored.to_record().ok()?.event;
    match event.kind {
        EventKind::PolicyChanged => Some(event.subject),
        EventKind::ProposalSubmitted => {
            event.payload.value().get("policy_version")?.as_str().map(str::to_owned)
        }
        _ => None,
    }
}
