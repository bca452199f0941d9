//! Conversations as they go on.
use juno_core::agent::{Appended, Place, SessionEnd, SessionTurn};
use juno_core::domain::{PrincipalId, SessionId, TeamId};
use juno_core::memory::Memory;
use pyo3::prelude::*;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::Plain;
use crate::runtime::waits;

/// A conversation as it goes on: its last turns, each stored once. Made by `Juno.session`.
#[pyclass(module = "juno", frozen, skip_from_py_object)]
#[derive(Clone)]
pub(crate) struct Session(juno_core::agent::Session, Place);

#[pymethods]
impl Juno {
    /// The session of that name, new or begun before, also before a restart.
    #[pyo3(signature = (session, *, agent, team = None))]
    fn session(
        &self,
        session: Plain<SessionId>,
        agent: Plain<PrincipalId>,
        team: Option<Plain<TeamId>>,
    ) -> Result<Session, Fault> {
        let team = team.map(|team| team.0);
        let place = Place { team, agent: Some(agent.0), session: Some(session.0) };
        Ok(Session(self.core.memory.session(&place)?, place))
    }
}

#[pymethods]
impl Session {
    /// Where it is: team, agent and session. What is remembered there is its own too.
    #[getter]
    fn place(&self) -> Plain<Place> {
        Plain(self.1.clone())
    }
}

waits! { impl Session:
    /// Adds turns behind those that are there, or at the places they name; each is stored once by its `id` or `place`.
    append / append_async (turns)
    |session, turns: Plain<Vec<SessionTurn>>| -> Plain<Appended> {
        Plain(session.0.append(turns.0).await?)
    }

    /// Takes a whole conversation over, as it stands by now: what is new of it is stored, and nothing twice.
    follow / follow_async (conversation)
    |session, conversation: Plain<Vec<SessionTurn>>| -> Plain<Appended> {
        Plain(session.0.follow(conversation.0).await?)
    }

    /// The turns it still holds, in order.
    turns / turns_async ()
    |session| -> Plain<Vec<Memory>> {
        let turns = session.0.turns().await?;
        Plain(turns)
    }

    /// Ends it: forgets its turns; with `promote` they are remembered as episodes of the agent first.
    end / end_async (promote = false)
    |session, promote: bool| -> Plain<SessionEnd> {
        Plain(session.0.end(promote).await?)
    }
}
