//! A Redis of the test's own, to stop and start.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use juno_redis::{RedisConfig, RedisStore};
use tempfile::TempDir;

/// A server that writes every change to its log before it answers, so that nothing acknowledged is lost by a kill.
pub(crate) struct OwnRedis {
    program: String,
    folder: TempDir,
    port: u16,
    running: Option<Child>,
}

impl OwnRedis {
    /// Nothing where the program is not there.
    pub(crate) fn new() -> Option<Self> {
        let program = juno_testkit::services::redis_server()?;
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        Some(Self { program, folder: tempfile::tempdir().expect("a folder"), port, running: None })
    }

    pub(crate) async fn start(&mut self) {
        let running = Command::new(&self.program)
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--requirepass", "hunter2"])
            .args(["--dir", &self.folder.path().display().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.running = Some(running.expect("a server"));
        let probe = self.open();
        for _ in 0..1_000 {
            if probe.ping().await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        probe.ping().await.expect("Redis answers");
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill().expect("killed");
            running.wait().expect("gone");
        }
    }

    /// Holds the process, which stays connected and does not answer, or lets it go on.
    pub(crate) fn hold(&self, held: bool) {
        let process = self.running.as_ref().expect("a server").id().to_string();
        let signal = if held { "-STOP" } else { "-CONT" };
        assert!(Command::new("kill").args([signal, &process]).status().expect("kill").success());
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:hunter2@127.0.0.1:{}/0", self.port)
    }

    /// A connection of its own, as another process has one. Impatient, as nothing else uses the server.
    pub(crate) fn open(&self) -> RedisStore {
        let config = RedisConfig {
            connect_timeout: Duration::from_millis(500),
            response_timeout: Duration::from_millis(500),
            retry_after: Duration::from_millis(20),
            ..RedisConfig::default()
        };
        RedisStore::open(&self.url(), config).expect("open")
    }

    /// Everything the server has on its disk.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut open = vec![self.folder.path().to_path_buf()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(
                    std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("a file").path()),
                );
            } else {
                bytes.extend(std::fs::read(path).expect("a file"));
            }
        }
        bytes
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        self.kill();
    }
}
