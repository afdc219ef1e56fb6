//! Telling the application which channels are subscribed to.

use std::{fmt, sync::Arc};

/// The report to [`HubBuilder::on_subscribe`](super::HubBuilder::on_subscribe): channels that have just
/// come into force for a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscribed {
    /// The connection's name.
    pub connection: String,
    /// The identity of the connection's principal.
    pub identity: String,
    /// The channels that the connection didn't have before.
    pub channels: Vec<String>,
    /// Whether the client has come back with a position, from which it gets what it missed.
    pub is_resumed: bool,
}

/// Calls the application's hook, if there is one.
#[derive(Clone, Default)]
pub(crate) struct OnSubscribe(Option<Arc<dyn Fn(Subscribed) + Send + Sync>>);

impl OnSubscribe {
    pub(crate) fn new(hook: impl Fn(Subscribed) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    /// Tells the application of channels, if there are any and if it has a hook.
    pub(crate) fn tell(
        &self,
        connection: &str,
        identity: &str,
        channels: impl IntoIterator<Item: AsRef<str>>,
        is_resumed: bool,
    ) {
        let Some(hook) = &self.0 else { return };
        let channels = channels.into_iter();
        let channels: Vec<_> = channels
            .map(|channel| channel.as_ref().to_owned())
            .collect();
        if !channels.is_empty() {
            hook(Subscribed {
                connection: connection.to_owned(),
                identity: identity.to_owned(),
                channels,
                is_resumed,
            });
        }
    }
}

impl fmt::Debug for OnSubscribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnSubscribe")
            .field(&self.0.is_some())
            .finish()
    }
}
