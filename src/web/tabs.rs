//! The link from a shared session to the other tabs of the origin.

use core::cell::RefCell;
use std::rc::Rc;

use super::BrowserClock;
use super::bus::Bus;
use super::inbox::{Inbox, Message};
use super::lock::WebLock;
use super::scope::Scope;
use super::sleep::Sleep;
use everstream_core::session::{Open, Session, Shared, SharedConfig};
use everstream_core::tabs::{Config, Election, Message as TabMessage};

/// How many log entries a tab keeps for the others.
const KEPT: usize = 1024;

/// The link to the other tabs. A trait, so that a program that never shares doesn't link the code behind it.
pub(crate) trait Neighbours {
    /// Sends a message to all of them.
    fn say(&self, bytes: &[u8]);
    fn request_lock(&self);
    fn steal_lock(&self);
    fn release_lock(&self);
    /// Stops receiving: an open channel keeps a page out of the back/forward cache.
    fn leave(&self);
    /// Receives again.
    fn come_back(&self);
}

/// The arguments for joining the other tabs.
pub(crate) struct Joining<'a> {
    pub(crate) scope: &'a Scope,
    /// Equal in all tabs that share.
    pub(crate) key: &'a str,
    pub(crate) clock: &'a BrowserClock,
    pub(crate) inbox: &'a Rc<Inbox>,
    /// The last event ID to resume from.
    pub(crate) last_event_id: String,
    /// Whether channels are shared, rather than the events of one stream.
    pub(crate) has_channels: bool,
    /// Opens the connection for all tabs when this tab leads.
    pub(crate) open: Open,
}

/// Joins the other tabs. Returns `open` as the error if the browser has no channel to reach them.
pub(crate) type Join = fn(Joining<'_>) -> Result<Joined, Open>;

/// The shared session, and its link to the other tabs.
pub(crate) type Joined = (Box<dyn Session>, Box<dyn Neighbours>);

pub(crate) fn join(joining: Joining<'_>) -> Result<Joined, Open> {
    let Joining {
        scope,
        key,
        clock,
        inbox,
        last_event_id,
        has_channels,
        open,
    } = joining;
    let name = format!("everstream/{} {key}", TabMessage::VERSION);
    let Some(bus) = open_bus(&name, inbox) else {
        return Err(open);
    };
    let changed = Rc::clone(inbox);
    let lock = WebLock::new(scope, &name, move |change| {
        changed.send(Message::Lock(change));
    });
    let tab = Config {
        election: match lock {
            Some(_) => Election::Lock,
            None => Election::Lease,
        },
        last_event_id,
        seed: super::random_seed(),
        wall: BrowserClock::wall(),
        kept: KEPT,
    };
    let config = SharedConfig {
        tab,
        has_channels,
        open,
    };
    let session = Shared::new(clock.now(), config);
    let changed = Rc::clone(inbox);
    let sleep = Sleep::watch(scope, move |sleeps| {
        changed.send(if sleeps {
            Message::Leave
        } else {
            Message::Return
        });
    });
    let others = OtherTabs {
        name,
        inbox: Rc::clone(inbox),
        bus: RefCell::new(Some(bus)),
        lock,
        _sleep: sleep,
    };
    Ok((Box::new(session), Box::new(others)))
}

struct OtherTabs {
    name: String,
    inbox: Rc<Inbox>,
    bus: RefCell<Option<Bus>>,
    lock: Option<WebLock>,
    _sleep: Sleep,
}

fn open_bus(name: &str, inbox: &Rc<Inbox>) -> Option<Bus> {
    let heard = Rc::clone(inbox);
    Bus::open(name, move |bytes| heard.send(Message::Heard(bytes)))
}

impl Neighbours for OtherTabs {
    fn say(&self, bytes: &[u8]) {
        if let Some(bus) = &*self.bus.borrow() {
            bus.say(bytes);
        }
    }

    fn request_lock(&self) {
        if let Some(lock) = &self.lock {
            lock.request();
        }
    }

    fn steal_lock(&self) {
        if let Some(lock) = &self.lock {
            lock.steal();
        }
    }

    fn release_lock(&self) {
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }

    fn leave(&self) {
        self.bus.take();
    }

    fn come_back(&self) {
        let mut bus = self.bus.borrow_mut();
        if bus.is_none() {
            *bus = open_bus(&self.name, &self.inbox);
        }
    }
}
