//! [`Mux`], the handle that users hold, and its counters.

use core::fmt;
use std::rc::Rc;

use super::channel::Channel;
use super::client::MuxClient;
use super::errors::Errors;
use super::inner::{ChannelHandle, Handle, Inner};
use super::subscribers::ChannelSubscribers;
use crate::source::{EventSource, Opened, SourceStats, Template};
use crate::subscribe::{SharingChanges, States};
use crate::web::exchange::Requests;
use crate::web::{Message, Parts, random_seed, start};
use everstream_core::Error;
use everstream_core::connection::{Config, State};
use everstream_core::mux::{Protocol, Start, already_subscribed, check_channel};
use everstream_core::session::{ChannelId, Muxed, MuxedConfig, Open, Opening};
use everstream_core::tabs::Sharing;

/// A multiplexer: many channels over one connection.
///
/// ```no_run
/// use everstream::Mux;
///
/// # #[derive(serde::Deserialize)]
/// # struct Price { price: f64 }
/// # async fn run() -> Result<(), everstream::Error> {
/// let mux = Mux::new("/mux")?;
/// let mut prices = mux.channel("prices")?.on::<Price>("message").log_errors();
/// let mut chat = mux.channel("chat:42")?.on_text("message");
/// # let _ = chat.next().await;
/// while let Some(price) = prices.next().await {
///     web_sys::console::log_1(&price.price.into());
/// }
/// # Ok(())
/// # }
/// ```
///
/// The first channel opens the connection, and the last one closes it. Channels that come and go in the same
/// turn of the event loop are one change. If the server has named a URL for changes, a request tells it;
/// otherwise a new connection takes over once it is open. Throughout, every channel receives each of its
/// events once, or an [`Error::Gap`].
///
/// Options are those of an [`EventSource`]: call `EventSource::builder(url)`, then
/// [`multiplex`](crate::EventSourceBuilder::multiplex). The server speaks the [multiplex
/// protocol](everstream_core::mux::EverstreamProtocol), or another: see
/// [`multiplex_with`](crate::EventSourceBuilder::multiplex_with).
///
/// With [`shared`](crate::EventSourceBuilder::shared), all tabs use one connection.
///
/// Clones are handles to the same multiplexer. It closes on [`close`](Self::close), or when the last handle,
/// the last channel and the last subscription are dropped.
#[derive(Clone)]
#[must_use = "a multiplexer that is dropped is closed"]
pub struct Mux {
    handle: Rc<Handle>,
}

impl Mux {
    /// Builds a multiplexer with the default options. The URL may be relative.
    ///
    /// # Errors
    ///
    /// Returns [`Error::InvalidUrl`], and [`Error::Unsupported`] outside a browser.
    pub fn new(url: impl Into<String>) -> Result<Self, Error> {
        EventSource::builder(url).multiplex()
    }

    pub(crate) fn open<P: Protocol + Clone + 'static>(
        template: Template,
        protocol: P,
    ) -> Result<Self, Error> {
        let inner = Rc::new(Inner::new(&template, Box::new(protocol.clone())));
        let config = template.config.clone();
        let url = inner.url.clone();
        let open: Open = Box::new(move |opening: Opening<'_>| {
            let config = MuxedConfig {
                url: url.clone(),
                connection: Config {
                    last_event_id: opening.position.to_owned(),
                    ..config.clone()
                },
                seed: random_seed(),
                first: opening.first,
            };
            Box::new(Muxed::new(config, protocol.clone()))
        });
        Self::start(template, inner, open)
    }

    fn start(template: Template, inner: Rc<Inner>, open: Open) -> Result<Self, Error> {
        let mut client = MuxClient::new(Rc::clone(&inner), template.share.is_none());
        let Opened { session, tabs } =
            template.session(true, &inner.clock, &inner.inbox, open, &mut client);
        let scope = template.request.scope.clone();
        let parts = Parts {
            session,
            client: Box::new(client),
            inbox: Rc::clone(&inner.inbox),
            clock: Rc::clone(&inner.clock),
            request: template.request,
            requests: Some(Requests::new()),
            tabs,
        };
        start(parts, &scope)?;
        let handle = Rc::new(Handle(inner));
        Ok(Self { handle })
    }

    /// Subscribes to a channel from now on. A channel added before the connection first opens starts where
    /// the connection does: at the builder's last event ID, if there is one.
    ///
    /// # Errors
    ///
    /// Returns [`Error::InvalidOption`] for a name that the protocol does not allow.
    pub fn channel(&self, name: &str) -> Result<Channel, Error> {
        self.channel_from(name, Start::Now)
    }

    /// Subscribes to a channel from just after the event with this ID, such as one stored earlier. On a
    /// server without support for this, the channel starts from now.
    ///
    /// On a [shared](crate::EventSourceBuilder::shared) connection, the tabs' own log answers if it has every
    /// event of the channel since that one. Otherwise the server is asked if no tab has the channel yet. If a
    /// tab has, the channel starts with an [`Error::Gap`], and from now.
    ///
    /// # Errors
    ///
    /// Returns [`Error::InvalidOption`] in these cases:
    ///
    /// - The protocol does not allow the name, or has no way to say where a channel starts.
    /// - The channel is subscribed to already, and goes on from where it is.
    pub fn channel_after(&self, name: &str, last_event_id: &str) -> Result<Channel, Error> {
        let start = match last_event_id {
            "" => Start::Now,
            id => Start::After(id.into()),
        };
        self.channel_from(name, start)
    }

    fn channel_from(&self, name: &str, start: Start) -> Result<Channel, Error> {
        let inner = &self.handle.0;
        check_channel(&*inner.protocol, name, &start)?;
        if let State::Closed { error } = self.state() {
            let channel = ChannelSubscribers::new(ChannelId(0), name.into());
            channel.end(error.as_ref());
            return Ok(self.hold(&Rc::new(channel)));
        }
        let present = inner.channels.borrow().by_name(name).cloned();
        if let Some(present) = present {
            let handle = present.handle.borrow().upgrade();
            match (handle, &start) {
                (Some(handle), Start::Now) => return Ok(Channel::of(handle)),
                (Some(_), _) => return Err(already_subscribed(name)),
                // A channel without a handle has been abandoned but not yet removed, so it is revived.
                (None, Start::Now) => return Ok(self.hold(&present)),
                (None, _) => {}
            }
        }
        let added = inner.channels.borrow_mut().add(name, start);
        let channel = self.hold(&added);
        inner.inbox.send(Message::Interest);
        Ok(channel)
    }

    fn hold(&self, subscribers: &Rc<ChannelSubscribers>) -> Channel {
        let handle = Rc::new(ChannelHandle {
            mux: Rc::clone(&self.handle),
            subscribers: Rc::clone(subscribers),
        });
        *subscribers.handle.borrow_mut() = Rc::downgrade(&handle);
        Channel::of(handle)
    }

    /// Streams the connection's current state, then every change of it. While one connection replaces
    /// another, the state is that of the one in use.
    pub fn states(&self) -> States {
        self.handle.0.states.observe()
    }

    /// Returns the connection's current state.
    #[must_use]
    pub fn state(&self) -> State {
        self.handle.0.states.present()
    }

    /// Streams errors that end no channel, such as events that break the protocol and refused requests. On a
    /// shared connection, every tab receives them.
    pub fn errors(&self) -> Errors {
        self.handle.0.errors.observe()
    }

    /// Returns the absolute URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.handle.0.url
    }

    /// Returns the last event ID that the connection would resume from. Empty if there is none.
    #[must_use]
    pub fn last_event_id(&self) -> String {
        self.handle.0.last_event_id.borrow().clone()
    }

    /// Returns this tab's role among the tabs that share the connection, and their number. `None` unless the
    /// multiplexer is [`shared`](crate::EventSourceBuilder::shared).
    #[must_use]
    pub fn sharing(&self) -> Option<Sharing> {
        self.handle.0.sharing.present()
    }

    /// Streams the current [`sharing`](Self::sharing), then every change. Ends at once if the multiplexer is
    /// not shared.
    pub fn sharing_changes(&self) -> SharingChanges {
        self.handle.0.sharing.observe()
    }

    /// Returns the counters.
    #[must_use]
    pub fn stats(&self) -> MuxStats {
        let inner = &self.handle.0;
        let stats = inner.stats.borrow().clone();
        MuxStats {
            channels: inner.channels.borrow().len(),
            connections: inner.connections.get(),
            source: SourceStats::of(stats, inner.clock.now(), inner.lagged()),
        }
    }

    /// Drops the connection and reconnects at once, resuming. Does nothing once the multiplexer is closed,
    /// and in a tab that follows another's connection.
    pub fn reconnect(&self) {
        self.handle.0.inbox.send(Message::Reconnect);
    }

    /// Closes the multiplexer for good. Streams end once their buffered items have been read.
    pub fn close(&self) {
        self.handle.0.close(None);
    }
}

impl fmt::Debug for Mux {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mux")
            .field("url", &self.url())
            .field("channels", &self.handle.0.channels.borrow().len())
            .finish_non_exhaustive()
    }
}

/// A multiplexer's counters at the time of the call.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MuxStats {
    /// Channels that are subscribed to.
    pub channels: usize,
    /// Connections at present: one, or two while one replaces the other. Zero in a tab that follows
    /// another's.
    pub connections: usize,
    /// The counters of all its connections together. `lagged` covers the present channels only. On a shared
    /// connection, the events are those of this tab's channels, and the connection's own counters (attempts
    /// and bytes) are 0.
    pub source: SourceStats,
}
