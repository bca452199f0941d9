//! Who speaks in a scope, by the words of their names.

use std::collections::{BTreeMap, BTreeSet};

use juno_memory::{MemoryMarks, Question, Speakers, name_mark, name_words};

use crate::error::SqliteError;
use crate::memory_vault::Forms;
use crate::tx::Tx;

/// Counts a memory of somebody in.
pub(crate) fn add(
    tx: &Tx<'_>,
    scope: i64,
    who: Option<&str>,
    words: &BTreeSet<String>,
) -> Result<(), SqliteError> {
    let Some(name) = who else { return Ok(()) };
    for word in words {
        tx.execute(
            "INSERT INTO memory_speakers (scope, word, name, memories) VALUES (?1, ?2, ?3, 1)
             ON CONFLICT DO UPDATE SET memories = memories + 1",
            (scope, word, name),
        )?;
    }
    Ok(())
}

/// Counts a memory of somebody out.
pub(crate) fn remove(tx: &Tx<'_>, scope: i64, who: Option<&str>) -> Result<(), SqliteError> {
    let Some(name) = who else { return Ok(()) };
    tx.execute(
        "UPDATE memory_speakers SET memories = memories - 1 WHERE scope = ?1 AND name = ?2",
        (scope, name),
    )?;
    tx.execute(
        "DELETE FROM memory_speakers WHERE scope = ?1 AND name = ?2 AND memories <= 0",
        (scope, name),
    )?;
    Ok(())
}

/// Adds those of a scope whose names share a word with a question. Where anything of the tenant is encrypted, names count
/// by their marks; `renamed` then says which mark stands for a name's own.
pub(crate) fn named(
    tx: &Tx<'_>,
    scope: i64,
    (question, forms, marks): (&Question, &Forms, Option<&MemoryMarks>),
    speakers: &mut Speakers,
    renamed: &mut BTreeMap<u32, u32>,
) -> Result<(), SqliteError> {
    let called = |word: &str| {
        let sql = "SELECT name FROM memory_speakers WHERE scope = ?1 AND word = ?2";
        tx.all(sql, (scope, word), |row| row.get::<_, String>(0))
    };
    for word in question.words() {
        for name in if forms.plain { called(word)? } else { Vec::new() } {
            let Some(mark) = marks.map(|marks| marks.name(&name)) else {
                speakers.add(&name);
                continue;
            };
            renamed.insert(name_mark(&name), name_mark(&mark));
            name_words(&name).iter().for_each(|word| speakers.add_marked(word, &mark));
        }
        if let Some(marks) = &forms.marks {
            for mark in called(&marks.word(word))? {
                speakers.add_marked(word, &mark);
            }
        }
    }
    Ok(())
}
