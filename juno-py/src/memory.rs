//! What was learnt.
use juno_core::agent::{Lookup, Note, Place, Remembered};
use juno_core::domain::MemoryId;
use juno_core::memory::{Memory, MemoryHealth, QuarantineTarget, Recalled, WriteVerdict};

use crate::plain::Plain;
use crate::runtime::waits;

waits! {
    /// Remembers `text`, and gives the memory with what the write gate said to it; of what is known already the memory that
    /// says it. The same text in the same place is kept once unless an `id` is given.
    ///
    /// Keywords: kind, id, team, agent, session, data, tags, importance, confidence, source, who, subject, trust,
    /// derived_from, turn, fact, valid_from, valid_to, expires_at.
    remember / remember_async (text, **more)
    |juno, text: String, **more| -> Plain<Remembered> {
        let note: Note = more.unwrap_or_default().with("text", text).read()?;
        Plain(juno.core.memory.note(note).await?)
    }

    /// What would become of `text` if it were remembered now: kept, merged or refused, and why. Nothing is written.
    ///
    /// Keywords: those of `remember`.
    consider / consider_async (text, **more)
    |juno, text: String, **more| -> Plain<WriteVerdict> {
        let note: Note = more.unwrap_or_default().with("text", text).read()?;
        Plain(juno.core.memory.consider(note).await?)
    }

    /// At most `k` memories that match the words best, each with its score and why; for blank text the newest.
    ///
    /// Keywords: team, agent, session, upwards, kinds, all_tags, any_tags, as_of, known_at,
    /// min_trust, with_quarantined.
    recall / recall_async (text, k = 10, **more)
    |juno, text: String, k: usize, **more| -> Plain<Vec<Recalled>> {
        let lookup: Lookup = more.unwrap_or_default().read()?;
        Plain(juno.core.memory.look_up(&text, k, lookup).await?)
    }

    /// Removes a memory of exactly that place, and says whether there was one. Keywords: team, agent, session.
    forget / forget_async (id, **more)
    |juno, id: Plain<MemoryId>, **more| -> bool {
        let place: Place = more.unwrap_or_default().read()?;
        juno.core.memory.forget(&juno.core.memory.at(&place)?, &id.0).await?
    }

    /// The memory with that id in exactly that place, in quarantine or not. Keywords: team, agent, session.
    get_memory / get_memory_async (id, **more)
    |juno, id: Plain<MemoryId>, **more| -> Plain<Option<Memory>> {
        let place: Place = more.unwrap_or_default().read()?;
        Plain(juno.core.memory.get(&juno.core.memory.at(&place)?, &id.0).await?)
    }

    /// Puts a source or one memory into quarantine, with all that was made from it, and gives the ids. Keywords: source or
    /// memory.
    quarantine / quarantine_async (reason, **more)
    |juno, reason: String, **more| -> Plain<Vec<MemoryId>> {
        let target: QuarantineTarget = more.unwrap_or_default().read()?;
        Plain(juno.core.memory.quarantine(&target, &reason).await?)
    }

    /// Lets out of quarantine what was put there with this source or memory, and gives the ids. Keywords: source or memory.
    lift_quarantine / lift_quarantine_async (**more)
    |juno, **more| -> Plain<Vec<MemoryId>> {
        let target: QuarantineTarget = more.unwrap_or_default().read()?;
        Plain(juno.core.memory.lift_quarantine(&target).await?)
    }

    /// What memory holds, and what is wrong with it: duplicates, stale ones, orphans, loops, secrets, contradictions, with
    /// rates and ids.
    memory_health / memory_health_async ()
    |juno| -> Plain<MemoryHealth> {
        let health = juno.core.memory.health().await?;
        Plain(health)
    }
}
