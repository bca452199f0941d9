use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a request is answered with.
#[derive(Debug, Clone)]
pub enum HttpReply {
    /// These bytes, whatever they are; then the connection is closed.
    Bytes(Vec<u8>),
    /// Nothing for this long, then these bytes.
    Late(Duration, Vec<u8>),
    /// The connection is broken off before the request was read to its end.
    Reset,
}

impl HttpReply {
    /// A status without a body, with these headers.
    #[must_use]
    pub fn status(code: u16, headers: &[(&str, &str)]) -> Self {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head =
            format!("HTTP/1.1 {code} Whatever\r\ncontent-length: 0\r\nconnection: close\r\n{lines}\r\n");
        Self::Bytes(head.into_bytes())
    }
}

/// A request as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// `POST /path HTTP/1.1`.
    pub line: String,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

/// An HTTP server that answers one request after the other with what it was given, and then with 200.
pub struct HttpServer {
    address: SocketAddr,
    replies: Arc<Mutex<VecDeque<HttpReply>>>,
    requests: Arc<Mutex<Vec<HttpRequest>>>,
}

impl HttpServer {
    /// Listens on a free port of the loopback interface.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without a server fails")]
    pub fn start(replies: impl IntoIterator<Item = HttpReply>) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").expect("a port"), replies)
    }

    /// Serves on a listener that is there already.
    ///
    /// # Panics
    /// If it has no address.
    #[must_use]
    pub fn on(listener: TcpListener, replies: impl IntoIterator<Item = HttpReply>) -> Self {
        Self::secured(listener, replies, Ok)
    }

    /// Serves behind what makes a connection secret.
    ///
    /// # Panics
    /// If the listener has no address.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without a server fails")]
    pub fn secured<S: Read + Write + 'static>(
        listener: TcpListener,
        replies: impl IntoIterator<Item = HttpReply>,
        secure: impl Fn(TcpStream) -> std::io::Result<S> + Send + Sync + 'static,
    ) -> Self {
        let secure = Arc::new(secure);
        let server = Self {
            address: listener.local_addr().expect("an address"),
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            requests: Arc::default(),
        };
        let (replies, requests) = (Arc::clone(&server.replies), Arc::clone(&server.requests));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let next = replies.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let reply = next.unwrap_or_else(|| HttpReply::status(200, &[]));
                let (requests, secure) = (Arc::clone(&requests), Arc::clone(&secure));
                std::thread::spawn(move || secure(stream).and_then(|stream| serve(stream, reply, &requests)));
            }
        });
        server
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far that were read to their end.
    #[must_use]
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads one request and answers it.
fn serve<S: Read + Write>(
    mut stream: S,
    reply: HttpReply,
    requests: &Mutex<Vec<HttpRequest>>,
) -> std::io::Result<()> {
    if matches!(reply, HttpReply::Reset) {
        // Closed with bytes unread: the other side sees a reset.
        return stream.read_exact(&mut [0; 1]);
    }
    let mut bytes = Vec::new();
    let request = loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer)?;
        bytes.extend_from_slice(buffer.get(..read).unwrap_or_default());
        match parse(&String::from_utf8_lossy(&bytes)) {
            Some(request) => break request,
            None if read == 0 => return Ok(()),
            None => {}
        }
    };
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    let answer = match reply {
        HttpReply::Bytes(answer) => answer,
        HttpReply::Late(pause, answer) => {
            std::thread::sleep(pause);
            answer
        }
        HttpReply::Reset => return Ok(()),
    };
    stream.write_all(&answer)?;
    stream.flush()
}

/// The request, once all of it is there.
fn parse(text: &str) -> Option<HttpRequest> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    (body.len() >= length).then(|| HttpRequest { line, headers, body: body.to_owned() })
}
