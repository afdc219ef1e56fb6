//! The multiplexer, as its user holds it.

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

/// Many channels over one connection.
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
/// The connection is opened with the first channel and closed with the last. Channels that come and go
/// in the same turn of the event loop are one change; the server is told by a request, if it has said
/// where to, and otherwise by a new connection that takes over when it is open. Through all of that
/// every channel gets each of its events once, or an [`Error::Gap`].
///
/// Options are those of an [`EventSource`]: `EventSource::builder(url)`, then
/// [`multiplex`](crate::EventSourceBuilder::multiplex). The server speaks the
/// [multiplex protocol](everstream_core::mux::EverstreamProtocol), or another: see
/// [`multiplex_with`](crate::EventSourceBuilder::multiplex_with).
///
/// With [`shared`](crate::EventSourceBuilder::shared) the connection is that of all tabs.
///
/// Clones are handles to the same multiplexer. It is closed by [`close`](Self::close), or when the last
/// handle, the last channel and the last subscription are dropped.
#[derive(Clone)]
#[must_use = "a multiplexer that is dropped is closed"]
pub struct Mux {
    handle: Rc<Handle>,
}

impl Mux {
    /// A multiplexer with the defaults. The URL may be relative.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidUrl`], and [`Error::Unsupported`] outside a browser.
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

    /// A channel, from now on. One that has come before the connection was first opened begins where
    /// that does: with the position given to the builder, if any.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] for a name that the protocol does not allow.
    pub fn channel(&self, name: &str) -> Result<Channel, Error> {
        self.channel_from(name, Start::Now)
    }

    /// A channel that begins behind the event with this ID, as one that was kept from before. The
    /// server has to be one that allows it; one that does not begins now.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidOption`] for a name that the protocol does not allow, if the protocol has no way
    /// to say where a channel begins, if the channel is subscribed to already: it goes on from where
    /// it is; and if the connection is [shared](crate::EventSourceBuilder::shared): other tabs may have the
    /// channel, from another event on.
    pub fn channel_after(&self, name: &str, last_event_id: &str) -> Result<Channel, Error> {
        let start = match last_event_id {
            "" => Start::Now,
            _ if self.handle.0.is_shared => {
                let reason = "a channel on a shared connection begins now";
                return Err(Error::invalid_option("last_event_id", reason));
            }
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
                // What is there without a handle has been given up, and is taken up again.
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

    /// The state of the connection now and every change of it. While one connection replaces another,
    /// it is that of the one in use.
    pub fn states(&self) -> States {
        self.handle.0.states.observe()
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> State {
        self.handle.0.states.present()
    }

    /// What goes wrong and ends no channel: events that break the protocol, requests that were refused. Of a
    /// shared connection, every tab is told.
    pub fn errors(&self) -> Errors {
        self.handle.0.errors.observe()
    }

    /// The absolute URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.handle.0.url
    }

    /// The position of the connection: what it would resume from. Empty if there is none.
    #[must_use]
    pub fn last_event_id(&self) -> String {
        self.handle.0.last_event_id.borrow().clone()
    }

    /// What this tab is among those that share the connection, and how many they are, if it was asked for by
    /// [`shared`](crate::EventSourceBuilder::shared).
    #[must_use]
    pub fn sharing(&self) -> Option<Sharing> {
        self.handle.0.sharing.present()
    }

    /// The [`sharing`](Self::sharing) now and every change of it. It ends at once if it was not asked for.
    pub fn sharing_changes(&self) -> SharingChanges {
        self.handle.0.sharing.observe()
    }

    /// The counters.
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

    /// Drops the connection and connects anew at once, resuming. Without effect once closed, and in a tab
    /// that follows another's connection.
    pub fn reconnect(&self) {
        self.handle.0.inbox.send(Message::Reconnect);
    }

    /// Closes the multiplexer for good. Streams end once what they hold has been read.
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

/// What a multiplexer has been through so far, as of the call.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MuxStats {
    /// Channels that are asked for.
    pub channels: usize,
    /// Connections now: one, or two while one replaces the other. None in a tab that follows another's.
    pub connections: usize,
    /// Those of all its connections together. Missed events are those of the channels of now. On a shared
    /// connection, the events are those of this tab's channels, and what the connection itself counts
    /// (attempts and bytes) is 0.
    pub source: SourceStats,
}
