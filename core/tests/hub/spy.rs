//! A session wrapped around another, which measures on demand how much state it keeps.

use std::cell::Cell;
use std::rc::Rc;

use everstream_core::connection::{Instant, Stats};
use everstream_core::mux::Request;
use everstream_core::parse::Event;
use everstream_core::session::{Input, LinkId, Output, Place, Session, Sink};

use super::edge::Printed;

/// Set to request a measurement at the next input; then holds the length of the printed session in
/// characters.
pub(crate) type Kept = Rc<Cell<Option<usize>>>;

pub(crate) struct Spy {
    session: Box<dyn Printed>,
    kept: Kept,
}

impl Spy {
    pub(crate) fn new(session: Box<dyn Printed>, kept: &Kept) -> Self {
        let kept = Rc::clone(kept);
        Self { session, kept }
    }
}

impl Session for Spy {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.session.handle(now, input);
        if self.kept.get().is_some() {
            self.kept.set(Some(format!("{:?}", self.session).len()));
        }
    }

    fn receive(&mut self, now: Instant, link: LinkId, bytes: &[u8], sink: &mut dyn Sink) -> usize {
        self.session.receive(now, link, bytes, sink)
    }

    fn receive_native(
        &mut self,
        now: Instant,
        link: LinkId,
        event: &Event<'_>,
        sink: &mut dyn Sink,
    ) {
        self.session.receive_native(now, link, event, sink);
    }

    fn deliver(&mut self, sink: &mut dyn Sink) {
        self.session.deliver(sink);
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.session.poll_output()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.session.poll_timeout()
    }

    fn plan(&mut self, link: LinkId) -> Option<Request> {
        self.session.plan(link)
    }

    fn place(&self) -> Place<'_> {
        self.session.place()
    }

    fn stats(&self) -> Stats {
        self.session.stats()
    }
}
