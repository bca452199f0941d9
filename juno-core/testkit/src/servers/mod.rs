//! Servers on real sockets in this process, that do what a test tells them: answer, wait, break off, talk nonsense.

mod http;
mod smtp;

pub use http::{HttpReply, HttpRequest, HttpServer};
pub use smtp::{Mail, SmtpServer};
