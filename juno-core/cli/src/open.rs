use std::sync::Arc;

use chrono::{DateTime, Utc};
use juno_core::prelude::*;

use crate::common::{Common, Input};
use crate::failure::Failure;
use crate::progress;

/// Settings as everywhere, with what the options say above them.
pub(crate) fn settings(common: &Common) -> Result<Settings, Failure> {
    let mut settings = Settings::load(&Sources::usual(".".as_ref()))?;
    for (key, value) in [("database.url", &common.db), ("tenant", &common.tenant)] {
        if let Some(value) = value {
            settings = settings.with(key, value)?;
        }
    }
    Ok(settings)
}

/// JUNO on what settings name, at the instant the options say.
pub(crate) async fn juno(settings: Settings, common: &Common) -> Result<Juno, Failure> {
    let mut builder = JunoBuilder::new(settings);
    if let Some(at) = common.at {
        builder = builder.clock(Arc::new(ManualClock::new(at)));
    }
    Ok(builder.open().await?)
}

/// JUNO, what was read, and the instant to answer for, by which its clock goes: a past is seen as it was.
pub(crate) async fn read(
    input: &Input,
    settings: Settings,
    common: &Common,
) -> Result<(Juno, Records, DateTime<Utc>), Failure> {
    // What is read tells the instant, and a store must not be opened at another one: so the first has none.
    let reader = JunoBuilder::new(settings.clone().with("database.url", "memory:")?).open().await?;
    let records = reader.load(&input.paths, &progress::bar()).await?;
    let as_of = common.at.or(records.newest()).unwrap_or_else(|| SystemClock.now());
    let juno = JunoBuilder::new(settings).clock(Arc::new(ManualClock::new(as_of))).open().await?;
    Ok((juno, records, as_of))
}
