use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use juno_core::memory::{MemoryStore, MemoryWrite, index_words};
use juno_sqlite::{SqliteConfig, SqliteStore};

use super::erasure::order;
use super::*;

/// Every file of a store: the database itself, `-wal`, `-shm` and whatever else lies beside it.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// The last bytes of a word. FTS5 writes only what differs from the term before, so of a word a tail can be left.
type Tail = [u8; 8];

fn tail(word: &str) -> Tail {
    *word.as_bytes().last_chunk().unwrap()
}

/// Which of these tails stand anywhere in the files, at any place.
fn found(files: &[(PathBuf, Vec<u8>)], tails: &HashSet<Tail>) -> BTreeSet<String> {
    let everywhere = files.iter().flat_map(|(_, bytes)| bytes.windows(size_of::<Tail>()));
    // Each of them ends in one of two marks: most places need no closer look.
    let marked = everywhere.filter(|part| matches!(part.last(), Some(b'q' | b'z')));
    let hits = marked.filter(|part| tails.contains(*part));
    hits.map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

/// Two words that nothing else has, of fourteen letters that follow no order.
fn words(nth: usize) -> [String; 2] {
    ['q', 'z'].map(|mark| {
        let digest = juno_core::crypto::digest(format!("{mark}{nth}").as_bytes());
        let letters = digest.0.iter().take(13).map(|byte| char::from(b'b' + byte % 17));
        letters.chain([mark]).collect()
    })
}

/// The words the full-text index holds, as SQLite itself reads them.
fn vocabulary(path: &Path) -> BTreeSet<String> {
    let file = rusqlite::Connection::open(path).unwrap();
    file.execute_batch("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, memory_words, row)").unwrap();
    let mut rows = file.prepare("SELECT term FROM temp.v").unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

async fn nothing_is_left(memories: usize, erased: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("juno.db");
    let (juno, _) = open(&path, &[]).await;
    let pay = team(&juno, "pay");
    let theirs = |nth: usize| nth % (memories / erased) == 3 && nth / (memories / erased) < erased;
    {
        let file = SqliteStore::open(&path, SqliteConfig::default()).unwrap();
        let writes = (0..memories).map(|nth| {
            let [one, two] = words(nth);
            let text = format!("the {one} deploys of {two} are running");
            let mut memory = memory(&format!("m{nth:05}"), &pay, &text, start());
            memory.data = serde_json::json!({ "note": format!("data-{one}-{two}") });
            memory.tags = [format!("tag-{one}")].into();
            memory.subject = theirs(nth).then(|| "ada".to_owned());
            MemoryWrite::new(memory, &person("juno")).unwrap()
        });
        let writes: Vec<MemoryWrite> = writes.collect();
        for batch in writes.chunks(1_000) {
            file.memory().put_all(batch).await.unwrap();
        }
    }
    let gone: Vec<String> = (0..memories).filter(|nth| theirs(*nth)).flat_map(words).collect();
    let stems: Vec<String> = gone.iter().flat_map(|word| index_words(word)).collect();
    assert_eq!((gone.len(), stems.len()), (erased * 2, erased * 2));
    let tails: HashSet<Tail> = gone.iter().chain(&stems).map(|word| tail(word)).collect();
    let others: HashSet<Tail> =
        (0..memories).filter(|nth| !theirs(*nth)).flat_map(words).map(|word| tail(&word)).collect();
    assert!(tails.is_disjoint(&others));
    // The search finds what is there: otherwise it would prove nothing.
    assert_eq!(found(&files(folder.path()), &tails).len(), tails.len());
    let in_index = |terms: &BTreeSet<String>| {
        let is_in = |word: &&String| terms.iter().any(|term| term.ends_with(word.as_str()));
        stems.iter().step_by(7).filter(is_in).count()
    };
    assert_eq!(in_index(&vocabulary(&path)), stems.iter().step_by(7).count());

    let receipt = juno.memory.erase_subject(&order("ada"), &Progress::silent()).await.unwrap();
    assert!(receipt.verify().unwrap() && receipt.is_clean());
    assert_eq!(receipt.memories.len(), erased);

    let after = files(folder.path());
    assert!(after.iter().any(|(path, bytes)| path.ends_with("juno.db") && !bytes.is_empty()));
    assert_eq!(found(&after, &tails), BTreeSet::new(), "left in a file");
    assert_eq!(in_index(&vocabulary(&path)), 0);
    let left = juno.memory.health().await.unwrap();
    assert_eq!(left.by_kind.values().sum::<u64>(), (memories - erased) as u64);
    assert_eq!(found(&after, &others).len(), others.len(), "what is nobody's stays");
    assert!(juno.audit.verify().await.unwrap().verified);
}

/// The fault: deleted text left in history tables.
#[tokio::test]
async fn no_byte_of_what_was_erased_is_left_in_any_file() {
    nothing_is_left(400, 40).await;
}

#[tokio::test]
async fn no_byte_of_two_hundred_erased_is_left_among_ten_thousand() {
    nothing_is_left(10_000, 200).await;
}

/// The fault: a limit that is applied before the scope filter.
#[tokio::test]
async fn an_erasure_finds_what_lies_behind_any_number_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let (juno, _) = open(&folder.path().join("juno.db"), &[]).await;
    let (pay, growth) = (team(&juno, "pay"), team(&juno, "growth"));
    let file = SqliteStore::open(folder.path().join("juno.db"), SqliteConfig::default()).unwrap();
    let writes = (0..2_500).map(|nth| {
        let scope = if nth % 2 == 0 { &pay } else { &growth };
        let mut memory = memory(&format!("m{nth:05}"), scope, "something", start());
        memory.subject = Some(if nth > 2_400 { "ada" } else { "ad" }.to_owned());
        MemoryWrite::new(memory, &person("juno")).unwrap()
    });
    file.memory().put_all(&writes.collect::<Vec<_>>()).await.unwrap();
    let receipt = juno.memory.erase_subject(&order("ada"), &Progress::silent()).await.unwrap();
    assert_eq!(receipt.memories.len(), 99);
    assert_eq!(held(&juno, &pay).await.len() + held(&juno, &growth).await.len(), 2_401);
}
