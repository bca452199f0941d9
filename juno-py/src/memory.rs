//! What was learnt.
use juno_core::agent::{Lookup, Note, Place};
use juno_core::domain::MemoryId;
use juno_core::memory::{Memory, Recalled};

use crate::plain::Plain;
use crate::runtime::waits;

waits! {
    /// Remembers `text`, and gives the memory. The same text in the same place is kept once unless an `id` is given.
    ///
    /// Keywords: kind, id, team, agent, session, data, tags, importance, confidence, source, who, turn, fact,
    /// valid_from, valid_to, expires_at.
    remember / remember_async (text, **more)
    |juno, text: String, **more| -> Plain<Memory> {
        let note: Note = more.unwrap_or_default().with("text", text).read()?;
        Plain(juno.core.memory.note(note).await?)
    }

    /// At most `k` memories that match the words best, each with its score and why; for blank text the newest.
    ///
    /// Keywords: team, agent, session, upwards, kinds, all_tags, any_tags, as_of, known_at.
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
}
