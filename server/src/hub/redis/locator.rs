//! Finding the Redis server that has the log: the one that is named, the master that Sentinels name, or the
//! master of the keys' slot in a cluster.

use std::sync::Arc;

use parking_lot::Mutex;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
};

use super::{LogError, PATIENCE};

/// The scheme of Sentinels, and with TLS, each with the scheme of a server.
const SENTINELS: [(&str, &str); 2] = [
    ("redis-sentinel://", "redis://"),
    ("rediss-sentinel://", "rediss://"),
];

/// The way to the server, which may change while the hub runs.
#[derive(Clone)]
pub(super) struct Locator {
    /// The servers or Sentinels to ask, the one that answered last first.
    asked: Arc<Mutex<Vec<ConnectionInfo>>>,
    /// The name of the master, where Sentinels are asked.
    service: Option<Arc<str>>,
    /// The settings of connections to the server, with any address.
    settings: ConnectionInfo,
    /// A key of the log, which decides on the slot.
    key: Arc<str>,
}

/// The connection for commands, which all tasks of a node share.
#[derive(Clone)]
pub(super) struct Commands(Arc<Mutex<(ConnectionAddr, ConnectionManager)>>);

impl Commands {
    pub(super) async fn connect(client: &Client) -> Result<Self, LogError> {
        let connecting = client.get_connection_manager_with_config(Self::config());
        let addr = client.get_connection_info().addr().clone();
        Ok(Self(Arc::new(Mutex::new((addr, connecting.await?)))))
    }

    fn config() -> ConnectionManagerConfig {
        ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(2)
    }

    pub(super) fn connection(&self) -> ConnectionManager {
        self.0.lock().1.clone()
    }

    /// Sends commands to another server from now on, if it is another one.
    pub(super) fn turn_to(&self, client: &Client) -> Result<(), LogError> {
        let addr = client.get_connection_info().addr();
        let mut connection = self.0.lock();
        if connection.0 != *addr {
            traced!(warn, "the log is at another Redis server");
            let manager = ConnectionManager::new_lazy_with_config(client.clone(), Self::config())?;
            *connection = (addr.clone(), manager);
        }
        Ok(())
    }
}

/// The answer of `CLUSTER SLOTS`: for each range the first and the last slot and its servers, of which the
/// master comes first.
type Slots = Vec<Vec<redis::Value>>;

impl Locator {
    /// Reads a URL. `key` is a key of the log.
    pub(super) fn parse(url: &str, key: &str) -> Result<Self, LogError> {
        let sentinels = SENTINELS
            .iter()
            .find_map(|(scheme, server)| Some((url.strip_prefix(scheme)?, *server)));
        let Some((rest, server)) = sentinels else {
            let settings = url.into_connection_info()?;
            return Ok(Self {
                asked: Arc::new(Mutex::new(vec![settings.clone()])),
                service: None,
                settings,
                key: key.into(),
            });
        };
        let malformed = || {
            LogError::unusable(
                "the URL of Redis names no Sentinels or no master. Write it as `redis-sentinel://user:password@host:26379,host:26379/master`, with the credentials of Redis.",
            )
        };
        let (authority, path) = rest.split_once('/').ok_or_else(malformed)?;
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (format!("{credentials}@"), hosts),
            None => (String::new(), authority),
        };
        let (service, database) = path.split_once('/').unwrap_or((path, ""));
        if service.is_empty() || hosts.split(',').any(str::is_empty) {
            return Err(malformed());
        }
        let asked = hosts.split(',').map(|host| {
            let host = if host
                .rsplit_once(':')
                .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
            {
                host.to_owned()
            } else {
                format!("{host}:26379")
            };
            format!("{server}{host}/").into_connection_info()
        });
        let first = hosts.split(',').next().unwrap_or_default();
        Ok(Self {
            asked: Arc::new(Mutex::new(asked.collect::<Result<_, _>>()?)),
            service: Some(service.into()),
            settings: format!("{server}{credentials}{first}/{database}").into_connection_info()?,
            key: key.into(),
        })
    }

    /// Finds the server that has the log at the moment.
    pub(super) async fn find(&self) -> Result<Client, LogError> {
        let asked = self.asked.lock().clone();
        let mut failed = None;
        for (number, info) in asked.into_iter().enumerate() {
            match self.ask(&info).await {
                Ok(client) => {
                    let mut asked = self.asked.lock();
                    if number > 0 && number < asked.len() {
                        asked[..=number].rotate_right(1);
                    }
                    return Ok(client);
                }
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| LogError::new("Redis: there is no server to ask")))
    }

    async fn ask(&self, info: &ConnectionInfo) -> Result<Client, LogError> {
        let client = Client::open(info.clone())?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let connecting = client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = connecting.await?;
        match &self.service {
            Some(service) => self.ask_sentinel(service, &mut connection).await,
            None => Ok(self
                .ask_cluster(info, &mut connection)
                .await?
                .unwrap_or(client)),
        }
    }

    async fn ask_sentinel(
        &self,
        service: &str,
        connection: &mut MultiplexedConnection,
    ) -> Result<Client, LogError> {
        let mut ask = redis::cmd("SENTINEL");
        ask.arg("GET-MASTER-ADDR-BY-NAME").arg(service);
        let master: Option<(String, u16)> = ask.query_async(connection).await?;
        let (host, port) = master
            .ok_or_else(|| LogError::new(format!("the Sentinel knows no master `{service}`")))?;
        Ok(Client::open(self.at(host, port))?)
    }

    /// Returns the server of the keys' slot, if this is a cluster and the server another one.
    async fn ask_cluster(
        &self,
        info: &ConnectionInfo,
        connection: &mut MultiplexedConnection,
    ) -> Result<Option<Client>, LogError> {
        let mut ask = redis::cmd("CLUSTER");
        // A server that is in no cluster refuses the command, as does one that lets the user have no more
        // than a hub needs.
        let Ok(slots) = ask.arg("SLOTS").query_async::<Slots>(connection).await else {
            return Ok(None);
        };
        if self.key.starts_with("{}") {
            return Err(LogError::unusable(
                "this Redis is in a cluster, and keys without a prefix are on several servers. Choose a prefix.",
            ));
        }
        let mut ask = redis::cmd("CLUSTER");
        ask.arg("KEYSLOT").arg(&*self.key);
        let slot: u16 = ask.query_async(connection).await?;
        let mut found = None;
        let mut known = Vec::new();
        for range in slots {
            let Some((first, last, host, port)) = master(range) else {
                continue;
            };
            // A server that doesn't know its own address is the one that was asked.
            let host = host
                .filter(|host| !host.is_empty())
                .or_else(|| host_of(info));
            let Some(host) = host else { continue };
            let server = self.at(host, port);
            if (first..=last).contains(&slot) {
                found = Some(server.clone());
            }
            known.push(server);
        }
        // Any of them knows the others when this one is gone.
        let mut asked = self.asked.lock();
        for server in known {
            if asked.iter().all(|asked| asked.addr() != server.addr()) {
                asked.push(server);
            }
        }
        asked.truncate(KNOWN);
        drop(asked);
        Ok(found.map(Client::open).transpose()?)
    }

    /// Returns the settings for a server at an address.
    fn at(&self, host: String, port: u16) -> ConnectionInfo {
        let addr = match self.settings.addr() {
            ConnectionAddr::TcpTls {
                insecure,
                tls_params,
                ..
            } => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host, port),
        };
        self.settings.clone().set_addr(addr)
    }
}

/// How many servers of a cluster are remembered.
const KNOWN: usize = 64;

/// Returns the first and the last slot of a range, and the host, if it is known, and the port of its master.
fn master(range: Vec<redis::Value>) -> Option<(u16, u16, Option<String>, u16)> {
    let mut range = range.into_iter();
    let (first, last, master) = (range.next()?, range.next()?, range.next()?);
    let redis::Value::Array(master) = master else {
        return None;
    };
    let mut master = master.into_iter();
    let (host, port) = (master.next()?, master.next()?);
    Some((
        redis::from_redis_value(first).ok()?,
        redis::from_redis_value(last).ok()?,
        redis::from_redis_value(host).ok()?,
        redis::from_redis_value(port).ok()?,
    ))
}

fn host_of(info: &ConnectionInfo) -> Option<String> {
    match info.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => Some(host.clone()),
        _ => None,
    }
}
