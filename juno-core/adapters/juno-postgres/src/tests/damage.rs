//! Damaged rows are reported, and hide nothing else.

use juno_action::{ActionError, ExecutionStore, Limits};
use juno_audit::{AuditLog, Outbox, drain};
use juno_domain::{DomainEvent, ErrorKind, EventId};
use juno_governance::{ApprovalStore, GovernanceError, RequestFilter};
use juno_testkit::conformance::{approval_sample, audit_log, execution_store};

use super::fixture::Schema;
use super::operations::{prepare, start};

#[tokio::test]
async fn a_corrupt_request_is_an_error_of_its_own_and_holds_up_no_other() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    for id in ["p1", "p2"] {
        let (request, events) = approval_sample::sample_request(id, "pay", start());
        store.approvals().create(&request, &events).await.unwrap();
    }
    let (damaged, _) = approval_sample::sample_request("p1", "pay", start());
    let id = damaged.id().as_str();
    let damage = "UPDATE approvals SET body = replace(body, 'pending', 'granted') WHERE id = $1";
    schema.plain().await.execute(damage, &[&id]).await.unwrap();
    let error = store.approvals().get(damaged.id()).await.unwrap_err();
    assert!(matches!(error, GovernanceError::Corrupt { .. }), "{error}");
    assert_eq!(store.approvals().list(&RequestFilter::default()).await.unwrap().len(), 1);
    let later = start() + chrono::TimeDelta::days(2);
    assert_eq!(store.approvals().list_due(later, 10).await.unwrap().len(), 1);
    let check = store.check().await.unwrap();
    assert_eq!((check[0].table.as_str(), check[0].id.as_str(), check.len()), ("approvals", id, 1));
}

#[tokio::test]
async fn a_corrupt_execution_still_keeps_its_request_from_running_again() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    let executions = store.executions();
    let (bad, good) =
        (execution_store::sample_execution("r1", start()), execution_store::sample_execution("r2", start()));
    for execution in [&bad, &good] {
        executions.create(execution, &Limits::NONE, &[]).await.unwrap();
    }
    let damage = "UPDATE executions SET body = 'x' WHERE request = 'r1'";
    schema.plain().await.execute(damage, &[]).await.unwrap();
    assert!(matches!(executions.create(&bad, &Limits::NONE, &[]).await, Err(ActionError::Exists(_))));
    assert!(matches!(executions.get(&bad.request).await, Err(ActionError::Corrupt { .. })));
    assert_eq!(executions.unsettled().await.unwrap(), [good]);
    assert_eq!(store.check().await.unwrap()[0].table, "executions");
}

#[tokio::test]
async fn a_corrupt_event_is_never_dropped_and_holds_up_no_other() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    prepare(&store).await;
    let waiting = store.outbox().waiting(10).await.unwrap();
    assert!(waiting.len() > 1);
    let damage = "UPDATE outbox SET content = 'x' WHERE event_id = $1";
    schema.plain().await.execute(damage, &[&waiting[0].id.as_str()]).await.unwrap();
    let error = drain(&store.outbox(), &store.audit()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(store.audit().head().await.unwrap().size, waiting.len() as u64, "the others were carried");
    assert!(store.outbox().waiting(10).await.is_err(), "and it stays reported");
    assert_eq!(store.check().await.unwrap()[0].table, "outbox");
}

/// F-03: a failed read must not look like an empty one.
#[tokio::test]
async fn a_missing_table_is_an_error_of_reads_too() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    prepare(&store).await;
    schema.plain().await.batch_execute("DROP TABLE approvals").await.unwrap();
    assert!(store.approvals().list(&RequestFilter::default()).await.is_err());
    assert!(store.approvals().list_due(start(), 1).await.is_err());
    assert!(store.check().await.is_err());
}

#[tokio::test]
async fn the_start_of_an_execution_reaches_the_disk_whatever_the_server_has_by_default() {
    let Some(schema) = Schema::new() else { return };
    let url = format!("{}&options=-c%20synchronous_commit%3Doff", schema.url);
    let store = crate::PostgresStore::open(&url, schema.config.clone()).unwrap();
    let plain = schema.plain().await;
    // What a trigger sees is what the commit does.
    let spy = "CREATE TABLE seen (what TEXT);
         CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO seen VALUES (TG_TABLE_NAME || ' ' || current_setting('synchronous_commit')); RETURN NEW;
         END $$;
         CREATE TRIGGER spy AFTER INSERT ON executions FOR EACH ROW EXECUTE FUNCTION spy();
         CREATE TRIGGER spy AFTER INSERT ON approvals FOR EACH ROW EXECUTE FUNCTION spy();";
    plain.batch_execute(spy).await.unwrap();
    prepare(&store).await;
    let rows = plain.query("SELECT what FROM seen ORDER BY 1", &[]).await.unwrap();
    let seen: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(seen, ["approvals off", "executions local"]);
}

/// Longer than the first two pages of a reading.
#[tokio::test]
async fn a_long_list_is_read_whole_and_in_order() {
    let Some(schema) = Schema::new() else { return };
    let store = schema.open();
    let (request, mut events) = approval_sample::sample_request("p1", "pay", start());
    events.extend((0..1000).map(|nth| DomainEvent {
        id: EventId::new(format!("event {nth}")).unwrap(),
        ..audit_log::sample_event(0)
    }));
    store.approvals().create(&request, &events).await.unwrap();
    assert_eq!(store.outbox().waiting(usize::MAX).await.unwrap(), events);
    assert_eq!(store.outbox().waiting(301).await.unwrap(), events[..301]);
    assert_eq!(drain(&store.outbox(), &store.audit()).await.unwrap(), events.len());
}
