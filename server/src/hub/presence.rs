//! Who has a channel.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{ChannelError, Hub, LogError};

/// Somebody who has a channel, as [`Hub::presence`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Present {
    /// The identity of the principal; empty for all of those who have none.
    pub identity: String,
    /// How many streams with the channel are open for this identity, on all nodes.
    pub connections: usize,
}

/// Why it can't be said who is present.
#[derive(Debug, Error)]
pub enum PresenceError {
    /// There can't be a channel of this name.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// Other nodes can't be asked, or have not answered.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// The connections of each identity, as nodes tell each other.
pub(crate) type Counted = Vec<(String, usize)>;

impl Hub {
    /// Who has a channel at this moment, on all nodes, in the order of their identities.
    ///
    /// Nothing is kept for it: each call asks every node, so it costs nobody anything who doesn't call it.
    /// Clients never learn of it but from the application. A client that has gone without a word counts
    /// until its connection is found to be broken.
    ///
    /// # Errors
    ///
    /// When the channel's name can't be one, or when a node doesn't answer.
    ///
    /// ```
    /// # use everstream_server::hub::{Hub, PresenceError};
    /// # async fn example(hub: Hub) -> Result<(), PresenceError> {
    /// for present in hub.presence("chat:42").await? {
    ///     println!("{} by {} streams", present.identity, present.connections);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn presence(&self, channel: &str) -> Result<Vec<Present>, PresenceError> {
        self.check_channel(channel)?;
        let elsewhere = self.shared.log.present_elsewhere(channel).await?;
        let here = self.shared.switchboard.lock().present(channel);
        let mut all: BTreeMap<String, usize> = BTreeMap::new();
        for (identity, connections) in here.into_iter().chain(elsewhere) {
            *all.entry(identity).or_default() += connections;
        }
        let present = all.into_iter().map(|(identity, connections)| Present {
            identity,
            connections,
        });
        Ok(present.collect())
    }
}
