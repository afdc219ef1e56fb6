//! A lock of the browser: at most one tab holds it, the others queue.

use std::collections::VecDeque;

/// The request of a tab, which has at most one at a time.
pub(crate) type Request = (usize, u64);

/// Other code of the same origin.
const OUTSIDER: Request = (usize::MAX, 0);

#[derive(Debug, Default)]
pub(crate) struct Lock {
    holder: Option<Request>,
    queue: VecDeque<Request>,
}

impl Lock {
    /// Queues a request. Returns the request that holds the lock now, if it has changed.
    pub(crate) fn request(&mut self, request: Request) -> Option<Request> {
        self.queue.push_back(request);
        self.pass_on()
    }

    /// Gives the lock to a thief. Returns the request that has lost it.
    pub(crate) fn steal(&mut self, request: Request) -> Option<Request> {
        self.queue.retain(|(tab, _)| *tab != request.0);
        let robbed = self.holder.replace(request);
        robbed.filter(|request| *request != OUTSIDER)
    }

    /// Releases a tab's lock or its place in the queue. Returns the request that gets the lock now.
    pub(crate) fn release(&mut self, tab: usize) -> Option<Request> {
        self.queue.retain(|(other, _)| *other != tab);
        self.holder.take_if(|(holder, _)| *holder == tab)?;
        self.pass_on()
    }

    /// Takes the lock for an outsider. Returns the request that has lost it.
    pub(crate) fn rob(&mut self) -> Option<Request> {
        let robbed = self.holder.take();
        self.holder = Some(OUTSIDER);
        robbed.filter(|request| *request != OUTSIDER)
    }

    /// Releases the outsider's lock. Returns the request that gets the lock now.
    pub(crate) fn give_back(&mut self) -> Option<Request> {
        self.holder.take_if(|holder| *holder == OUTSIDER)?;
        self.pass_on()
    }

    fn pass_on(&mut self) -> Option<Request> {
        if self.holder.is_some() {
            return None;
        }
        self.holder = self.queue.pop_front();
        self.holder
    }
}
