use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// A message as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// From the envelope.
    pub from: String,
    /// From the envelope.
    pub to: Vec<String>,
    /// Headers and body, lines ended by CRLF, dots unstuffed.
    pub data: String,
}

/// What is said instead of the usual answer: to a command, to the end of the data (`.`) or as greeting (empty text).
/// An empty answer breaks the connection off.
type Script = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Makes a connection secret, once the other side asked for that.
type Secure = dyn Fn(TcpStream) -> std::io::Result<Box<dyn Stream>> + Send + Sync;

/// Both directions of a connection.
trait Stream: Read + Write + Send {}
impl<S: Read + Write + Send> Stream for S {}

/// A mail server that takes everything, unless its script says otherwise.
pub struct SmtpServer {
    address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
    commands: Arc<Mutex<Vec<String>>>,
}

impl SmtpServer {
    /// Listens on a free port of the loopback interface.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn start(script: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self::with(script, None)
    }

    /// The same with STARTTLS, by what makes a connection secret.
    ///
    /// # Panics
    /// If there is no port.
    #[must_use]
    pub fn with_starttls<S: Read + Write + Send + 'static>(
        script: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        secure: impl Fn(TcpStream) -> std::io::Result<S> + Send + Sync + 'static,
    ) -> Self {
        let secure = move |stream| Ok(Box::new(secure(stream)?) as Box<dyn Stream>);
        Self::with(script, Some(Arc::new(secure)))
    }

    #[expect(clippy::expect_used, reason = "a test without a server fails")]
    fn with(
        script: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        secure: Option<Arc<Secure>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (mails, commands) = (Arc::default(), Arc::default());
        let server = Self { address: listener.local_addr().expect("an address"), mails, commands };
        let (mails, commands) = (Arc::clone(&server.mails), Arc::clone(&server.commands));
        let script: Arc<Script> = Arc::new(script);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (script, secure) = (Arc::clone(&script), secure.clone());
                let (mails, commands) = (Arc::clone(&mails), Arc::clone(&commands));
                let session = Session { script, mails, commands };
                std::thread::spawn(move || drop(session.run(stream, secure.as_deref())));
            }
        });
        server
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The messages it took.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The commands it heard.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Session {
    script: Arc<Script>,
    mails: Arc<Mutex<Vec<Mail>>>,
    commands: Arc<Mutex<Vec<String>>>,
}

impl Session {
    fn run(&self, plain: TcpStream, secure: Option<&Secure>) -> std::io::Result<()> {
        let mut stream: Box<dyn Stream> = Box::new(plain.try_clone()?);
        if !self.say(&mut *stream, "", "220 testkit ESMTP")? {
            return Ok(());
        }
        if let Some(secure) = secure {
            loop {
                let line = self.hear(&mut *stream)?;
                let usual = match word(&line).as_str() {
                    "EHLO" => "250-testkit\r\n250 STARTTLS",
                    "STARTTLS" => "220 go on",
                    _ => "530 STARTTLS first",
                };
                if line.is_empty() || !self.say(&mut *stream, &line, usual)? {
                    return Ok(());
                }
                if word(&line) == "STARTTLS" {
                    break;
                }
            }
            stream = secure(plain)?;
        }
        self.talk(&mut *stream)
    }

    fn talk(&self, stream: &mut dyn Stream) -> std::io::Result<()> {
        let mut mail = Mail::default();
        loop {
            let line = self.hear(stream)?;
            let usual = match word(&line).as_str() {
                "EHLO" => "250-testkit\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                "AUTH" => "235 welcome",
                "" => return Ok(()),
                _ => "250 fine",
            };
            let goes_on = self.say(stream, &line, usual)?;
            let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            match word(&line).as_str() {
                "MAIL" => mail.from = address(),
                "RCPT" => mail.to.push(address()),
                "DATA" if goes_on => {
                    mail.data = data(stream)?;
                    if (self.script)(".").is_none() {
                        let taken = std::mem::take(&mut mail);
                        self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
                    }
                    if !self.say(stream, ".", "250 taken")? {
                        return Ok(());
                    }
                }
                _ => {}
            }
            if !goes_on || word(&line) == "QUIT" {
                return Ok(());
            }
        }
    }

    fn hear(&self, stream: &mut dyn Stream) -> std::io::Result<String> {
        let line = line(stream)?;
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
        Ok(line)
    }

    /// Answers as the script says, or as usual; false if it broke off instead.
    fn say(&self, stream: &mut dyn Stream, to: &str, usual: &str) -> std::io::Result<bool> {
        let answer = (self.script)(to).unwrap_or_else(|| usual.to_owned());
        if answer.is_empty() {
            return Ok(false);
        }
        stream.write_all(answer.as_bytes())?;
        stream.write_all(b"\r\n")?;
        stream.flush()?;
        Ok(true)
    }
}

fn word(line: &str) -> String {
    line.split([' ', ':']).next().unwrap_or_default().to_uppercase()
}

fn line(stream: &mut dyn Stream) -> std::io::Result<String> {
    // Byte by byte: nothing behind the line may be taken, it can be the beginning of TLS.
    let mut line = Vec::new();
    BufReader::with_capacity(1, stream).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn data(stream: &mut dyn Stream) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut bytes = Vec::new();
        BufReader::with_capacity(1, &mut *stream).read_until(b'\n', &mut bytes)?;
        let line = String::from_utf8_lossy(&bytes).into_owned();
        if line == ".\r\n" || line.is_empty() {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
