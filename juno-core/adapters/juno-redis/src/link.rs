use std::fmt;
use std::time::Instant;

use redis::aio::MultiplexedConnection;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo, Pipeline, Script, Value,
};
use tokio::sync::Mutex;

use crate::config::RedisConfig;
use crate::error::RedisStoreError;
use crate::reactor::Reactor;

/// The connection of one store: to a server, or to a cluster. It is made at the first use, and again after a loss.
pub(crate) struct Link {
    reactor: Reactor,
    client: Target,
    config: RedisConfig,
    state: Mutex<State>,
    process: u32,
}

enum Target {
    Single(Box<Client>),
    Cluster(Box<ClusterClient>),
}

#[derive(Clone)]
enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

#[derive(Default)]
struct State {
    open: Option<Connection>,
    /// When it failed last, and how.
    failed: Option<(Instant, RedisStoreError)>,
}

/// What to ask for.
pub(crate) enum Ask<'a> {
    Command(&'a Cmd),
    /// Several, as one transaction; all of their keys in one part.
    Together(&'a Pipeline),
    Script {
        script: &'a Script,
        keys: &'a [String],
        args: &'a [Vec<u8>],
    },
}

impl Link {
    /// `url` is one address, or several of a cluster with commas between them.
    pub(crate) fn new(url: &str, config: &RedisConfig) -> Result<Self, RedisStoreError> {
        let nodes: Vec<&str> = url.split(',').map(str::trim).filter(|node| !node.is_empty()).collect();
        if nodes.iter().any(|node| node.starts_with("rediss://")) {
            // Whoever embeds this may have chosen another one before.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let infos = nodes
            .iter()
            .map(|node| (*node).into_connection_info())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| RedisStoreError::Address)?;
        let client = match (infos.as_slice(), config.cluster) {
            ([], _) => return Err(RedisStoreError::Address),
            ([one], false) => {
                Target::Single(Box::new(Client::open(one.clone()).map_err(|_| RedisStoreError::Address)?))
            }
            (nodes, _) => Target::Cluster(Box::new(
                ClusterClientBuilder::new(nodes.to_vec())
                    .connection_timeout(config.connect_timeout)
                    .response_timeout(config.response_timeout)
                    .retries(2)
                    .max_retry_wait(200)
                    .build()
                    .map_err(|_| RedisStoreError::Address)?,
            )),
        };
        let state = Mutex::default();
        Ok(Self {
            reactor: Reactor::start()?,
            client,
            config: config.clone(),
            state,
            process: std::process::id(),
        })
    }

    pub(crate) const fn is_cluster(&self) -> bool {
        matches!(self.client, Target::Cluster(_))
    }

    /// Asks, and reads the answer. A lost connection fails what is asked over it, is dropped, and made anew for what is
    /// asked next; only where that fails too, calls are refused for a while without another try.
    pub(crate) async fn ask<T: FromRedisValue>(&self, ask: Ask<'_>) -> Result<T, RedisStoreError> {
        if self.process != std::process::id() {
            return Err(RedisStoreError::Forked { opened_by: self.process });
        }
        self.reactor
            .run(async {
                let connection = self.connection().await?;
                let answer = connection.ask(ask).await;
                if answer.as_ref().is_err_and(RedisStoreError::is_loss) {
                    self.state.lock().await.open = None;
                }
                answer
            })
            .await
    }

    /// Asks every server, and gives all they say as one text.
    pub(crate) async fn ask_everywhere(&self, command: &Cmd) -> Result<String, RedisStoreError> {
        let connection = self.reactor.run(self.connection()).await?;
        let Connection::Cluster(mut open) = connection else {
            return Ok(text(&self.ask(Ask::Command(command)).await?));
        };
        let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        let said = self.reactor.run(open.route_command(command.clone(), masters)).await?;
        Ok(text(&said))
    }

    async fn connection(&self) -> Result<Connection, RedisStoreError> {
        let mut state = self.state.lock().await;
        if let Some(open) = &state.open {
            return Ok(open.clone());
        }
        if let Some((at, error)) = &state.failed
            && at.elapsed() < self.config.retry_after
        {
            return Err(error.clone());
        }
        match self.connect().await {
            Ok(open) => {
                *state = State { open: Some(open.clone()), failed: None };
                Ok(open)
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<Connection, RedisStoreError> {
        let RedisConfig { connect_timeout, response_timeout, .. } = self.config;
        Ok(match &self.client {
            Target::Single(client) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(connect_timeout))
                    .set_response_timeout(Some(response_timeout));
                Connection::Single(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            Target::Cluster(client) => Connection::Cluster(client.get_async_connection().await?),
        })
    }

    /// Lets a while pass.
    pub(crate) async fn pause(&self, length: std::time::Duration) {
        self.reactor.run(async { tokio::time::sleep(length).await }).await;
    }
}

impl Connection {
    async fn ask<T: FromRedisValue>(self, ask: Ask<'_>) -> Result<T, RedisStoreError> {
        Ok(match self {
            Self::Single(mut open) => run(ask, &mut open).await?,
            Self::Cluster(mut open) => run(ask, &mut open).await?,
        })
    }
}

async fn run<T, C>(ask: Ask<'_>, open: &mut C) -> Result<T, redis::RedisError>
where
    T: FromRedisValue,
    C: redis::aio::ConnectionLike + Clone + Send + Sync,
{
    match ask {
        Ask::Command(command) => command.query_async(open).await,
        Ask::Together(pipeline) => pipeline.query_async(open).await,
        Ask::Script { script, keys, args } => {
            let mut call = script.prepare_invoke();
            for key in keys {
                call.key(key);
            }
            for arg in args {
                call.arg(arg.as_slice());
            }
            call.invoke_async(open).await
        }
    }
}

/// All text in an answer.
fn text(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(text).collect::<Vec<_>>().join("\n");
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::SimpleString(text) => text.clone(),
        Value::VerbatimString { text, .. } => text.clone(),
        Value::Array(values) | Value::Set(values) => all(values),
        Value::Map(pairs) => all(&pairs.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>()),
        _ => String::new(),
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // Its thread and its connections are the parent's.
            std::mem::forget(std::mem::take(self.state.get_mut()));
            self.reactor.abandon();
        }
    }
}

/// Neither address nor password.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("cluster", &self.is_cluster()).finish_non_exhaustive()
    }
}
