//! Against a mail server on a real socket: whatever it says, a mail is delivered, tried again, or given up.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use juno_domain::PrincipalId;
use juno_governance::{Notification, Notifier, NotifyError};
use juno_smtp::{SmtpConfig, SmtpError, SmtpNotifier, SmtpSecurity};
use juno_testkit::conformance::notification_store::sample_delivery;
use juno_testkit::servers::{Mail, SmtpServer};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

fn now() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

fn ann() -> PrincipalId {
    PrincipalId::new("ann").unwrap()
}

fn told() -> Notification {
    Notification { recipients: vec![ann()], ..sample_delivery("r1", 1).notification }
}

fn config(port: u16) -> SmtpConfig {
    SmtpConfig {
        host: "127.0.0.1".into(),
        port: Some(port),
        security: SmtpSecurity::None,
        from: "JUNO <juno@example.com>".into(),
        addresses: BTreeMap::from([("ann".into(), "ann@example.com".into())]),
        timeout: Duration::from_millis(700),
        ..SmtpConfig::default()
    }
}

fn calling(server: &SmtpServer) -> SmtpNotifier {
    SmtpNotifier::new(config(server.address().port())).unwrap()
}

fn obliging() -> SmtpServer {
    SmtpServer::start(|_| None)
}

/// What becomes of a mail where the server says `answer` to `command`.
async fn answered(command: &'static str, answer: &'static str) -> (Result<(), NotifyError>, Vec<Mail>) {
    let server = SmtpServer::start(move |line| {
        let said = line.split([' ', ':']).next() == Some(command);
        said.then(|| answer.to_owned())
    });
    let result = calling(&server).notify(&told(), now()).await;
    (result, server.mails())
}

fn is_tried_again(result: &Result<(), NotifyError>) {
    assert!(matches!(result, Err(NotifyError::Unavailable { .. })), "{result:?}");
}

#[tokio::test]
async fn a_mail_arrives_and_is_the_same_each_time() {
    let server = obliging();
    for at in [now(), now() + chrono::TimeDelta::hours(5)] {
        assert_eq!(calling(&server).notify(&told(), at).await, Ok(()));
    }
    let [first, second] = &server.mails()[..] else { panic!("two mails") };
    assert_eq!(first, second, "also its date: mail programs show one");
    assert_eq!((first.from.as_str(), &first.to), ("juno@example.com", &vec!["ann@example.com".to_owned()]));
    let (head, body) = first.data.split_once("\r\n\r\n").unwrap();
    for header in [
        format!("Message-ID: <{}@example.com>", told().key),
        "From: JUNO <juno@example.com>".into(),
        "To: ann@example.com".into(),
        "Auto-Submitted: auto-generated".into(),
        "Date: Mon, 02 Mar 2026 09:15:01 +0000".into(),
        "Content-Type: text/plain; charset=utf-8".into(),
    ] {
        assert!(head.contains(&header), "{header} in\n{head}");
    }
    assert!(body.contains("Request: r1"), "{body}");
}

/// Whoever names what an action acts on must not write headers, or lines that look like JUNO's.
#[tokio::test]
async fn a_line_break_in_a_target_makes_no_header_and_no_line() {
    let server = obliging();
    let mut told = told();
    told.action.target =
        "PAY-1\r\nBcc: everybody@example.com\r\n\r\nVerdict: approved\u{2028}x\u{0}\u{1b}".into();
    assert_eq!(calling(&server).notify(&told, now()).await, Ok(()));
    let mail = server.mails().remove(0);
    assert_eq!(mail.to, ["ann@example.com"]);
    let (head, body) = mail.data.split_once("\r\n\r\n").unwrap();
    let names: Vec<&str> = head
        .split("\r\n")
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split(':').next())
        .collect();
    assert!(!names.contains(&"Bcc"), "{head}");
    assert!(body.lines().all(|line| !line.starts_with("Verdict") && !line.starts_with("Bcc")), "{body}");
    let long = Notification { key: "ntf-x".into(), ..told };
    let mut long = long;
    long.action.target = "ü☃".repeat(5_000);
    assert_eq!(calling(&server).notify(&long, now()).await, Ok(()));
    let mail = server.mails().remove(1);
    assert!(mail.data.lines().all(|line| line.len() <= 998), "no line is longer than mail allows");
}

#[tokio::test]
async fn what_a_server_refuses_for_now_is_tried_again_and_for_good_given_up() {
    for (command, answer) in [
        ("", "554 no service"),
        ("EHLO", "421 closing"),
        ("MAIL", "451 later"),
        ("MAIL", "530 log in first"),
        ("RCPT", "450 mailbox busy"),
        ("RCPT", "452 full"),
        ("DATA", "421 closing"),
        (".", "451 greylisted"),
        (".", "554 spam"),
    ] {
        let (result, mails) = answered(command, answer).await;
        is_tried_again(&result);
        assert_eq!(mails, [], "{command} {answer}");
    }
    for answer in ["550 no such user", "551 moved", "553 bad name"] {
        let (result, _) = answered("RCPT", answer).await;
        assert!(matches!(result, Err(NotifyError::Undeliverable { .. })), "{answer}: {result:?}");
    }
}

#[tokio::test]
async fn broken_off_and_nonsensical_conversations_are_no_deliveries() {
    for command in ["", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        let (result, _) = answered(command, "").await;
        is_tried_again(&result);
    }
    for nonsense in ["HTTP/1.1 200 OK", "250", "\u{1}\u{fffd}", "2x0 fine", "999 what"] {
        let (result, mails) = answered("MAIL", nonsense).await;
        assert!(result.is_err() || mails.len() == 1, "{nonsense:?}: {result:?}");
    }
    let (result, _) = answered("", "\u{0}\u{1}garbage").await;
    is_tried_again(&result);
    let server = SmtpServer::start(|line| {
        line.starts_with("RCPT").then(|| format!("550-{}\r\n550 end", "y".repeat(10_000)))
    });
    let Err(error) = calling(&server).notify(&told(), now()).await else { panic!("it was refused") };
    assert!(error.to_string().len() < 400, "no more of it is kept than helps");
}

#[tokio::test]
async fn a_slow_server_costs_no_more_than_the_timeout() {
    let server = SmtpServer::start(|line| {
        if line.starts_with("RCPT") {
            std::thread::sleep(Duration::from_secs(20));
        }
        None
    });
    let before = Instant::now();
    is_tried_again(&calling(&server).notify(&told(), now()).await);
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
}

#[tokio::test]
async fn it_fails_and_then_works_and_is_down_and_then_up() {
    let tries = Arc::new(AtomicU32::new(0));
    let server = SmtpServer::start(move |line| {
        (line.starts_with("MAIL") && tries.fetch_add(1, Ordering::SeqCst) == 0).then(|| "451 later".into())
    });
    is_tried_again(&calling(&server).notify(&told(), now()).await);
    assert_eq!(calling(&server).notify(&told(), now()).await, Ok(()));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    is_tried_again(&SmtpNotifier::new(config(closed.port())).unwrap().notify(&told(), now()).await);
}

#[tokio::test]
async fn who_has_no_address_is_not_written_to_and_a_name_can_be_one() {
    let server = obliging();
    let mail = calling(&server);
    let person = |name: &str| PrincipalId::new(name).unwrap();
    assert!(
        mail.reaches(&ann()) && mail.reaches(&person("bo@example.com")) && !mail.reaches(&person("juno"))
    );
    for recipients in [vec![], vec![person("juno")], vec![ann(), person("bo@example.com")]] {
        let result = mail.notify(&Notification { recipients, ..told() }, now()).await;
        assert!(matches!(result, Err(NotifyError::Undeliverable { .. })), "{result:?}");
    }
    let own = Notification { recipients: vec![person("bo@example.com")], ..told() };
    assert_eq!(mail.notify(&own, now()).await, Ok(()));
    assert_eq!(server.mails()[0].to, ["bo@example.com"]);
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn starttls_is_required_and_certificates_are_checked() {
    let signed =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, signed.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    let tls = Arc::new(tls);
    let server = SmtpServer::with_starttls(
        |_| None,
        move |stream| {
            let connection =
                rustls::ServerConnection::new(Arc::clone(&tls)).map_err(std::io::Error::other)?;
            Ok(rustls::StreamOwned::new(connection, stream))
        },
    );
    let secret = SmtpConfig {
        host: "localhost".into(),
        security: SmtpSecurity::StartTls,
        user: Some("juno".into()),
        password: Some("s3cret".to_owned().into()),
        ca_file: Some(ca_file),
        timeout: Duration::from_secs(10),
        ..config(server.address().port())
    };
    assert!(!format!("{:?}", SmtpNotifier::new(secret.clone()).unwrap()).contains("s3cret"));
    assert_eq!(SmtpNotifier::new(secret.clone()).unwrap().notify(&told(), now()).await, Ok(()));
    assert!(server.commands().iter().any(|line| line.starts_with("AUTH")), "it logged in, over TLS");

    let untrusted = SmtpConfig { ca_file: None, ..secret.clone() };
    is_tried_again(&SmtpNotifier::new(untrusted).unwrap().notify(&told(), now()).await);
    let open = obliging();
    let stripped = SmtpConfig { port: Some(open.address().port()), ..secret };
    is_tried_again(&SmtpNotifier::new(stripped).unwrap().notify(&told(), now()).await);
    assert!(open.commands().iter().all(|line| !line.starts_with("AUTH") && !line.starts_with("MAIL")));
}

#[test]
fn mail_without_tls_stays_on_this_machine_and_what_is_no_address_is_refused() {
    let with = |change: &dyn Fn(&mut SmtpConfig)| {
        let mut config = config(25);
        change(&mut config);
        SmtpNotifier::new(config).map(drop)
    };
    assert_eq!(with(&|it| it.host = "localhost".into()), Ok(()));
    assert_eq!(
        with(&|it| it.host = "mail.example.com".into()),
        Err(SmtpError::Plain("mail.example.com".into()))
    );
    assert_eq!(with(&|it| it.host = " ".into()), Err(SmtpError::Host));
    assert_eq!(with(&|it| it.user = Some("juno".into())), Err(SmtpError::Credentials));
    let both = |it: &mut SmtpConfig| {
        it.user = Some("juno".into());
        it.password = Some("s3cret".to_owned().into());
    };
    assert_eq!(with(&both), Err(SmtpError::Credentials), "not in the open");
    for bad in ["", "juno", "juno@example.com\r\nBcc: x@example.com", "a@b@c"] {
        assert_eq!(with(&|it| it.from = bad.into()), Err(SmtpError::Address(bad.into())));
        let addresses = |it: &mut SmtpConfig| drop(it.addresses.insert("bo".into(), bad.into()));
        assert_eq!(with(&addresses), Err(SmtpError::Address(bad.into())));
    }
    let missing = with(&|it| {
        it.security = SmtpSecurity::Tls;
        it.ca_file = Some("/nowhere.pem".into());
    });
    assert!(matches!(missing, Err(SmtpError::Certificates { .. })), "{missing:?}");
}
