//! What is told, and to whom.

use chrono::TimeDelta;
use juno_core::Stores;
use juno_domain::Verdict;
use juno_governance::{Choice, Delivered, NotificationKind};
use juno_testkit::conformance::approval_sample::{sample_proposal, start};

use crate::bureau::{Bureau, channel, person, settings, told};

fn of(kind: &'static str, whom: &[&str]) -> (&'static str, Vec<String>) {
    (kind, whom.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn a_request_is_told_from_its_submission_to_what_came_of_it() {
    let hook = channel("hook");
    let bureau = Bureau::new(std::slice::from_ref(&hook)).await;
    let id = bureau.submit("p1").await;
    bureau.deliver().await;
    assert_eq!(told(&hook), [of("approval_requested", &["lead"])]);
    bureau.juno.gate.escalate(&id, &person("lead"), "above me").await.expect("escalate");
    bureau.deliver().await;
    bureau.approve(&id, "manager").await;
    bureau.juno.gate.execute(&id).await.expect("execute");
    bureau.deliver().await;
    assert_eq!(
        told(&hook)[1..],
        [of("escalated", &["manager"]), of("decided", &["juno"]), of("executed", &["juno", "manager"]),]
    );
    let first = &hook.delivered()[0];
    assert_eq!((first.request.clone(), first.created_at), (id, start()));
    assert_eq!(first.deadline, Some(start() + TimeDelta::hours(24)));
    assert_eq!(hook.delivered()[2].verdict, Some(Verdict::Approved));
    assert_eq!(bureau.deliver().await, Delivered::default(), "nothing is told twice");
}

/// Neither arguments of actions nor texts of people leave with a notification.
#[tokio::test]
async fn a_notification_tells_where_to_look_and_not_what_is_written_there() {
    let hook = channel("hook");
    let bureau = Bureau::new(std::slice::from_ref(&hook)).await;
    let id = bureau.submit("p1").await;
    let seen = bureau.juno.gate.request(&id).await.expect("request");
    bureau
        .juno
        .gate
        .vote(&seen, &person("lead"), Choice::Deny, "hunter2 is the password")
        .await
        .expect("vote");
    bureau.deliver().await;
    let written: Vec<String> = hook
        .delivered()
        .iter()
        .flat_map(|it| [serde_json::to_string(it).expect("JSON"), it.text(), it.subject()])
        .collect();
    let proposal = sample_proposal("p1", "PAY", start());
    for secret in ["hunter2", "étiquette", proposal.rationale.as_str(), "changelog of PAY-12"] {
        assert!(written.iter().all(|text| !text.contains(secret)), "`{secret}` left the house");
    }
    assert!(written.iter().any(|text| text.contains("PAY-12")));
}

#[tokio::test]
async fn only_those_are_asked_who_can_still_decide() {
    let mail = channel("mail").per_recipient();
    let hook = channel("hook");
    let roles = r#"{"team_lead":["lead","juno","second"],"project_manager":["manager"],
        "delegations":[{"id":"d","by":"second","to":"stand-in","role":"team_lead","team":"PAY",
            "from":"2026-03-01T00:00:00Z","until":"2026-04-01T00:00:00Z"}]}"#;
    let settings = settings().with("roles", roles).expect("roles");
    let bureau = Bureau::open(settings, Stores::in_memory(), &[mail.clone(), hook.clone()]).await;
    let id = bureau.submit("p1").await;
    bureau.deliver().await;
    // Neither the proposer, who may not, nor the manager, who may and is not asked yet.
    let mails = ["lead", "second", "stand-in"].map(|name| of("approval_requested", &[name]));
    assert_eq!(told(&mail), mails);
    assert_eq!(told(&hook), [of("approval_requested", &["lead", "second", "stand-in"])]);
    let keys: std::collections::BTreeSet<_> =
        mail.delivered().into_iter().chain(hook.delivered()).map(|it| it.key).collect();
    assert_eq!(keys.len(), 4, "each channel and each recipient has a key of its own");
    bureau.approve(&id, "stand-in").await;
    bureau.deliver().await;
    assert_eq!(told(&mail)[3..], [of("decided", &["juno"])], "who voted last knows it");
}

#[tokio::test]
async fn silence_is_told_before_and_after_the_deadline() {
    let mail = channel("mail").per_recipient();
    let bureau = Bureau::new(std::slice::from_ref(&mail)).await;
    bureau.submit("p1").await;
    bureau.deliver().await;
    bureau.wait(TimeDelta::hours(22) - TimeDelta::seconds(1));
    assert_eq!(bureau.deliver().await, Delivered::default(), "too early");
    bureau.wait(TimeDelta::seconds(1));
    bureau.deliver().await;
    bureau.wait(TimeDelta::hours(2));
    bureau.juno.gate.tick().await.expect("tick");
    bureau.deliver().await;
    let expected =
        [of("approval_requested", &["lead"]), of("overdue_soon", &["lead"]), of("escalated", &["manager"])];
    assert_eq!(told(&mail), expected);
}

#[tokio::test]
async fn nobody_is_reminded_of_what_is_decided() {
    let (mail, hook) = (channel("mail").per_recipient(), channel("hook"));
    let bureau = Bureau::new(&[mail.clone(), hook.clone()]).await;
    let id = bureau.submit("p1").await;
    bureau.approve(&id, "lead").await;
    bureau.deliver().await;
    bureau.wait(TimeDelta::hours(23));
    assert_eq!(bureau.deliver().await, Delivered::default(), "it was decided before anybody was asked");
    let id = bureau.submit("p2").await;
    bureau.deliver().await;
    bureau.approve(&id, "lead").await;
    bureau.deliver().await;
    bureau.wait(TimeDelta::hours(23));
    assert_eq!(bureau.deliver().await, Delivered { dropped: 2, ..Delivered::default() });
    for channel in [mail, hook] {
        assert!(channel.delivered().iter().all(|it| it.kind != NotificationKind::OverdueSoon));
    }
}

#[tokio::test]
async fn withdrawals_refusals_and_appeals_are_told() {
    let hook = channel("hook");
    let bureau = Bureau::new(std::slice::from_ref(&hook)).await;
    let taken_back = bureau.submit("p1").await;
    bureau.deliver().await;
    bureau.juno.gate.withdraw(&taken_back, &person("juno"), "a mistake").await.expect("withdraw");
    let refused = bureau.submit("p2").await;
    let seen = bureau.juno.gate.request(&refused).await.expect("request");
    bureau.juno.gate.vote(&seen, &person("lead"), Choice::Deny, "no").await.expect("vote");
    bureau.juno.gate.appeal(&refused, &person("juno"), "look again").await.expect("appeal");
    bureau.deliver().await;
    let after = told(&hook);
    for expected in
        [of("withdrawn", &["lead"]), of("decided", &["juno"]), of("appeal_requested", &["manager"])]
    {
        assert!(after.contains(&expected), "{expected:?} in {after:?}");
    }
}

/// Whoever switches notifications on is not told of the years before, nor of a time without channels.
#[tokio::test]
async fn a_new_channel_does_not_tell_of_the_past() {
    let stores = Stores::in_memory();
    let silent = Bureau::open(settings(), stores.clone(), &[]).await;
    silent.submit("p1").await;
    let hook = channel("hook");
    let bureau = Bureau::open(settings(), stores.clone(), std::slice::from_ref(&hook)).await;
    bureau.submit("p2").await;
    assert_eq!(bureau.deliver().await.delivered, 1, "only what happened since");

    silent.submit("p3").await;
    let bureau = Bureau::open(settings(), stores, std::slice::from_ref(&hook)).await;
    bureau.wait(TimeDelta::days(6));
    assert_eq!(bureau.deliver().await.delivered, 3, "what happened meanwhile, and two reminders");
    silent.submit("p4").await;
    bureau.wait(TimeDelta::days(8));
    assert_eq!(bureau.deliver().await, Delivered::default(), "too old to be news");
}
