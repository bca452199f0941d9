//! Values by namespace and key, and what is imported from elsewhere.
use juno_core::agent::{ImportSource, ItemOp};
use juno_core::domain::TeamId;
use napi::ValueType;
use napi::bindgen_prelude::{Env, FromNapiValue, PromiseRaw, Unknown};
use napi_derive::napi;
use serde_json::Value;

use crate::error::Fault;
use crate::juno::Juno;
use crate::plain::{json, named_items, read};
use crate::progress::{Listener, heard};
use crate::runtime::plain_promise;

#[napi]
impl Juno {
    /// Carries out several steps on values that are kept by namespace and key, and gives the answer to each: an item or
    /// `null`, items, namespaces, `null` for a put. All reading comes first; of several puts of one key the last counts.
    ///
    /// A namespace is a scope of its own (that of the agent whose name is its labels with dots between), so `recall` finds
    /// its items there and nowhere else. `team` keeps items of teams apart.
    #[napi(
        ts_generic_types = "const O extends readonly ItemOp[]",
        ts_return_type = "Promise<ItemAnswers<O>>"
    )]
    pub fn item_batch<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "O")] steps: Unknown<'_>,
        team: Option<String>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let steps: Vec<ItemOp> = read("the steps", named_items(json("the steps", steps)?))?;
        let items = self.core.memory.items(team.map(TeamId::new).transpose()?);
        plain_promise(env, async move { Ok(items.batch(&steps).await?) })
    }

    /// Imports memories of mem0: paths of what `get_all()` gave, saved as JSON or JSON Lines, or the rows themselves.
    ///
    /// Imported again it changes nothing. A row that cannot be taken is named and stops no other.
    #[napi(ts_return_type = "Promise<ImportReport>")]
    pub fn import_mem0<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "ImportSource")] source: Unknown<'_>,
        team: Option<String>,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, source, progress) = (self.clone(), source_of(source)?, heard(progress)?);
        let team = team.map(TeamId::new).transpose()?;
        plain_promise(env, async move {
            Ok(juno.core.memory.import_mem0(&source, team.as_ref(), &progress).await?)
        })
    }

    /// Imports items of a LangGraph store: what `Item.dict()` gave, or rows of the table `store` of its PostgreSQL store.
    /// `itemBatch` reads them. Otherwise as `importMem0`.
    #[napi(ts_return_type = "Promise<ImportReport>")]
    pub fn import_langgraph<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "ImportSource")] source: Unknown<'_>,
        team: Option<String>,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, source, progress) = (self.clone(), source_of(source)?, heard(progress)?);
        let team = team.map(TeamId::new).transpose()?;
        plain_promise(env, async move {
            Ok(juno.core.memory.import_langgraph(&source, team.as_ref(), &progress).await?)
        })
    }
}

/// A path, paths, or rows.
fn source_of(source: Unknown<'_>) -> Result<ImportSource, Fault> {
    if source.get_type()? == ValueType::String {
        return Ok(ImportSource::Files(vec![String::from_unknown(source)?.into()]));
    }
    let given = json("what is to be imported", source)?;
    let paths = given.as_array().filter(|items| !items.is_empty() && items.iter().all(Value::is_string));
    Ok(match paths {
        Some(_) => ImportSource::Files(read("what is to be imported", given)?),
        None => ImportSource::Rows(vec![given]),
    })
}
