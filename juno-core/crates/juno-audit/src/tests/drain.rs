use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use juno_domain::{DomainEvent, ErrorKind, EventBuffer, EventId};
use serde_json::json;

use super::{event, events, wait};
use crate::{AuditError, AuditLog, InMemoryAuditLog, Outbox, drain};

fn recorded(log: &InMemoryAuditLog) -> Vec<DomainEvent> {
    wait(log.read(0, usize::MAX)).unwrap().into_iter().map(|record| record.event).collect()
}

/// An outbox whose steps fail when told: 1 in `period` calls, before or after the step took effect.
struct Shaky<'a> {
    inner: &'a EventBuffer,
    calls: AtomicUsize,
    period: usize,
}

impl Shaky<'_> {
    fn fails(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed) % self.period == self.period - 1
    }
}

#[async_trait]
impl Outbox for Shaky<'_> {
    async fn waiting(&self, limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
        if self.fails() {
            Err(AuditError::Unavailable("waiting".into()))
        } else {
            Ok(self.inner.waiting(limit))
        }
    }
    async fn acknowledge(&self, ids: &[EventId]) -> Result<(), AuditError> {
        if self.fails() {
            return Err(AuditError::Unavailable("before".into()));
        }
        // Part of the batch only: as if the process died half-way.
        let half = if self.fails() { &ids[..ids.len().div_ceil(2)] } else { ids };
        self.inner.acknowledge(half);
        if half.len() < ids.len() { Err(AuditError::Unavailable("half-way".into())) } else { Ok(()) }
    }
}

#[test]
fn every_waiting_event_is_carried_in_order() {
    let (outbox, log) = (EventBuffer::default(), InMemoryAuditLog::new());
    outbox.push_all(&events(1000));
    assert_eq!(wait(drain(&outbox, &log)).unwrap(), 1000);
    assert_eq!(recorded(&log), events(1000));
    assert!(outbox.waiting(1).is_empty());
    assert_eq!(wait(drain(&outbox, &log)).unwrap(), 0);
}

/// control: AIA-12-1, PCI-10.2.1
#[test]
fn a_crash_between_append_and_acknowledge_records_nothing_twice() {
    for period in 3..9 {
        let (buffer, log) = (EventBuffer::default(), InMemoryAuditLog::new());
        buffer.push_all(&events(900));
        let outbox = Shaky { inner: &buffer, calls: AtomicUsize::new(0), period };
        let mut failures = 0;
        while wait(drain(&outbox, &log)).is_err() {
            failures += 1;
            assert!(failures < 200);
        }
        assert!(failures > 0);
        assert_eq!(recorded(&log), events(900));
        assert!(wait(log.verify()).unwrap().verified);
    }
}

#[test]
fn several_drains_at_once_record_each_event_once() {
    let (outbox, log) = (EventBuffer::default(), InMemoryAuditLog::new());
    std::thread::scope(|scope| {
        scope.spawn(|| events(2000).chunks(10).for_each(|chunk| outbox.push_all(chunk)));
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| assert!(wait(drain(&outbox, &log)).is_ok())));
        }
    });
    wait(drain(&outbox, &log)).unwrap();
    assert_eq!(wait(log.head()).unwrap().size, 2000);
    assert!(outbox.waiting(1).is_empty());
}

/// control: PCI-10.2.1
#[test]
fn a_refused_event_holds_up_no_other_and_is_not_lost() {
    let (outbox, log) = (EventBuffer::default(), InMemoryAuditLog::new());
    wait(log.append(&[event(3)])).unwrap();
    let mut all = events(600);
    all[3].subject = "changed".into();
    for bad in all.iter_mut().skip(10).take(300) {
        bad.payload = json!(u64::MAX).into();
    }
    outbox.push_all(&all);
    let error = wait(drain(&outbox, &log)).unwrap_err();
    assert!(
        matches!(&error, AuditError::Refused { id, count: 301, .. } if id.as_str() == "event-3"),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(wait(log.head()).unwrap().size, 1 + 600 - 301);
    assert_eq!(outbox.waiting(1000).len(), 301);
    // Asking again changes nothing and still says so.
    assert!(matches!(wait(drain(&outbox, &log)), Err(AuditError::Refused { count: 301, .. })));
}

#[test]
fn an_outbox_that_forgets_acknowledgements_is_an_error_not_an_endless_loop() {
    struct Forgetful(Mutex<u32>);
    #[async_trait]
    impl Outbox for Forgetful {
        async fn waiting(&self, _limit: usize) -> Result<Vec<DomainEvent>, AuditError> {
            Ok(events(3))
        }
        async fn acknowledge(&self, _ids: &[EventId]) -> Result<(), AuditError> {
            *self.0.lock().unwrap() += 1;
            Ok(())
        }
    }
    let (outbox, log) = (Forgetful(Mutex::new(0)), InMemoryAuditLog::new());
    let error = wait(drain(&outbox, &log)).unwrap_err();
    assert!(matches!(error, AuditError::NotAcknowledged { .. }));
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert_eq!((*outbox.0.lock().unwrap(), wait(log.head()).unwrap().size), (1, 3));
}

#[test]
fn a_failing_log_leaves_everything_waiting() {
    struct Down;
    #[async_trait]
    impl AuditLog for Down {
        async fn append(&self, _events: &[DomainEvent]) -> Result<Vec<u64>, AuditError> {
            Err(AuditError::Unavailable("down".into()))
        }
        async fn head(&self) -> Result<crate::TreeHead, AuditError> {
            Err(AuditError::Unavailable("down".into()))
        }
        async fn stored(&self, _: u64, _: usize) -> Result<Vec<crate::StoredRecord>, AuditError> {
            Err(AuditError::Unavailable("down".into()))
        }
    }
    let outbox = EventBuffer::default();
    outbox.push_all(&events(5));
    assert_eq!(wait(drain(&outbox, &Down)).unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(outbox.waiting(10).len(), 5);
}
