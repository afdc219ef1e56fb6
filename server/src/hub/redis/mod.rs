//! A log in Redis, which any number of nodes share.
//!
//! A position is the ID of an entry in a Redis stream, `<epoch>-<seq>`. Redis orders both parts as
//! numbers, so that a reader goes on from one epoch to the next by itself. The epoch is the time at
//! which the log was begun, and a new log begins when the data are gone.

mod entries;
mod keys;
mod locator;
mod post;
mod reader;
mod scripts;

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use redis::{ErrorKind, RedisError};
use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{sleep, timeout},
};

use self::{
    entries::{Fields, entry, position},
    keys::Keys,
    locator::{Commands, Locator},
    post::Post,
    scripts::{Append, Scripts},
};
use super::{
    LogError, Position,
    archive::History,
    log::{Log, Pending, Record, awaited, readable},
    once::REMEMBERED,
    presence::Counted,
    switchboard::{Change, Switchboard, Wish},
    window::{Capacity, Entry},
};
use crate::random;

/// How long Redis may take to answer, and a node to follow the log.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many entries of the log are read at once.
const PAGE: usize = 512;

/// How often publishing by a key is tried before it is given up.
const ATTEMPTS: usize = 3;

impl From<RedisError> for LogError {
    fn from(error: RedisError) -> Self {
        let reason = format!("Redis: {error}");
        // An operation that Redis itself refused, or that was never sent, was not done.
        let is_answer = matches!(
            error.kind(),
            ErrorKind::Server(_)
                | ErrorKind::Extension
                | ErrorKind::Client
                | ErrorKind::AuthenticationFailed
                | ErrorKind::InvalidClientConfig
        );
        if is_answer || error.is_connection_refusal() {
            Self::new(reason)
        } else {
            Self::without_answer(reason)
        }
    }
}

/// One node's end of the shared log.
pub(crate) struct Redis {
    keys: Keys,
    scripts: Scripts,
    capacity: Capacity,
    commands: Commands,
    switchboard: Arc<Mutex<Switchboard>>,
    progress: Progress,
    post: Post,
    node: String,
    tasks: Vec<AbortHandle>,
}

impl Redis {
    /// Connects, begins a log if there is none, and follows it.
    pub(crate) async fn connect(
        url: &str,
        prefix: &str,
        (capacity, history): (Capacity, History),
        guarded: bool,
    ) -> Result<(Arc<Mutex<Switchboard>>, Self), LogError> {
        #[cfg(feature = "redis-tls")]
        {
            // An error means that the application has already chosen another implementation.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let (keys, scripts) = (Keys::new(prefix), Scripts::new());
        let locator = Locator::parse(url, &keys.meta)?;
        let commands = Commands::connect(&locator.find().await?).await?;
        let head = scripts
            .open(&keys, None, &mut commands.connection())
            .await?;
        let switchboard =
            Switchboard::new(head.epoch().into(), head.seq(), capacity, history, guarded);
        let switchboard = Arc::new(Mutex::new(switchboard));

        let (announce, followed) = watch::channel(());
        let reader = reader::Reader {
            locator: locator.clone(),
            commands: commands.clone(),
            keys: keys.clone(),
            scripts: scripts.clone(),
            switchboard: Arc::clone(&switchboard),
            announce,
        };
        let progress = Progress(followed);
        let node = format!("{}.", &random::name()[..12]);
        let post = Post::new(
            keys.clone(),
            node.clone(),
            commands.clone(),
            progress.clone(),
        );
        let inbox = post.open(&locator).await?;
        let tasks = vec![
            tokio::spawn(reader.run()).abort_handle(),
            tokio::spawn(post.clone().run(locator, inbox, Arc::clone(&switchboard))).abort_handle(),
        ];
        let log = Self {
            keys,
            scripts,
            capacity,
            commands,
            switchboard: Arc::clone(&switchboard),
            progress,
            post,
            node,
            tasks,
        };
        Ok((switchboard, log))
    }

    async fn append(
        &self,
        records: &[Record<'_>],
        once: Option<&str>,
    ) -> Result<Position, LogError> {
        let append = Append {
            records,
            once: once.map(|key| (self.keys.once(key), REMEMBERED.as_secs())),
            capacity: self.capacity.events,
        };
        // Without a key, another attempt after a missing answer might publish the records twice.
        let mut attempts = if once.is_some() { ATTEMPTS } else { 1 };
        let mut backoff = Backoff::new();
        loop {
            let known = self.switchboard.lock().head();
            let mut connection = self.commands.connection();
            let appending = self
                .scripts
                .append(&self.keys, &known, &append, &mut connection);
            attempts -= 1;
            match appending.await.map_err(LogError::from) {
                Err(error) if attempts > 0 && error.may_be_done() => backoff.wait().await,
                done => return done,
            }
        }
    }

    async fn history(
        &self,
        epoch: &str,
        after: u64,
        until: u64,
    ) -> Result<Vec<(u64, Entry)>, LogError> {
        let mut after = after;
        // Unreadable entries are as good as missing. The readable ones that follow are what is left.
        while after < until {
            let page: Vec<(String, Fields)> = redis::cmd("XRANGE")
                .arg(&self.keys.log)
                .arg(format!("{epoch}-{}", after + 1))
                .arg(format!("{epoch}-{until}"))
                .arg("COUNT")
                .arg(PAGE)
                .query_async(&mut self.commands.connection())
                .await?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after = position(last)?.seq();
            let read = page.iter();
            let read = read.map(|(id, fields)| Ok(entry(&position(id)?, fields)));
            let entries = readable(read.collect::<Result<Vec<_>, LogError>>()?);
            if !entries.is_empty() {
                return Ok(entries);
            }
        }
        Ok(Vec::new())
    }

    async fn reach(&self, position: &Position) -> Result<(), LogError> {
        let known = self.switchboard.lock().head();
        if position.rank() <= known.rank() {
            return Ok(());
        }
        let mut connection = self.commands.connection();
        let head = self
            .scripts
            .open(&self.keys, Some(&known), &mut connection)
            .await?;
        let Some(wanted) = awaited(position, &head) else {
            return Ok(());
        };
        if self.progress.reach(&self.switchboard, &wanted).await {
            return Ok(());
        }
        Err(LogError::new("this node lags behind it"))
    }
}

fn has_reached(switchboard: &Mutex<Switchboard>, position: &Position) -> bool {
    let head = switchboard.lock().head();
    head.epoch() == position.epoch() && position.seq() <= head.seq()
}

/// Tells when the reader has come further.
#[derive(Clone)]
struct Progress(watch::Receiver<()>);

impl Progress {
    /// Waits a while for the node to read as far as a position. Returns whether it has.
    async fn reach(&self, switchboard: &Mutex<Switchboard>, position: &Position) -> bool {
        let mut followed = self.0.clone();
        let reached = async {
            while !has_reached(switchboard, position) {
                if followed.changed().await.is_err() {
                    return false;
                }
            }
            true
        };
        timeout(PATIENCE, reached).await.unwrap_or(false)
    }

    /// Waits for the positions of the node's own epoch. Those of another epoch are gone.
    async fn reach_all(
        &self,
        switchboard: &Mutex<Switchboard>,
        positions: impl Iterator<Item = &Position>,
    ) {
        let epoch = switchboard.lock().head();
        let positions = positions.filter(|position| position.epoch() == epoch.epoch());
        if let Some(last) = positions.max_by_key(|position| position.seq()) {
            self.reach(switchboard, last).await;
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Log for Redis {
    fn append<'a>(
        &'a self,
        records: &'a [Record<'a>],
        once: Option<&'a str>,
    ) -> Pending<'a, Position> {
        Box::pin(self.append(records, once))
    }

    fn history<'a>(
        &'a self,
        epoch: &'a str,
        after: u64,
        until: u64,
    ) -> Pending<'a, Vec<(u64, Entry)>> {
        Box::pin(self.history(epoch, after, until))
    }

    fn reach<'a>(&'a self, position: &'a Position) -> Pending<'a, ()> {
        Box::pin(self.reach(position))
    }

    fn forward<'a>(
        &'a self,
        connection: &'a str,
        revision: u64,
        wish: &'a Wish,
    ) -> Pending<'a, Change> {
        Box::pin(self.post.forward(connection, revision, wish))
    }

    fn present_elsewhere<'a>(&'a self, channel: &'a str) -> Pending<'a, Counted> {
        Box::pin(self.post.present_elsewhere(channel))
    }

    fn check(&self) -> Pending<'_, ()> {
        Box::pin(async {
            let known = self.switchboard.lock().head();
            let mut connection = self.commands.connection();
            let open = self.scripts.open(&self.keys, Some(&known), &mut connection);
            open.await?;
            Ok(())
        })
    }

    fn node(&self) -> &str {
        &self.node
    }
}

/// The delay before the next attempt to connect.
struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(2);

    fn new() -> Self {
        Self(Self::FIRST)
    }

    async fn wait(&mut self) {
        sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }

    fn reset(&mut self) {
        self.0 = Self::FIRST;
    }
}
