//! The multiplexer, as its user holds it.

use core::fmt;
use std::rc::Rc;

use super::channel::Channel;
use super::driver::Driver;
use super::errors::Errors;
use super::handle::{ChannelHandle, Handle, Shared};
use super::sharing;
use super::subscribers::ChannelSubscribers;
use crate::source::{EventSource, Message, SourceStats, Template};
use crate::subscribe::{SharingChanges, States};
use everstream_core::Error;
use everstream_core::connection::State;
use everstream_core::mux::{Config, Multiplexer, Protocol, Start};
use everstream_core::tabs::Sharing;

/// Many channels over one connection.
///
/// ```no_run
/// use everstream::Mux;
/// use futures_util::StreamExt;
///
/// # #[derive(serde::Deserialize)]
/// # struct Price { price: f64 }
/// # async fn run() -> Result<(), everstream::Error> {
/// let mux = Mux::new("/mux")?;
/// let mut prices = mux.channel("prices")?.on::<Price>("message");
/// let mut chat = mux.channel("chat:42")?.on_text("message");
/// # let _ = chat.next().await;
/// while let Some(price) = prices.next().await {
///     web_sys::console::log_1(&price?.price.into());
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
        mut template: Template,
        protocol: P,
    ) -> Result<Self, Error> {
        let share = template.share.take();
        let make = move |template: Template| {
            let config = Config {
                url: template.request.url.clone(),
                retry: template.config.retry.clone(),
                last_event_id: template.config.last_event_id.clone(),
            };
            let seed = crate::browser::random_seed();
            let machine = Multiplexer::new(config, protocol.clone(), seed);
            Rc::new(Shared::new(template, Box::new(protocol.clone()), machine))
        };
        match share {
            Some(share) => sharing::open(template, &share, Rc::new(make)),
            None => Ok(Self::start(make(template))),
        }
    }

    /// One that stands by itself.
    pub(super) fn start(shared: Rc<Shared>) -> Self {
        let driver = Driver::new(Rc::clone(&shared));
        wasm_bindgen_futures::spawn_local(driver.run());
        Self::of(shared)
    }

    pub(super) fn of(shared: Rc<Shared>) -> Self {
        let handle = Rc::new(Handle(shared));
        Self { handle }
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
            _ if self.handle.0.shares.get().is_some() => {
                let reason = "a channel on a shared connection begins now";
                return Err(Error::invalid_option("last_event_id", reason));
            }
            id => Start::After(id.into()),
        };
        self.channel_from(name, start)
    }

    fn channel_from(&self, name: &str, start: Start) -> Result<Channel, Error> {
        let shared = &self.handle.0;
        let mut machine = shared.machine.borrow_mut();
        let present = machine.subscribers(name).cloned();
        if let Some(handle) = present
            .as_ref()
            .and_then(|there| there.handle.borrow().upgrade())
            && start == Start::Now
        {
            return Ok(Channel::of(handle));
        }
        // What is there without a handle has been given up, and is taken up again.
        let subscribers = machine.subscribe(name, start, Rc::<ChannelSubscribers>::default)?;
        let subscribers = Rc::clone(subscribers);
        drop(machine);
        let handle = Rc::new(ChannelHandle {
            name: name.into(),
            mux: Rc::clone(&self.handle),
            subscribers: Rc::clone(&subscribers),
        });
        *subscribers.handle.borrow_mut() = Rc::downgrade(&handle);
        shared.wake();
        Ok(Channel::of(handle))
    }

    /// The state of the connection now and every change of it. While one connection replaces another,
    /// it is that of the one in use.
    pub fn states(&self) -> States {
        self.handle.0.states.borrow_mut().observe()
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> State {
        self.handle.0.states.borrow().present().clone()
    }

    /// What goes wrong and ends no channel: events that break the protocol, requests that were refused. Of a
    /// shared connection, this tab is told while it leads.
    pub fn errors(&self) -> Errors {
        self.handle.0.errors.borrow_mut().observe()
    }

    /// The absolute URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.handle.0.template.request.url
    }

    /// The position of the connection: what it would resume from. Empty if there is none.
    #[must_use]
    pub fn last_event_id(&self) -> String {
        match self.handle.0.shares.get() {
            Some(shares) => shares.last_event_id(),
            None => self.handle.0.machine.borrow().last_event_id().to_owned(),
        }
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
        let shared = &self.handle.0;
        let channels = shared.machine.borrow().channels().count();
        if let Some(shares) = shared.shares.get() {
            let now = shared.now();
            return MuxStats {
                channels,
                connections: shares.connections(),
                source: SourceStats::of(shares.stats(), now, shared.lagged()),
            };
        }
        let mut connection = shared.past.borrow().clone();
        let sources = shared.sources.borrow();
        for (_, source) in &*sources {
            connection.add(&source.stats());
        }
        connection.lagged = shared.lagged();
        MuxStats {
            channels,
            connections: sources.len(),
            source: connection,
        }
    }

    /// Drops the connection and connects anew at once, resuming. Without effect once closed, and in a tab
    /// that follows another's connection.
    pub fn reconnect(&self) {
        if let Some(shares) = self.handle.0.shares.get() {
            return shares.reconnect();
        }
        for (_, source) in &*self.handle.0.sources.borrow() {
            source.send(Message::Reconnect);
        }
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
            .field("machine", &self.handle.0.machine)
            .finish_non_exhaustive()
    }
}

/// What a multiplexer has been through so far, as of the call.
#[derive(Clone, Debug, Default)]
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
