//! How texts that people wrote lie apart from the body of their row: encrypted, one part for each person and month.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Utc};
use juno_crypto::{CryptoError, Zeroizing, decrypt, digest, encrypt};
use juno_domain::{DomainEvent, ERASED, Wording};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::PostgresError;
use crate::tx::Tx;
use crate::vault::Vault;

/// How often to look for a key that others make or destroy at the same time.
const LOOKS: u32 = 8;

/// The parts of a row, and the names of their keys, in the same order.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) keys: Vec<String>,
    pub(crate) parts: Vec<Vec<u8>>,
}

/// A row's body without its texts, and those apart.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) json: String,
    pub(crate) parts: Parts,
}

impl Body {
    /// The body of a row that has the name `of` in its table. Without a vault the texts stay in it.
    pub(crate) async fn of<T: Wording + Serialize + Clone>(
        tx: &Tx<'_>,
        of: &str,
        row: &T,
    ) -> Result<Self, PostgresError> {
        let Some(vault) = tx.vault() else {
            return Ok(Self { json: json(row)?, parts: Parts::default() });
        };
        let mut rest = row.clone();
        let mut texts: BTreeMap<(String, i64), Map<String, Value>> = BTreeMap::new();
        let mut nth = 0_u64;
        rest.each_text(&mut |person, at, text| {
            nth += 1;
            if !text.is_empty() && text != ERASED {
                let of_person = texts.entry((person.to_string(), month(at))).or_default();
                of_person.insert(nth.to_string(), std::mem::replace(text, ERASED.to_owned()).into());
            }
        });
        let mut parts = Parts::default();
        for ((person, month), texts) in &texts {
            let (key, part) = vault.seal(tx, of, (person, *month), texts).await?;
            parts.keys.push(key);
            parts.parts.push(part);
        }
        Ok(Self { json: json(&rest)?, parts })
    }
}

/// An event that waits, without its personal part, and that apart with the name of its key.
pub(crate) async fn event_apart(
    tx: &Tx<'_>,
    event: &DomainEvent,
) -> Result<Option<(String, String, Vec<u8>)>, PostgresError> {
    let Some(vault) = tx.vault() else { return Ok(None) };
    let Some((rest, person, part)) = vault.sealing.fields().apart(event) else { return Ok(None) };
    let (key, part) = vault.seal(tx, event.id.as_str(), (&person, month(event.at)), &part).await?;
    Ok(Some((json(&rest)?, key, part)))
}

/// The month a text belongs to, counted from the year 0.
pub(crate) fn month(at: DateTime<Utc>) -> i64 {
    i64::from(at.year()) * 12 + i64::from(at.month0())
}

pub(crate) fn json<T: Serialize>(row: &T) -> Result<String, PostgresError> {
    serde_json::to_string(row).map_err(|error| PostgresError::Internal(error.to_string()))
}

impl Vault {
    /// Encrypts texts, and gives the name of the key too.
    async fn seal(
        &self,
        tx: &Tx<'_>,
        of: &str,
        (person, month): (&str, i64),
        texts: &Map<String, Value>,
    ) -> Result<(String, Vec<u8>), PostgresError> {
        let name = self.text_key(tx, person, month).await?;
        let key = self.keys.key(&name).map_err(out_of_reach)?;
        let text = Zeroizing::new(json(texts)?);
        let random = self.sealing.random();
        let part = encrypt(&key, text.as_bytes(), of.as_bytes(), random.as_ref()).map_err(out_of_reach)?;
        Ok((name, part))
    }

    /// The name of the key for a person's texts of a month, made now if there is none, and kept from being destroyed
    /// until the transaction ends.
    async fn text_key(&self, tx: &Tx<'_>, person: &str, month: i64) -> Result<String, PostgresError> {
        let find = "SELECT name FROM text_key WHERE person = $1 AND month = $2 FOR KEY SHARE";
        let add = "INSERT INTO text_key (person, month, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        for _ in 0..LOOKS {
            if let Some(row) = tx.one(find, &[&person, &month]).await? {
                return Ok(row.try_get(0)?);
            }
            let name = self.sealing.random().next().map_err(out_of_reach)?;
            tx.execute(add, &[&person, &month, &format!("text-{}", digest(&name))]).await?;
        }
        Err(tx.start_over("the key of a person's texts came and went"))
    }
}

fn out_of_reach(error: CryptoError) -> PostgresError {
    PostgresError::Keys(error.to_string())
}

/// What a part holds, or what is wrong with it.
type Opened = Result<Map<String, Value>, String>;

/// Decrypts parts, asking for each key once.
pub(crate) struct PartKeys<'v> {
    vault: Option<&'v Vault>,
    known: BTreeMap<String, Option<Zeroizing<[u8; 32]>>>,
}

impl<'v> PartKeys<'v> {
    pub(crate) const fn new(vault: Option<&'v Vault>) -> Self {
        Self { vault, known: BTreeMap::new() }
    }

    /// The row a body is of, its texts filled in; those whose key was destroyed stay erased. What is wrong, if it cannot
    /// be read.
    pub(crate) fn whole<T: Wording + DeserializeOwned>(
        &mut self,
        of: &str,
        body: &str,
        parts: &Parts,
    ) -> Result<Result<T, String>, PostgresError> {
        let mut row: T = match serde_json::from_str(body) {
            Ok(row) => row,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let mut texts = Map::new();
        for (key, part) in parts.keys.iter().zip(&parts.parts) {
            match self.open(of, key, part)? {
                None => {}
                Some(Ok(more)) => texts.extend(more),
                Some(Err(what)) => return Ok(Err(what)),
            }
        }
        if !texts.is_empty() {
            let mut nth = 0_u64;
            row.each_text(&mut |_, _, text| {
                nth += 1;
                if let Some(Value::String(whole)) = texts.remove(&nth.to_string()) {
                    *text = whole;
                }
            });
        }
        Ok(if texts.is_empty() { Ok(row) } else { Err("it has texts that belong nowhere".into()) })
    }

    /// What a part holds; None if its key was destroyed.
    pub(crate) fn open(&mut self, of: &str, key: &str, part: &[u8]) -> Result<Option<Opened>, PostgresError> {
        let vault = self.vault.ok_or(PostgresError::Locked)?;
        if !self.known.contains_key(key) {
            self.known.insert(key.to_owned(), vault.keys.find(key).map_err(out_of_reach)?);
        }
        let Some(Some(key)) = self.known.get(key) else { return Ok(None) };
        let text = decrypt(key, part, of.as_bytes()).map(Zeroizing::new);
        let texts = text.ok().and_then(|text| serde_json::from_slice(&text).ok());
        Ok(Some(texts.ok_or_else(|| "its texts were changed, or are of another row".to_owned())))
    }
}
