//! A lock of the browser: at most one tab holds it, the others queue.

use std::collections::VecDeque;

/// A tab's request; it has one at a time.
pub(crate) type Request = (usize, u64);

/// Other code of the same origin.
const OUTSIDER: Request = (usize::MAX, 0);

#[derive(Debug, Default)]
pub(crate) struct Lock {
    holder: Option<Request>,
    queue: VecDeque<Request>,
}

impl Lock {
    /// Who gets it now.
    pub(crate) fn request(&mut self, request: Request) -> Option<Request> {
        self.queue.push_back(request);
        self.pass_on()
    }

    /// The one who has lost it. The thief has it.
    pub(crate) fn steal(&mut self, request: Request) -> Option<Request> {
        self.queue.retain(|(tab, _)| *tab != request.0);
        let robbed = self.holder.replace(request);
        robbed.filter(|request| *request != OUTSIDER)
    }

    /// A tab lets go of it, or of its place in the queue; who gets it now.
    pub(crate) fn release(&mut self, tab: usize) -> Option<Request> {
        self.queue.retain(|(other, _)| *other != tab);
        self.holder.take_if(|(holder, _)| *holder == tab)?;
        self.pass_on()
    }

    /// Somebody takes it who is no tab. The one who has lost it.
    pub(crate) fn rob(&mut self) -> Option<Request> {
        let robbed = self.holder.take();
        self.holder = Some(OUTSIDER);
        robbed.filter(|request| *request != OUTSIDER)
    }

    /// Who is no tab lets go of it; who gets it now.
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
