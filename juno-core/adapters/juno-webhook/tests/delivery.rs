//! Against a server on a real socket: whatever it does, a notification is delivered, tried again, or given up.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use juno_governance::{Notification, Notifier, NotifyError};
use juno_testkit::conformance::notification_store::sample_delivery;
use juno_testkit::servers::{HttpReply, HttpServer};
use juno_webhook::{SignedHeaders, WebhookConfig, WebhookError, WebhookNotifier, WebhookSecret};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn now() -> DateTime<Utc> {
    "1994-11-06T08:00:00Z".parse().unwrap()
}

fn told() -> Notification {
    sample_delivery("r1", 1).notification
}

fn secret() -> WebhookSecret {
    WebhookSecret::parse(SECRET).unwrap()
}

fn webhook(address: &str) -> Result<WebhookNotifier, WebhookError> {
    let config = WebhookConfig { timeout: Duration::from_millis(500), ..WebhookConfig::default() };
    WebhookNotifier::new(address, secret(), config)
}

fn calling(server: &HttpServer) -> WebhookNotifier {
    webhook(&format!("http://{}/hook?token=t0ps3cret", server.address())).unwrap()
}

async fn answered(reply: HttpReply) -> Result<(), NotifyError> {
    calling(&HttpServer::start([reply])).notify(&told(), now()).await
}

fn is_tried_again(result: Result<(), NotifyError>) -> (String, Option<DateTime<Utc>>) {
    let Err(NotifyError::Unavailable { what, not_before }) = result else { panic!("{result:?}") };
    assert!(!what.contains("t0ps3cret") && !what.contains("MfKQ"), "{what}");
    (what, not_before)
}

#[tokio::test]
async fn a_notification_arrives_signed_under_its_key() {
    let server = HttpServer::start([]);
    for seconds in [0, 60] {
        let at = now() + TimeDelta::seconds(seconds);
        assert_eq!(calling(&server).notify(&told(), at).await, Ok(()));
    }
    let [first, second] = &server.requests()[..] else { panic!("two requests") };
    assert_eq!(first.line, "POST /hook?token=t0ps3cret HTTP/1.1");
    assert_eq!(first.headers["content-type"], "application/json");
    assert_eq!(first.headers["webhook-id"], told().key, "the id is the key");
    assert_eq!(second.headers["webhook-id"], told().key, "each time");
    assert_eq!(first.body, second.body);
    assert_ne!(first.headers["webhook-signature"], second.headers["webhook-signature"]);
    let body: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!(body["type"], "juno.approval_requested");
    let data: Notification = serde_json::from_value(body["data"].clone()).unwrap();
    assert_eq!(data, told());
    for (request, seconds) in [(first, 0), (second, 60)] {
        let headers = SignedHeaders {
            id: &request.headers["webhook-id"],
            timestamp: &request.headers["webhook-timestamp"],
            signature: &request.headers["webhook-signature"],
        };
        let at = now() + TimeDelta::seconds(seconds);
        let verify = |secret: WebhookSecret, body: &str| {
            secret.verify(headers, body.as_bytes(), at, Duration::from_secs(5))
        };
        assert_eq!(verify(secret(), &request.body), Ok(()));
        assert_eq!(verify(secret(), &request.body.replace("r1", "r2")), Err(WebhookError::Signature));
        let other = WebhookSecret::parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
        assert_eq!(verify(other, &request.body), Err(WebhookError::Signature), "a wrong secret");
    }
}

#[tokio::test]
async fn every_2xx_is_delivered_410_gives_up_and_the_rest_is_tried_again() {
    for code in [200, 201, 202, 204] {
        assert_eq!(answered(HttpReply::status(code, &[])).await, Ok(()), "{code}");
    }
    for code in [400, 401, 403, 404, 408, 413, 422, 500, 502, 504] {
        let (what, wish) = is_tried_again(answered(HttpReply::status(code, &[("retry-after", "5")])).await);
        assert!(what.contains(&code.to_string()), "{what}");
        assert_eq!(wish, None, "only 429 and 503 may ask for a pause");
    }
    let gone = answered(HttpReply::status(410, &[])).await;
    assert!(matches!(gone, Err(NotifyError::Undeliverable { .. })), "{gone:?}");
    let server = HttpServer::start([HttpReply::status(500, &[])]);
    is_tried_again(calling(&server).notify(&told(), now()).await);
    assert_eq!(calling(&server).notify(&told(), now()).await, Ok(()), "500, then well");
}

#[tokio::test]
async fn retry_after_is_honoured_as_seconds_and_as_a_date() {
    for code in [429, 503] {
        for (header, wish) in [
            ("120", Some("1994-11-06T08:02:00Z")),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some("1994-11-06T08:49:37Z")),
            ("tomorrow", None),
        ] {
            let reply = HttpReply::status(code, &[("Retry-After", header)]);
            let (_, not_before) = is_tried_again(answered(reply).await);
            assert_eq!(not_before, wish.map(|wish| wish.parse().unwrap()), "{code} {header}");
        }
    }
}

/// A redirect could carry the signed body to anybody.
#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = HttpServer::start([]);
    let to = format!("http://{}/", elsewhere.address());
    for code in [301, 302, 303, 307, 308] {
        is_tried_again(answered(HttpReply::status(code, &[("location", &to)])).await);
    }
    assert_eq!(elsewhere.requests(), []);
}

#[tokio::test]
async fn a_slow_server_costs_no_more_than_the_timeout() {
    let late = Duration::from_secs(20);
    for reply in [
        HttpReply::Late(late, b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
        HttpReply::Late(Duration::from_millis(1), b"HTTP/1.1 200 OK".to_vec()),
    ] {
        let before = Instant::now();
        is_tried_again(answered(reply).await);
        assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
    }
}

#[tokio::test]
async fn broken_and_nonsensical_answers_are_no_deliveries() {
    is_tried_again(answered(HttpReply::Reset).await);
    for nonsense in [
        &b""[..],
        b"\r\n\r\n",
        b"220 testkit ESMTP\r\n",
        b"HTTP/9.9 two hundred\r\n\r\n",
        b"\x00\xff\xfe\x01 garbage \x80",
        b"HTTP/1.1 200",
    ] {
        is_tried_again(answered(HttpReply::Bytes(nonsense.to_vec())).await);
    }
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(200_000));
    is_tried_again(answered(HttpReply::Bytes(endless.into_bytes())).await);
}

#[tokio::test]
async fn long_headers_and_bodies_that_break_off_do_not_make_a_delivery_fail() {
    let long = "y".repeat(10_000);
    assert_eq!(answered(HttpReply::status(200, &[("x-long", &long)])).await, Ok(()));
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nhalf".to_vec();
    assert_eq!(answered(HttpReply::Bytes(cut)).await, Ok(()), "the status says that it was taken");
}

#[tokio::test]
async fn a_server_that_is_down_and_comes_up_again_gets_it_then() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let webhook = webhook(&format!("http://{address}/")).unwrap();
    is_tried_again(webhook.notify(&told(), now()).await);
    let server = HttpServer::on(TcpListener::bind(address).unwrap(), []);
    assert_eq!(webhook.notify(&told(), now()).await, Ok(()));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn it_can_be_awaited_without_any_runtime() {
    let server = HttpServer::start([]);
    let (webhook, told) = (calling(&server), told());
    let attempt = std::thread::spawn(move || {
        let waker = std::task::Waker::noop();
        let mut context = std::task::Context::from_waker(waker);
        let mut future = webhook.notify(&told, now());
        loop {
            if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
                return done;
            }
            std::thread::yield_now();
        }
    });
    assert_eq!(attempt.join().unwrap(), Ok(()));
}

#[test]
fn plain_http_reaches_this_machine_only_and_no_address_is_shown() {
    for good in ["https://example.com/x", "http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:80/"]
    {
        assert!(webhook(good).is_ok(), "{good}");
    }
    for bad in [
        "http://example.com/s3cret",
        "http://127.0.0.1.example.com/s3cret",
        "http://localhost.example.com/s3cret",
        "http://localhost@example.com/s3cret",
        "https://user:s3cret@example.com/",
        "ftp://localhost/s3cret",
        "/s3cret",
        "s3cret",
        "",
        "https:///s3cret",
    ] {
        let error = webhook(bad).map(drop).expect_err(bad);
        assert!(matches!(error, WebhookError::Address(_)), "{bad}: {error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
    let config = WebhookConfig { allow_plain_http: true, ..WebhookConfig::default() };
    assert!(WebhookNotifier::new("http://intranet/x", secret(), config).is_ok());
    let shown = format!("{:?}", webhook("https://example.com/s3cret?token=s3cret").unwrap());
    assert!(shown.contains("example.com") && !shown.contains("s3cret") && !shown.contains("MfKQ"), "{shown}");
    let nowhere = WebhookConfig { ca_file: Some("/nowhere.pem".into()), ..WebhookConfig::default() };
    let error = WebhookNotifier::new("https://example.com", secret(), nowhere).map(drop).unwrap_err();
    assert!(matches!(error, WebhookError::Certificates { .. }), "{error}");
}

#[tokio::test]
async fn certificates_are_checked() {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, signed.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()));
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    let tls = Arc::new(tls);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = HttpServer::secured(listener, [], move |stream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&tls)).map_err(std::io::Error::other)?;
        Ok(rustls::StreamOwned::new(connection, stream))
    });
    let address = format!("https://localhost:{}/", server.address().port());
    let trusting = WebhookConfig { ca_file: Some(ca_file), ..WebhookConfig::default() };
    let webhook = WebhookNotifier::new(&address, secret(), trusting.clone()).unwrap();
    assert_eq!(webhook.notify(&told(), now()).await, Ok(()));
    let doubtful = WebhookNotifier::new(&address, secret(), WebhookConfig::default()).unwrap();
    let (what, _) = is_tried_again(doubtful.notify(&told(), now()).await);
    assert!(what.contains("certificate"), "{what}");
    let other_name = address.replace("localhost", "127.0.0.1");
    is_tried_again(
        WebhookNotifier::new(&other_name, secret(), trusting).unwrap().notify(&told(), now()).await,
    );
    assert_eq!(server.requests().len(), 1);
}
