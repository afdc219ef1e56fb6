//! A card's connection: the open source, and the data for its plot.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

use everstream::{Error, SourceStats, State, TransportKind};

use crate::clock;
use crate::connection::Connection;
use crate::task::Task;
use crate::timeline::Timeline;

/// The reason why a connection without an error is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Closed by the server: status 204, or the end of an answer.
    Server,
    /// Closed by the visitor.
    Visitor,
    /// Complete: no more events were to come.
    Complete,
}

/// The state of a connection, and since when.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// `None` before the first source.
    pub(crate) state: Option<State>,
    pub(crate) since: f64,
    pub(crate) ending: Ending,
    /// The transport of the last attempt.
    pub(crate) transport: Option<TransportKind>,
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Link {
    /// The heartbeat timeout that the card's sources are built with.
    pub(crate) heartbeat: Option<Duration>,
    source: RefCell<Option<Box<dyn Connection>>>,
    condition: RefCell<Condition>,
    timeline: RefCell<Timeline>,
    /// The counters and the position of a released source.
    past: RefCell<(SourceStats, String)>,
    watcher: RefCell<Option<Task>>,
    recoveries: Cell<u32>,
}

impl Link {
    pub(crate) fn new(heartbeat: Option<Duration>) -> Rc<Self> {
        Rc::new(Self {
            heartbeat,
            source: RefCell::default(),
            condition: RefCell::new(Condition {
                state: None,
                since: 0.0,
                ending: Ending::Server,
                transport: None,
            }),
            timeline: RefCell::default(),
            past: RefCell::default(),
            watcher: RefCell::default(),
            recoveries: Cell::new(0),
        })
    }

    /// Replaces the source and passes on each of its states.
    pub(crate) fn attach(
        self: &Rc<Self>,
        source: impl Connection,
        changed: impl Fn(&State) + 'static,
    ) {
        let mut states = source.states();
        self.condition.borrow_mut().ending = Ending::Server;
        // The previous connection was replaced rather than lost.
        self.timeline.borrow_mut().ended(clock::now());
        if source.last_event_id().is_empty() {
            self.recoveries.set(0);
        }
        *self.source.borrow_mut() = Some(Box::new(source));
        let link = Rc::downgrade(self);
        let watcher = Task::spawn(async move {
            while let Some(state) = states.next().await {
                let Some(link) = link.upgrade() else { return };
                link.note(&state);
                changed(&state);
            }
        });
        *self.watcher.borrow_mut() = Some(watcher);
    }

    /// Shows that a source couldn't be built.
    pub(crate) fn refuse(&self, error: Error) {
        self.release(Ending::Server);
        self.note(&State::Closed { error: Some(error) });
    }

    /// Drops the connection and opens a new one.
    pub(crate) fn reconnect(&self) {
        if let Some(source) = &*self.source.borrow() {
            source.reconnect();
        }
    }

    /// Closes the connection. Streams end once their buffered events have been read.
    pub(crate) fn close(&self) {
        self.condition.borrow_mut().ending = Ending::Visitor;
        if let Some(source) = &*self.source.borrow() {
            source.close();
        }
    }

    /// Releases the source. If the card's subscriptions are gone too, this closes the connection.
    pub(crate) fn release(&self, ending: Ending) {
        self.condition.borrow_mut().ending = ending;
        if let Some(source) = self.source.take() {
            *self.past.borrow_mut() = (source.stats(), source.last_event_id());
        }
    }

    /// Records an event in the plot.
    pub(crate) fn event(&self) {
        self.timeline.borrow_mut().event(clock::now());
    }

    /// Records a sign of life in the plot.
    pub(crate) fn heartbeat(&self) {
        self.timeline.borrow_mut().active(clock::now());
    }

    pub(crate) fn condition(&self) -> Condition {
        self.condition.borrow().clone()
    }

    pub(crate) fn stats(&self) -> SourceStats {
        match &*self.source.borrow() {
            Some(source) => source.stats(),
            None => self.past.borrow().0.clone(),
        }
    }

    pub(crate) fn last_event_id(&self) -> String {
        match &*self.source.borrow() {
            Some(source) => source.last_event_id(),
            None => self.past.borrow().1.clone(),
        }
    }

    /// Returns the number of recoveries from outages since the stream was read from its beginning.
    pub(crate) fn recoveries(&self) -> u32 {
        self.recoveries.get()
    }

    /// Reads the timeline as of `now`.
    pub(crate) fn read<T>(&self, now: f64, read: impl FnOnce(&Timeline) -> T) -> T {
        let mut timeline = self.timeline.borrow_mut();
        timeline.advance(now);
        read(&timeline)
    }

    fn note(&self, state: &State) {
        let now = clock::now();
        let mut condition = self.condition.borrow_mut();
        let mut timeline = self.timeline.borrow_mut();
        match *state {
            State::Open {
                transport, resumed, ..
            } => {
                condition.transport = Some(transport);
                timeline.opened(now);
                if resumed.is_resumed() {
                    self.recoveries.set(self.recoveries.get() + 1);
                }
            }
            State::Connecting { transport, .. } => {
                condition.transport = Some(transport);
                if timeline.is_open() {
                    timeline.lost(now);
                }
            }
            State::Waiting { .. } | State::Paused => timeline.lost(now),
            State::Idle | State::Closed { .. } => timeline.ended(now),
            _ => {}
        }
        condition.state = Some(state.clone());
        condition.since = now;
    }
}
