//! The index the log is searched by, and the search.

use juno_audit::{AuditError, AuditPage, AuditQuery, Facets, StoredRecord};
use juno_domain::DomainEvent;
use rusqlite::ToSql;
use rusqlite::params_from_iter;

use crate::audit_row::{STORED, number, read_stored};
use crate::database::Database;
use crate::time::nanos;
use crate::tx::Tx;

/// Records indexed in one transaction, so that writers need not wait long for it.
const STEP: i64 = 4096;

/// Indexes the records that came since somebody last searched. Appending leaves that out: it would write eight index
/// pages for each record.
pub(crate) fn catch_up(database: &Database) -> Result<(), AuditError> {
    let behind = "SELECT (SELECT coalesce(max(place), -1) FROM audit) > (SELECT coalesce(max(place), -1) FROM audit_search)";
    while database.read(|tx| tx.one(behind, [], |row| row.get::<_, bool>(0)))?.unwrap_or(false) {
        database.write(index_more)?;
    }
    Ok(())
}

fn index_more(tx: &Tx<'_>) -> Result<(), AuditError> {
    let sql = "SELECT a.place, a.leaf, a.content, NULL, NULL FROM audit a
         WHERE a.place > (SELECT coalesce(max(place), -1) FROM audit_search) ORDER BY a.place LIMIT ?1";
    for stored in tx.all(sql, [STEP], read_stored)? {
        insert(tx, &stored)?;
    }
    Ok(())
}

fn insert(tx: &Tx<'_>, stored: &StoredRecord) -> Result<(), AuditError> {
    let place = number(stored.index)?;
    let sql = "INSERT INTO audit_search (place, kind, at, actor, subject, team, action, ticket, outcome)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let Ok(event) = serde_json::from_slice::<DomainEvent>(&stored.content) else {
        // A record that cannot be read is found by no search; `verify` names it.
        tx.execute(
            "INSERT INTO audit_search (place, kind, at, actor, subject) VALUES (?1, '', 0, '', '')",
            [place],
        )?;
        return Ok(());
    };
    let Facets { action, ticket, outcome } = Facets::of(&event);
    let (kind, team) = (word(event.kind)?, event.team.as_ref().map(|team| team.as_str()));
    let values =
        (place, kind, nanos(event.at), event.actor.as_str(), &event.subject, team, action, ticket, outcome);
    tx.execute(sql, values)?;
    Ok(())
}

/// A kind of event as it is written.
fn word(kind: juno_domain::EventKind) -> Result<String, AuditError> {
    let text = serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned));
    text.ok_or_else(|| AuditError::Internal("a kind of event has no name".into()))
}

pub(crate) fn search(database: &Database, query: &AuditQuery) -> Result<AuditPage, AuditError> {
    let Ok(start) = i64::try_from(query.start()) else { return Ok(AuditPage::default()) };
    catch_up(database)?;
    let mut wanted: Vec<(&str, Box<dyn ToSql>)> = vec![("s.place >= ?", Box::new(start))];
    let mut add =
        |condition, value: Option<Box<dyn ToSql>>| wanted.extend(value.map(|value| (condition, value)));
    let text = |text: Option<&str>| text.map(|text| Box::new(text.to_owned()) as Box<dyn ToSql>);
    add("s.actor = ?", text(query.actor.as_ref().map(|actor| actor.as_str())));
    add("s.kind = ?", text(query.kind.map(word).transpose()?.as_deref()));
    add("s.action = ?", text(query.action.as_deref()));
    add("s.team = ?", text(query.team.as_ref().map(|team| team.as_str())));
    add("s.subject = ?", text(query.subject.as_deref()));
    add("s.outcome = ?", text(query.outcome.as_deref()));
    let ticket = "s.subject IN (SELECT subject FROM audit_search WHERE ticket = ?)";
    add(ticket, text(query.ticket.as_deref()));
    let time = |at: Option<_>| at.map(|at| Box::new(nanos(at)) as Box<dyn ToSql>);
    add("s.at >= ?", time(query.since));
    // At the ends of what a column holds, several times have one number; the records themselves decide.
    let at_an_end = query.until.map(nanos).is_some_and(|until| until == i64::MIN || until == i64::MAX);
    add(if at_an_end { "s.at <= ?" } else { "s.at < ?" }, time(query.until));
    let conditions: Vec<&str> = wanted.iter().map(|(condition, _)| *condition).collect();
    let sql = format!(
        "SELECT {STORED} FROM audit_search s JOIN audit a ON a.place = s.place
         LEFT JOIN audit_payload p ON p.place = s.place WHERE {} ORDER BY s.place LIMIT ?",
        conditions.join(" AND "),
    );
    let limit = query.page_size();
    let mut values: Vec<Box<dyn ToSql>> = wanted.into_iter().map(|(_, value)| value).collect();
    values.push(Box::new(i64::try_from(limit + 1).unwrap_or(i64::MAX)));
    let mut found = database.read(|tx| tx.all(&sql, params_from_iter(values), read_stored))?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().map(|last| last.index).filter(|_| more);
    // The columns only help to find: what is given back is what the record itself says.
    let records = found.iter().filter_map(|stored| stored.to_record().ok());
    let records = records.filter(|record| query.matches(&record.event, &Facets::of(&record.event))).collect();
    Ok(AuditPage { records, next })
}
