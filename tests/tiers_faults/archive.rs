//! Archives whose writers are killed or at odds, and whose objects are damaged.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use juno_domain::{ErrorKind, TenantId};
use juno_memory::{Memory, MemoryArchive, MemoryScope};

use crate::common::{archive_in, fact, files, id, mixed, team, tenant};

/// Where a child finds its order: a round, and the folder.
const ORDER: &str = "ARCHIVE_CHILD_ORDER";

/// Stores and removes, and says what was acknowledged. Does nothing unless a test started it.
#[tokio::test]
async fn the_child_that_archives() {
    let Ok(order) = std::env::var(ORDER) else { return };
    let (round, folder) = order.split_once('|').expect("an order");
    let archive = archive_in(Path::new(folder));
    for nth in 0.. {
        let batch: Vec<Memory> =
            (0..3).map(|at| fact(&format!("r{round}-{nth:04}-{at}"), "kept", 0)).collect();
        archive.store(&tenant(), &batch).await.expect("stored");
        println!("ack + {nth:04}");
        let gone = [id(&format!("r{round}-{nth:04}-1"))].into();
        archive.remove(&tenant(), &gone).await.expect("removed");
        println!("ack - {nth:04}");
    }
}

#[tokio::test]
async fn a_process_killed_while_it_archives_leaves_each_change_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut expected: BTreeSet<String> = BTreeSet::new();
    for round in 0..12 {
        let mut child = Command::new(std::env::current_exe().expect("this executable"))
            .args(["archive::the_child_that_archives", "--exact", "--nocapture"])
            .env(ORDER, format!("{round}|{}", folder.path().display()))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut lines = output.lines().map_while(Result::ok).filter(|line| line.contains("ack "));
        let mut acknowledged: Vec<String> = lines.by_ref().take(3 + round * 5 % 7).collect();
        child.kill().expect("killed");
        acknowledged.extend(lines);
        child.wait().expect("gone");
        let archive = archive_in(folder.path());
        let stored: BTreeSet<String> = archive
            .scan(&tenant(), None, None, 10_000)
            .await
            .expect("scanned")
            .memories
            .into_iter()
            .map(|memory| memory.id.to_string())
            .filter(|name| name.starts_with(&format!("r{round}-")))
            .collect();
        let mut done = BTreeSet::new();
        for line in &acknowledged {
            let (sign, nth) =
                line.split_once("ack ").and_then(|(_, rest)| rest.split_once(' ')).expect("a line");
            match sign {
                "+" => done.extend((0..3).map(|at| format!("r{round}-{nth}-{at}"))),
                _ => drop(done.remove(&format!("r{round}-{nth}-1"))),
            }
        }
        // Besides what was acknowledged, at most the change it was killed in, and that as a whole.
        let more: Vec<&String> = stored.difference(&done).collect();
        let less: Vec<&String> = done.difference(&stored).collect();
        assert!(more.is_empty() || more.len() == 3, "{more:?}");
        assert!(less.is_empty() || (less.len() == 1 && less[0].ends_with("-1")), "{less:?}");
        expected.extend(stored);
    }
    let archive = archive_in(folder.path());
    let whole = archive.scan(&tenant(), None, None, 10_000).await.expect("scanned").memories;
    let whole: BTreeSet<String> = whole.into_iter().map(|memory| memory.id.to_string()).collect();
    assert_eq!(whole, expected, "no later round harmed an earlier one");
    assert_eq!(archive.compact().await, Ok(true));
    let left: Vec<PathBuf> = files(folder.path());
    assert!(left.iter().all(|path| !path.display().to_string().contains('#')), "{left:?}");
    let again = archive_in(folder.path()).scan(&tenant(), None, None, 10_000).await.expect("scanned");
    assert_eq!(again.memories.len(), expected.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_archive_at_once_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let archive = archive_in(folder.path());
            tokio::spawn(async move {
                for nth in 0..8 {
                    let memory = fact(&format!("w{writer}-{nth}"), "kept", nth);
                    archive.store(&tenant(), &[memory, fact("shared", "the same", 0)]).await.expect("stored");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("a writer");
    }
    let all = archive_in(folder.path()).scan(&tenant(), None, None, 100).await.expect("scanned");
    assert_eq!((all.memories.len(), all.corrupt.len()), (33, 0));
}

/// Erasure rewrites what holds a subject's memories: its words are in no file any more, nor in what killed writers left.
#[tokio::test]
async fn a_removed_subject_is_in_no_byte_of_the_archive() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = archive_in(folder.path());
    let mut memories = mixed();
    for (nth, memory) in memories.iter_mut().enumerate().filter(|(nth, _)| nth % 3 == 0) {
        memory.subject = Some("zoë".into());
        memory.text = format!("kingfisher {nth}");
    }
    archive.store(&tenant(), &memories).await.expect("stored");
    let other = TenantId::new("other").expect("a tenant");
    let mut theirs = memories[0].clone();
    (theirs.scope, theirs.text) = (MemoryScope::tenant_wide(other.clone()), "somebody else's".into());
    archive.store(&other, std::slice::from_ref(&theirs)).await.expect("stored");
    // What two writers left that were killed: one before its manifest, one in the middle of its file.
    let segment =
        files(folder.path()).into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl"));
    let segment = segment.expect("a segment");
    let name = segment.file_name().expect("a name").to_string_lossy().into_owned();
    std::fs::copy(&segment, segment.with_file_name(format!("{:020}{}", 2, &name[20..]))).expect("copied");
    std::fs::copy(&segment, segment.with_file_name(format!("{name}#1"))).expect("copied");

    assert_eq!(archive.remove_subject(&tenant(), "zoë").await, Ok(10));
    assert_eq!(archive.remove_subject(&tenant(), "zoë").await, Ok(0));
    assert_eq!(archive.compact().await, Ok(true));
    for file in files(folder.path()) {
        let bytes = std::fs::read(&file).expect("read");
        assert!(!String::from_utf8_lossy(&bytes).contains("kingfisher"), "{}", file.display());
    }
    memories.retain(|memory| memory.subject.as_deref() != Some("zoë"));
    assert_eq!(archive.scan(&tenant(), None, None, 100).await.expect("scanned").memories, memories);
    assert_eq!(archive.scan(&other, None, None, 100).await.expect("scanned").memories, [theirs]);
}

#[tokio::test]
async fn a_damaged_segment_is_an_error_and_hides_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    archive_in(folder.path()).store(&tenant(), &[fact("bad", "to be damaged", 0)]).await.expect("stored");
    let segments =
        || files(folder.path()).into_iter().filter(|path| path.extension().is_some_and(|e| e == "jsonl"));
    let first = segments().next().expect("a segment");
    let mut bytes = std::fs::read(&first).expect("read");
    let at = bytes.windows(7).position(|part| part == b"damaged").expect("its text");
    bytes[at] = b'D';
    std::fs::write(&first, bytes).expect("written");
    let archive = archive_in(folder.path());
    archive.store(&tenant(), &[fact("good", "fine", 0)]).await.expect("stored");
    assert_eq!(archive.get(&team(), &id("bad")).await.expect_err("damaged").kind(), ErrorKind::Corrupt);
    assert_eq!(
        archive.get(&team(), &id("good")).await.expect("fine").map(|memory| memory.text),
        Some("fine".into())
    );
    let page = archive.scan(&tenant(), None, None, 10).await.expect("scanned");
    assert_eq!((page.memories.len(), page.corrupt.len()), (1, 1));
    std::fs::remove_file(&first).expect("removed");
    let archive = archive_in(folder.path());
    assert_eq!(archive.get(&team(), &id("bad")).await.expect_err("missing").kind(), ErrorKind::Corrupt);
    assert!(
        archive.remove(&tenant(), &[id("bad")].into()).await.is_err(),
        "what cannot be read is not rewritten"
    );
}
