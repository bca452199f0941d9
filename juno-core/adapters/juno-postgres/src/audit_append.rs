use std::collections::{BTreeMap, HashMap};

use juno_audit::{AuditError, Entry, Frontier, StoredRecord};
use juno_domain::DomainEvent;

use crate::audit_keys::Opener;
use crate::audit_row::{STORED, frontier, number, read};
use crate::error::PostgresError;
use crate::time::nanos;
use crate::tx::Tx;
use crate::vault::Vault;

/// What came of a call.
pub(crate) type Outcome = Result<Vec<u64>, AuditError>;

type Rows<'a> = &'a [(DomainEvent, Entry)];

/// Records what is new among the events of some calls, under the lock of the edge, and says what came of each call: a
/// conflict is the matter of its own call. A handful of statements, however many events there are.
pub(crate) async fn append(
    tx: &Tx<'_>,
    vault: Option<&Vault>,
    calls: &[Rows<'_>],
) -> Result<Vec<Outcome>, AuditError> {
    let mut frontier = lock_edge(tx).await?;
    let before = frontier.size();
    let mut known = find(tx, vault, calls).await?;
    let mut new = NewRows::default();
    let mut outcomes = Vec::with_capacity(calls.len());
    for rows in calls {
        match check(rows, &known) {
            Err(error @ AuditError::Conflict { .. }) => outcomes.push(Err(error)),
            checked => {
                checked?;
                outcomes.push(Ok(take(tx, vault, rows, &mut known, &mut frontier, &mut new).await?));
            }
        }
    }
    if frontier.size() > before {
        new.insert(tx).await?;
        write_edge(tx, &frontier).await?;
    }
    Ok(outcomes)
}

/// The right edge, locked until the transaction ends.
pub(crate) async fn lock_edge(tx: &Tx<'_>) -> Result<Frontier, AuditError> {
    let row = tx.one("SELECT size, nodes FROM audit_tree FOR UPDATE", &[]).await?;
    frontier(row.as_ref())
}

async fn write_edge(tx: &Tx<'_>, frontier: &Frontier) -> Result<(), AuditError> {
    let nodes: Vec<u8> = frontier.nodes().iter().flat_map(|node| node.0).collect();
    tx.execute("UPDATE audit_tree SET size = $1, nodes = $2", &[&number(frontier.size())?, &nodes]).await?;
    Ok(())
}

/// The records that are there already, by event.
async fn find(
    tx: &Tx<'_>,
    vault: Option<&Vault>,
    calls: &[Rows<'_>],
) -> Result<HashMap<String, StoredRecord>, AuditError> {
    let ids: Vec<&str> =
        calls.iter().flat_map(|rows| rows.iter()).map(|(event, _)| event.id.as_str()).collect();
    let sql = format!(
        "SELECT {STORED} FROM audit a LEFT JOIN audit_payload p ON p.place = a.place
         WHERE a.event_id = ANY($1)"
    );
    let mut known = HashMap::new();
    let mut opener = Opener::new(vault);
    for row in tx.all(&sql, &[&ids]).await? {
        known.insert(row.try_get(3).map_err(PostgresError::from)?, read(&row, &mut opener)?);
    }
    Ok(known)
}

/// Whether every event of a call is new or is what its id stands for.
fn check(rows: Rows<'_>, known: &HashMap<String, StoredRecord>) -> Result<(), AuditError> {
    let mut first: BTreeMap<&str, &DomainEvent> = BTreeMap::new();
    for (event, entry) in rows {
        let same = match (known.get(event.id.as_str()), first.get(event.id.as_str())) {
            (Some(stored), _) => entry.is_in(stored, event)?,
            (None, Some(twin)) => Entry::of(twin, None)?.leaf == Entry::of(event, None)?.leaf,
            (None, None) => true,
        };
        if !same {
            return Err(AuditError::Conflict { id: event.id.clone() });
        }
        first.entry(event.id.as_str()).or_insert(event);
    }
    Ok(())
}

/// Gives every event of a call its place.
async fn take<'a>(
    tx: &Tx<'_>,
    vault: Option<&Vault>,
    rows: Rows<'a>,
    known: &mut HashMap<String, StoredRecord>,
    frontier: &mut Frontier,
    new: &mut NewRows<'a>,
) -> Outcome {
    let mut places = Vec::with_capacity(rows.len());
    for (event, entry) in rows {
        if let Some(stored) = known.get(event.id.as_str()) {
            places.push(stored.index);
            continue;
        }
        let place = number(frontier.size())?;
        let index = frontier.append(entry.leaf.hash);
        new.add(place, event, entry)?;
        let payload = match (&entry.payload, vault) {
            (None, _) => None,
            (Some(_), None) => return Err(AuditError::Locked),
            (Some((person, payload)), Some(vault)) => {
                let row = vault.row(tx, &event.id, event.at, person, payload).await?;
                new.payload_places.push(place);
                new.people.push(person);
                new.times.push(nanos(event.at));
                new.key_names.push(row.key_name);
                new.sealed.push(row.content);
                Some(payload.clone())
            }
        };
        let (leaf, content) = (entry.leaf.hash, entry.leaf.content.clone());
        known.insert(event.id.to_string(), StoredRecord { index, leaf, content, payload });
        places.push(index);
    }
    Ok(places)
}

/// Rows to insert, column by column.
#[derive(Default)]
struct NewRows<'a> {
    places: Vec<i64>,
    ids: Vec<&'a str>,
    leaves: Vec<&'a [u8]>,
    contents: Vec<&'a str>,
    payload_places: Vec<i64>,
    people: Vec<&'a str>,
    times: Vec<i64>,
    key_names: Vec<String>,
    sealed: Vec<Vec<u8>>,
}

impl<'a> NewRows<'a> {
    fn add(&mut self, place: i64, event: &'a DomainEvent, entry: &'a Entry) -> Result<(), AuditError> {
        let content = std::str::from_utf8(&entry.leaf.content);
        self.places.push(place);
        self.ids.push(event.id.as_str());
        self.leaves.push(&entry.leaf.hash.0);
        self.contents.push(content.map_err(|error| AuditError::Internal(error.to_string()))?);
        Ok(())
    }

    async fn insert(&self, tx: &Tx<'_>) -> Result<(), PostgresError> {
        let sql = "INSERT INTO audit (place, event_id, leaf, content)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::text[])";
        tx.execute(sql, &[&self.places, &self.ids, &self.leaves, &self.contents]).await?;
        if !self.payload_places.is_empty() {
            let sql = "INSERT INTO audit_payload (place, person, at, key_name, content)
                 SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bytea[])";
            let Self { payload_places, people, times, key_names, sealed, .. } = self;
            tx.execute(sql, &[payload_places, people, times, key_names, sealed]).await?;
        }
        Ok(())
    }
}
