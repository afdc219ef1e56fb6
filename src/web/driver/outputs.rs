//! Performs the outputs of a session.

use std::sync::Arc;

use super::Driver;
use crate::web::exchange::Planned;
use crate::web::link::Link;
use everstream_core::connection::{Attempt, TransportKind};
use everstream_core::mux::Request;
use everstream_core::session::{Input, LinkId, Output, SendId};

impl Driver {
    /// Performs all outputs that the session has.
    pub(super) fn perform(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect(link, attempt) => self.connect(link, attempt),
                // Dropping a connection closes it.
                Output::Disconnect(link) => self.links.retain(|other| other.id != link),
                Output::Listen(link) => {
                    let link = self.links.iter_mut().find(|other| other.id == link);
                    if let Some(link) = link {
                        link.listen(|| self.client.event_types());
                    }
                }
                Output::Send {
                    id,
                    request,
                    unauthorized,
                } => self.send(id, request, unauthorized),
                // Dropping a request aborts it.
                Output::Abort(id) => self.exchanges.retain(|(other, _)| *other != id),
                output => self.tell(&output),
            }
        }
    }

    /// Performs an output that concerns the other tabs.
    fn tell(&self, output: &Output) {
        let Some(tabs) = &self.tabs else { return };
        match output {
            Output::Say(bytes) => tabs.say(bytes),
            Output::RequestLock => tabs.request_lock(),
            Output::StealLock => tabs.steal_lock(),
            Output::ReleaseLock => tabs.release_lock(),
            _ => {}
        }
    }

    fn connect(&mut self, id: LinkId, attempt: Attempt) {
        // User code may have closed the source meanwhile, so nothing must be sent any more.
        if self.inbox.is_closed() {
            return;
        }
        let link = match attempt.transport {
            TransportKind::Fetch => {
                let answer = self.answer.as_ref().map(Arc::clone);
                Link::by_fetch(id, &self.request, attempt, answer)
            }
            TransportKind::Native => {
                let types = self.client.event_types();
                let plan = self.plan(id);
                let plan = plan.as_deref();
                Link::by_native(id, &self.request, &attempt, plan, &types)
            }
        };
        self.links.push(link);
    }

    /// Sends a connection's request once the caller's own code has prepared it.
    pub(super) fn send_prepared(&mut self, id: LinkId) {
        if self.inbox.is_closed() {
            return;
        }
        let plan = self.plan(id);
        let link = self.links.iter_mut().find(|link| link.id == id);
        if let Some(link) = link {
            // A multiplexer's plan decides the method by itself.
            if plan.is_none() && link.has_side_effects() {
                let now = self.clock.now();
                self.session.handle(now, Input::SideEffects(id));
            }
            link.send(plan.as_deref());
        }
    }

    /// Returns the multiplexer's changes to a connection's request, right before it is sent.
    fn plan(&mut self, id: LinkId) -> Option<Planned> {
        let requests = self.requests.as_ref()?;
        Some((requests.plan)(self.session.plan(id)?))
    }

    fn send(&mut self, id: SendId, request: Request, unauthorized: bool) {
        if self.inbox.is_closed() {
            return;
        }
        if let Some(requests) = &self.requests {
            let sent = (requests.send)(&self.request, request, unauthorized);
            self.exchanges.push((id, sent));
        }
    }
}
