use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use juno_core::domain::{Clock, Progress};
use juno_core::{HostClock, JunoBuilder, Settings};
use napi::bindgen_prelude::{
    ClassInstance, Either, Env, FromNapiValue, Object, PromiseRaw, Unknown, block_on,
};
use napi::{JsDate, JsValue};
use napi_derive::napi;

use crate::convert::{instant, moment};
use crate::error::Fault;
use crate::model::JavaScriptModel;
use crate::plain::from_plain;
use crate::policy::JavaScriptPolicy;
use crate::progress::{Listener, listening};
use crate::records::Records;
use crate::rules::RulePolicy;
use crate::runtime::{plain_promise, promise};
use crate::training::TrainedModel;

/// What a `Juno` is made of, beside its settings.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct JunoOptions<'env> {
    /// The SQLite file, or `:memory:`; default what the settings say.
    pub database: Option<String>,
    /// Whose `juno.toml` and `.env` are read first, and the environment; default none of them.
    pub folder: Option<String>,
    /// Settings that count where neither the folder nor the environment says anything.
    #[napi(ts_type = "Settings")]
    pub defaults: Option<Object<'env>>,
    /// Where the clock stands; default it is the machine's.
    pub now: Option<JsDate<'env>>,
    /// Decides instead of the default policy.
    #[napi(ts_type = "GovernancePolicy | RulePolicy")]
    pub policy: Option<Object<'env>>,
    /// Forecasts instead of the default model.
    #[napi(ts_type = "RiskModel | TrainedModel")]
    pub model: Option<Object<'env>>,
}

/// JUNO on one database: forecasts, triage, governed action, memory and proof.
///
/// `settings` are dotted keys: `{ 'governance.supervisor_mode': false }`. Without `now` the time is the machine's; with
/// it the clock stands there, and `review` moves it on to its `asOf`, so that the past is reviewed as it was.
#[napi]
#[derive(Clone)]
pub struct Juno {
    pub(crate) core: juno_core::Juno,
    pub(crate) clock: HostClock,
}

#[napi]
impl Juno {
    /// Opens the database at once: the one call that waits on the calling thread.
    #[napi(constructor)]
    pub fn new(
        #[napi(ts_arg_type = "Settings | null | undefined")] settings: Option<Unknown<'_>>,
        options: Option<JunoOptions<'_>>,
    ) -> Result<Self, Fault> {
        let options = options.unwrap_or_default();
        let given = settings.map_or_else(|| Ok(BTreeMap::new()), |given| from_plain("`settings`", given))?;
        let defaults = options.defaults.map_or_else(
            || Ok(BTreeMap::new()),
            |defaults| from_plain("`defaults`", defaults.to_unknown()),
        )?;
        let folder = options.folder.map(PathBuf::from);
        let settings = Settings::of_host(folder.as_deref(), &defaults, &given, options.database.as_deref())?;
        let clock = HostClock::new(moment(options.now)?);
        let mut builder = JunoBuilder::new(settings).clock(Arc::new(clock.clone()));
        if let Some(policy) = options.policy {
            builder = builder.policy(match ClassInstance::<RulePolicy>::from_unknown(policy.to_unknown()) {
                Ok(rules) => rules.0.clone(),
                Err(_) => Arc::new(JavaScriptPolicy::new(&policy)?),
            });
        }
        if let Some(model) = options.model {
            builder = builder.model(match ClassInstance::<TrainedModel>::from_unknown(model.to_unknown()) {
                Ok(trained) => trained.0.clone(),
                Err(_) => Arc::new(JavaScriptModel::new(&model)?),
            });
        }
        Ok(Self { core: block_on(builder.open())?, clock })
    }

    /// The time by which decisions are made and deadlines count.
    #[napi]
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }

    /// Moves a standing clock on; an error before its time, or where the clock is the machine's.
    #[napi]
    pub fn set_now(&self, to: JsDate<'_>) -> Result<(), Fault> {
        Ok(self.clock.set(instant(&to)?)?)
    }

    /// Reads exports: files, or folders of them. A bad record is quarantined, never fatal.
    ///
    /// `progress(what, done, total)` is called now and then, and must not throw.
    #[napi]
    pub fn load<'env>(
        &self,
        env: &'env Env,
        paths: Either<String, Vec<String>>,
        #[napi(ts_arg_type = "Progress")] progress: Option<Listener<'_>>,
    ) -> Result<PromiseRaw<'env, Records>, Fault> {
        let juno = self.clone();
        let paths: Vec<PathBuf> = match paths {
            Either::A(path) => vec![path.into()],
            Either::B(paths) => paths.into_iter().map(PathBuf::from).collect(),
        };
        let progress = progress.map_or_else(|| Ok(Progress::silent()), listening)?;
        promise(env, async move { Ok(Records::new(juno.core.load(&paths, &progress).await?)) })
    }

    /// The main job: fires deadlines, forecasts, triages, asks the policy, carries out what is approved, verifies the log.
    ///
    /// `asOf` bounds what is known; default the newest event of the records.
    #[napi(ts_return_type = "Promise<Review>")]
    pub fn review<'env>(
        &self,
        env: &'env Env,
        records: &Records,
        as_of: Option<JsDate<'_>>,
    ) -> Result<PromiseRaw<'env, Unknown<'env>>, Fault> {
        let (juno, records, as_of) = (self.clone(), records.clone(), moment(as_of)?);
        plain_promise(env, async move {
            let as_of = juno.clock.review_at(&records.0, as_of)?;
            Ok(juno.core.review(&records.0, as_of, &Progress::silent()).await?)
        })
    }
}
