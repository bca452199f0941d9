//! Who speaks in a scope, by the words of their names.

use std::collections::BTreeMap;

use juno_memory::{Speakers, name_words};

use crate::error::PostgresError;
use crate::tx::Tx;

/// How many memories somebody has more in a scope, or fewer.
pub(crate) type Counts = BTreeMap<(i64, Vec<u8>), i64>;

/// Counts memories in and out. The scopes' locks are held.
pub(crate) async fn change(tx: &Tx<'_>, counts: &Counts) -> Result<(), PostgresError> {
    let (mut more, mut fewer) = (Columns::default(), Columns::default());
    for ((scope, name), count) in counts.iter().filter(|(_, count)| **count != 0) {
        let columns = if *count > 0 { &mut more } else { &mut fewer };
        for word in name_words(&String::from_utf8_lossy(name)) {
            columns.0.push(*scope);
            columns.1.push(word);
            columns.2.push(name);
            columns.3.push(*count);
        }
    }
    let Columns(scopes, words, names, counts) = &more;
    if !scopes.is_empty() {
        let sql = "INSERT INTO memory_speakers AS s (scope, word, name, memories)
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bigint[])
             ON CONFLICT (scope, word, name) DO UPDATE SET memories = s.memories + EXCLUDED.memories";
        tx.execute(sql, &[scopes, words, names, counts]).await?;
    }
    let Columns(scopes, words, names, counts) = &fewer;
    if !scopes.is_empty() {
        let sql = "UPDATE memory_speakers s SET memories = s.memories + n.memories
             FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::bigint[]) AS n (scope, word, name, memories)
             WHERE s.scope = n.scope AND s.word = n.word AND s.name = n.name";
        tx.execute(sql, &[scopes, words, names, counts]).await?;
        let sql = "DELETE FROM memory_speakers s
             USING unnest($1::bigint[], $2::text[], $3::bytea[]) AS n (scope, word, name)
             WHERE s.scope = n.scope AND s.word = n.word AND s.name = n.name AND s.memories <= 0";
        tx.execute(sql, &[scopes, words, names]).await?;
    }
    Ok(())
}

#[derive(Default)]
struct Columns<'n>(Vec<i64>, Vec<String>, Vec<&'n [u8]>, Vec<i64>);

/// Adds those of the given scopes whose names share a word with a question.
pub(crate) async fn named(
    tx: &Tx<'_>,
    scopes: &[i64],
    question: &[String],
    speakers: &mut Speakers,
) -> Result<(), PostgresError> {
    let sql = "SELECT DISTINCT name FROM memory_speakers WHERE scope = ANY($1) AND word = ANY($2)";
    for row in tx.all(sql, &[&scopes, &question]).await? {
        speakers.add(&String::from_utf8_lossy(row.try_get(0)?));
    }
    Ok(())
}
