//! The index the log is searched by, and the search.

use juno_audit::{AuditError, AuditPage, AuditQuery, Facets};
use juno_domain::{DomainEvent, EventKind};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::audit_keys::Opener;
use crate::audit_row::{STORED, read};
use crate::database::Database;
use crate::error::PostgresError;
use crate::time::nanos;
use crate::transact::transact;
use crate::tx::Tx;
use crate::vault::Vault;

/// Records indexed in one transaction.
const STEP: i64 = 4096;

/// Indexes the records that came since somebody last searched. Appending leaves that out: it would write eight index
/// pages for each record.
async fn catch_up(database: &Database) -> Result<(), AuditError> {
    let behind = "SELECT (SELECT coalesce(max(place), -1) FROM audit)
         > (SELECT coalesce(max(place), -1) FROM audit_search)";
    loop {
        let row = database.one(behind, &[]).await?;
        let is_behind = row.map(|row| row.try_get(0)).transpose().map_err(PostgresError::from)?;
        if !is_behind.unwrap_or(false) {
            return Ok(());
        }
        transact!(*database, Write, |tx| -> Result<(), AuditError> { index_more(tx).await })?;
    }
}

async fn index_more(tx: &Tx<'_>) -> Result<(), AuditError> {
    let sql = "SELECT place, content FROM audit
         WHERE place > (SELECT coalesce(max(place), -1) FROM audit_search) ORDER BY place LIMIT $1";
    let mut new = NewRows::default();
    for row in tx.all(sql, &[&STEP]).await? {
        new.add(&row)?;
    }
    let NewRows { places, kinds, times, actors, subjects, teams, actions, tickets, outcomes } = &new;
    // Somebody else may index the same records now.
    let sql = "INSERT INTO audit_search (place, kind, at, actor, subject, team, action, ticket, outcome)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
             $8::text[], $9::text[]) ON CONFLICT DO NOTHING";
    tx.execute(sql, &[places, kinds, times, actors, subjects, teams, actions, tickets, outcomes]).await?;
    Ok(())
}

#[derive(Default)]
struct NewRows {
    places: Vec<i64>,
    kinds: Vec<String>,
    times: Vec<i64>,
    actors: Vec<String>,
    subjects: Vec<String>,
    teams: Vec<Option<String>>,
    actions: Vec<Option<String>>,
    tickets: Vec<Option<String>>,
    outcomes: Vec<Option<String>>,
}

impl NewRows {
    fn add(&mut self, row: &Row) -> Result<(), AuditError> {
        let (place, content): (i64, &str) =
            (row.try_get(0).map_err(PostgresError::from)?, row.try_get(1).map_err(PostgresError::from)?);
        // A record that cannot be read is found by no search; `verify` names it.
        let event = serde_json::from_str::<DomainEvent>(content).ok();
        let event = event.as_ref();
        let facets = event.map(Facets::of).unwrap_or_default();
        self.places.push(place);
        self.kinds.push(event.map(|event| word(event.kind)).transpose()?.unwrap_or_default());
        self.times.push(event.map_or(0, |event| nanos(event.at)));
        self.actors.push(event.map(|event| event.actor.to_string()).and_then(plain).unwrap_or_default());
        self.subjects.push(event.map(|event| event.subject.clone()).and_then(plain).unwrap_or_default());
        self.teams.push(event.and_then(|event| event.team.as_ref()).map(ToString::to_string).and_then(plain));
        self.actions.push(facets.action.and_then(plain));
        self.tickets.push(facets.ticket.and_then(plain));
        self.outcomes.push(facets.outcome.and_then(plain));
        Ok(())
    }
}

/// Text a column can hold: PostgreSQL knows no NUL, and nobody searches for one.
fn plain(text: String) -> Option<String> {
    (!text.contains('\0')).then_some(text)
}

/// A kind of event as it is written.
fn word(kind: EventKind) -> Result<String, AuditError> {
    let text = serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned));
    text.ok_or_else(|| AuditError::Internal("a kind of event has no name".into()))
}

pub(crate) async fn search(
    database: &Database,
    vault: Option<&Vault>,
    query: &AuditQuery,
) -> Result<AuditPage, AuditError> {
    let Ok(start) = i64::try_from(query.start()) else { return Ok(AuditPage::default()) };
    catch_up(database).await?;
    let mut wanted: Vec<(&str, Box<dyn ToSql + Sync + Send>)> = vec![("s.place >= ", Box::new(start))];
    let mut unfindable = false;
    let mut text = |condition, text: Option<String>| {
        let Some(text) = text else { return };
        unfindable |= text.contains('\0');
        wanted.push((condition, Box::new(text)));
    };
    text("s.actor = ", query.actor.as_ref().map(ToString::to_string));
    text("s.kind = ", query.kind.map(word).transpose()?);
    text("s.action = ", query.action.clone());
    text("s.team = ", query.team.as_ref().map(ToString::to_string));
    text("s.subject = ", query.subject.clone());
    text("s.outcome = ", query.outcome.clone());
    text("s.subject IN (SELECT subject FROM audit_search WHERE ticket = ", query.ticket.clone());
    if unfindable {
        return Ok(AuditPage::default());
    }
    if let Some(since) = query.since {
        wanted.push(("s.at >= ", Box::new(nanos(since))));
    }
    if let Some(until) = query.until.map(nanos) {
        // At the ends of what a column holds, several times have one number; the records themselves decide.
        let at_an_end = until == i64::MIN || until == i64::MAX;
        wanted.push((if at_an_end { "s.at <= " } else { "s.at < " }, Box::new(until)));
    }
    let condition = |(nth, (condition, _)): (usize, &(&str, _))| {
        format!("{condition}${}{}", nth + 1, if condition.contains('(') { ")" } else { "" })
    };
    let conditions: Vec<String> = wanted.iter().enumerate().map(condition).collect();
    let sql = format!(
        "SELECT {STORED} FROM audit_search s JOIN audit a ON a.place = s.place
         LEFT JOIN audit_payload p ON p.place = s.place WHERE {} ORDER BY s.place LIMIT ${}",
        conditions.join(" AND "),
        wanted.len() + 1,
    );
    let limit = query.page_size();
    wanted.push(("", Box::new(i64::try_from(limit + 1).unwrap_or(i64::MAX))));
    let values: Vec<&(dyn ToSql + Sync)> =
        wanted.iter().map(|(_, value)| &**value as &(dyn ToSql + Sync)).collect();
    let rows = database.all(&sql, &values).await?;
    let mut opener = Opener::new(vault);
    let mut found = rows.iter().map(|row| read(row, &mut opener)).collect::<Result<Vec<_>, _>>()?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().map(|last| last.index).filter(|_| more);
    // The columns only help to find: what is given back is what the record itself says.
    let records = found.iter().filter_map(|stored| stored.to_record().ok());
    let records = records.filter(|record| query.matches(&record.event, &Facets::of(&record.event))).collect();
    Ok(AuditPage { records, next })
}
