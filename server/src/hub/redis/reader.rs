//! Following the log: one reader for the whole node.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use redis::{
    AsyncConnectionConfig,
    aio::{ConnectionLike, MultiplexedConnection},
};
use tokio::sync::watch;

use super::{
    Backoff, Commands, Keys, Locator, PAGE, PATIENCE, Scripts,
    entries::{Fields, position, record},
};
use crate::hub::{LogError, log::follow, switchboard::Switchboard};

/// How long a read waits in Redis for an entry. After that, the reader asks whether the log is still the
/// same, since a log that is gone has no entries to tell so.
const BLOCK: Duration = Duration::from_secs(1);

/// The answer of `XREAD`: for each stream its entries, or nothing in time.
type Read = Option<Vec<(String, Vec<(String, Fields)>)>>;

/// Delivers what is appended to the log.
pub(super) struct Reader {
    pub(super) locator: Locator,
    pub(super) commands: Commands,
    pub(super) keys: Keys,
    pub(super) scripts: Scripts,
    pub(super) switchboard: Arc<Mutex<Switchboard>>,
    pub(super) announce: watch::Sender<()>,
}

impl Reader {
    /// Reads forever. While Redis is away, waits until it is back.
    pub(super) async fn run(self) {
        let mut backoff = Backoff::new();
        loop {
            if let Ok(mut connection) = self.connect().await {
                backoff.reset();
                // Following ends with an error, and the next round finds out what has become of Redis.
                #[cfg_attr(not(feature = "tracing"), expect(unused_variables))]
                let Err(error) = self.follow(&mut connection).await;
                traced!(warn, %error, "the log can't be followed at the moment");
            }
            backoff.wait().await;
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, LogError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(BLOCK + PATIENCE));
        let client = self.locator.find().await?;
        let connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        self.commands.turn_to(&client)?;
        Ok(connection)
    }

    async fn follow(
        &self,
        connection: &mut impl ConnectionLike,
    ) -> Result<std::convert::Infallible, LogError> {
        self.check(connection).await?;
        loop {
            let after = self.switchboard.lock().head();
            let read: Read = redis::cmd("XREAD")
                .arg("COUNT")
                .arg(PAGE)
                .arg("BLOCK")
                .arg(BLOCK.as_millis().to_string())
                .arg("STREAMS")
                .arg(&self.keys.log)
                .arg(after.to_string())
                .query_async(connection)
                .await?;
            match read {
                Some(streams) => {
                    for (id, fields) in streams.iter().flat_map(|(_, entries)| entries) {
                        self.deliver(id, fields)?;
                    }
                }
                None => self.check(connection).await?,
            }
            self.announce.send_replace(());
        }
    }

    /// Asks whether the log is still the one that was read last.
    async fn check(&self, connection: &mut impl ConnectionLike) -> Result<(), LogError> {
        let known = self.switchboard.lock().head();
        let head = self
            .scripts
            .open(&self.keys, Some(&known), connection)
            .await?;
        if head.epoch() != known.epoch() {
            traced!(warn, epoch = head.epoch(), "another log has been begun");
            self.switchboard.lock().renew(head.epoch().into());
        }
        Ok(())
    }

    fn deliver(&self, id: &str, fields: &Fields) -> Result<(), LogError> {
        follow(&self.switchboard, &position(id)?, record(fields).as_ref());
        Ok(())
    }
}
