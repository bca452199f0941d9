//! What is made of memories: facts read out of episodes, preferences of teams and what works for them.
use juno_core::agent::{Consolidation, Pattern, Place};
use juno_core::domain::TeamId;
use juno_core::memory::ExtractedFact;

use crate::plain::Plain;
use crate::runtime::waits;

waits! {
    /// Records facts that were read out of the episodes of a place, each citing them; the same again changes nothing.
    ///
    /// Keywords: team, agent, session.
    consolidate / consolidate_async (facts, **place)
    |juno, facts: Plain<Vec<ExtractedFact>>, **place| -> Plain<Consolidation> {
        let place: Place = place.unwrap_or_default().read()?;
        Plain(juno.core.memory.consolidate(&juno.core.memory.at(&place)?, &facts.0).await?)
    }

    /// What a team's people approve, and what works for it, each with its rate and Wilson's 95 % interval.
    patterns / patterns_async (team)
    |juno, team: Plain<TeamId>| -> Plain<Vec<Pattern>> {
        Plain(juno.core.memory.patterns(&team.0).await?)
    }

    /// Counts the `patterns` of a team and remembers those that hold, each citing its newest cases.
    learn_patterns / learn_patterns_async (team)
    |juno, team: Plain<TeamId>| -> Plain<Vec<Pattern>> {
        Plain(juno.core.memory.learn_patterns(&team.0).await?)
    }
}
