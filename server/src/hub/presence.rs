//! Presence: which identities have a channel.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{ChannelError, Hub, LogError};

/// An identity that has a channel, as [`Hub::presence`] reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Present {
    /// The identity of the principal; empty for all principals that have none.
    pub identity: String,
    /// How many streams with the channel are open for this identity, on all nodes.
    pub connections: usize,
}

/// The reason why presence can't be reported.
#[derive(Debug, Error)]
pub enum PresenceError {
    /// The name can't be a channel's.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// Other nodes can't be asked, or haven't answered.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// The connections of each identity, as nodes tell each other.
pub(crate) type Counted = Vec<(String, usize)>;

impl Hub {
    /// Returns who has a channel at this moment, on all nodes, in the order of the identities.
    ///
    /// The hub keeps nothing for it: each call asks every node, so it costs nothing where it isn't
    /// called. Clients learn of it only from the application. A client that has vanished without notice
    /// counts until its connection is found to be broken.
    ///
    /// # Errors
    ///
    /// When the channel's name isn't valid, or when a node doesn't answer.
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
