use std::time::SystemTime;

use juno_governance::Notification;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::{Address, Message};

/// The longest subject, in characters.
const SUBJECT: usize = 160;

/// The message of a notification: the same notification, the same bytes.
pub(crate) fn letter(
    notification: &Notification,
    from: &Mailbox,
    to: Address,
) -> Result<Message, lettre::error::Error> {
    let id = format!("<{}@{}>", notification.key, from.email.domain());
    let mut subject: String = notification.subject().chars().take(SUBJECT + 1).collect();
    if subject.chars().count() > SUBJECT {
        subject = subject.chars().take(SUBJECT - 1).chain(['…']).collect();
    }
    // So that no holiday notice answers it (RFC 3834).
    let automatic =
        HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into());
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(subject)
        .date(SystemTime::from(notification.created_at))
        .message_id(Some(id))
        .raw_header(automatic)
        .header(ContentType::TEXT_PLAIN)
        .body(notification.text().replace('\n', "\r\n"))
}
