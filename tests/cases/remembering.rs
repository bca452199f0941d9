//! What is remembered, step by step: items, imports, sessions, facts, and what recall says of them.

use std::sync::Arc;

use juno_core::agent::{ImportSource, ItemOp, Lookup, Note, Place, SessionTurn};
use juno_core::domain::{Progress, SessionId, TeamId};
use juno_core::memory::{ExtractedFact, MemoryColumns, MemoryRow};
use juno_core::{HostClock, Juno, JunoBuilder, Settings};
use serde_json::{Value, json};

use crate::{Failure, answer, argument, argument_or};

pub(crate) fn remember(args: &Value) -> Result<Value, Failure> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(remembered(args))
}

async fn remembered(args: &Value) -> Result<Value, Failure> {
    let clock = HostClock::new(Some(argument(args, "now")?));
    let settings = Settings::default().with_all(&argument(args, "settings")?);
    let settings = settings.and_then(|settings| settings.with_database(":memory:")).unwrap();
    let juno = JunoBuilder::new(settings).clock(Arc::new(clock.clone())).open().await.unwrap();
    let mut results = Vec::new();
    for step in args["steps"].as_array().unwrap() {
        if step.get("at").is_some() {
            clock.set(argument(step, "at")?).unwrap();
        }
        results.push(match taken(&juno, step).await {
            Ok(result) => result,
            Err(Failure(code, _)) => json!(code),
        });
    }
    answer(results)
}

async fn taken(juno: &Juno, step: &Value) -> Result<Value, Failure> {
    let (memory, progress) = (&juno.memory, Progress::silent());
    let place: Place = argument_or(step, "place", Place::default())?;
    let team: Option<TeamId> = argument_or(step, "team", None)?;
    let session = || -> Result<_, Failure> {
        let session: SessionId = argument(step, "session")?;
        Ok(memory.session(&Place { session: Some(session), ..place.clone() })?)
    };
    match step["do"].as_str().unwrap() {
        "remember" => {
            let mut note = step["note"].clone();
            note["text"] = step["text"].clone();
            answer(memory.note(argument::<Note>(&json!({ "note": note }), "note")?).await?)
        }
        "recall" => {
            let lookup: Lookup = argument_or(step, "lookup", Lookup::default())?;
            answer(memory.look_up(&argument::<String>(step, "text")?, argument(step, "k")?, lookup).await?)
        }
        "columns" => {
            let rows = memory.scan(None, 100).await?.memories;
            let rows: Vec<MemoryRow> =
                rows.into_iter().map(|memory| MemoryRow::Memory(Box::new(memory))).collect();
            answer(rows.iter().collect::<MemoryColumns>())
        }
        "items" => answer(memory.items(team).batch(&argument::<Vec<ItemOp>>(step, "steps")?).await?),
        "import_mem0" => {
            let source = ImportSource::Rows(vec![step["rows"].clone()]);
            answer(memory.import_mem0(&source, team.as_ref(), &progress).await?)
        }
        "import_langgraph" => {
            let source = ImportSource::Rows(vec![step["rows"].clone()]);
            answer(memory.import_langgraph(&source, team.as_ref(), &progress).await?)
        }
        "append" => answer(session()?.append(argument::<Vec<SessionTurn>>(step, "turns")?).await?),
        "turns" => answer(session()?.turns().await?),
        "end" => answer(session()?.end(true).await?),
        "consolidate" => {
            let facts: Vec<ExtractedFact> = argument(step, "facts")?;
            answer(memory.consolidate(&memory.at(&place)?, &facts).await?)
        }
        "cleanup" => answer(memory.cleanup(&progress).await?),
        other => panic!("no step is called `{other}`"),
    }
}
