//! Opening of a card's stream: at the start, and again when the visitor asks for it.

use core::cell::RefCell;
use core::future::Future;
use std::rc::Rc;

use everstream::{Error, State};
use gloo_events::EventListener;
use web_sys::{Element, HtmlButtonElement};

use crate::connection::Connection;
use crate::dom;
use crate::link::Link;
use crate::task::Task;
use crate::trouble::Trouble;

/// The content of a card whose stream can be reopened.
pub(crate) trait Feed: 'static {
    /// The type of the connection.
    type Connection: Connection;

    /// Opens the source, which resumes after an ID.
    fn open(&self, last_event_id: &str) -> Result<Self::Connection, Error>;

    /// Subscribes at once, then reads until the end.
    fn read(
        self: Rc<Self>,
        source: &Self::Connection,
        link: Rc<Link>,
    ) -> impl Future<Output = ()> + 'static;

    /// Handles a change of the connection's state.
    fn changed(&self, _state: &State) {}
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Keeper<F> {
    feed: Rc<F>,
    link: Rc<Link>,
    reader: RefCell<Option<Task>>,
}

impl<F: Feed> Keeper<F> {
    pub(crate) fn new(feed: Rc<F>, link: &Rc<Link>) -> Rc<Self> {
        Rc::new(Self {
            feed,
            link: Rc::clone(link),
            reader: RefCell::default(),
        })
    }

    /// Opens the stream after an ID. An empty ID leaves the beginning to the server.
    pub(crate) fn open(&self, last_event_id: &str) {
        let source = match self.feed.open(last_event_id) {
            Ok(source) => source,
            Err(error) => return self.link.refuse(error),
        };
        let reading = Rc::clone(&self.feed).read(&source, Rc::clone(&self.link));
        *self.reader.borrow_mut() = Some(Task::spawn(reading));
        let feed = Rc::clone(&self.feed);
        self.link.attach(source, move |state| feed.changed(state));
    }

    /// Wires the card's buttons: reconnect, close, and reopen where the stream was.
    pub(crate) fn wire(self: &Rc<Self>, card: &Element) -> Result<[EventListener; 3], Trouble> {
        let [reconnect, close, open] =
            ["reconnect", "close", "open"].map(|name| dom::part::<HtmlButtonElement>(card, name));
        let link = Rc::clone(&self.link);
        let reconnect = EventListener::new(&*reconnect?, "click", move |_| link.reconnect());
        let link = Rc::clone(&self.link);
        let close = EventListener::new(&*close?, "click", move |_| link.close());
        let keeper = Rc::clone(self);
        let open = EventListener::new(&*open?, "click", move |_| {
            keeper.open(&keeper.link.last_event_id());
        });
        Ok([reconnect, close, open])
    }
}
