//! The tab's lifecycle: its page sleeps and wakes, and the tab gets or loses the lock.

use super::{Output, Position, Tab};
use crate::connection::Instant;
use crate::tabs::config::Election;
use crate::tabs::message::Body;
use crate::tabs::sharing::Role;
use crate::tabs::timing::Timing;

impl Tab {
    // The page's lifecycle

    /// Tells the tab that its page is about to sleep: it is frozen, or goes into the back/forward cache.
    /// Another tab takes over.
    pub fn handle_leave(&mut self) {
        if !matches!(self.role, Position::Away | Position::Over) {
            self.depart();
            self.role = Position::Away;
            self.share(Role::Follower, 1);
        }
    }

    /// Tells the tab that its page is awake again, or is looked at again. The page may also have slept
    /// without notice and missed messages, so the tab catches up.
    pub fn handle_return(&mut self, now: Instant) {
        match &self.role {
            Position::Away => {
                if self.election == Election::Lock {
                    self.outputs.push_back(Output::RequestLock);
                }
                self.hello_again = now;
                self.become_follower(now);
                self.hello(now);
            }
            Position::Leading(_) => self.call_roll(now),
            Position::Following(_) => {
                self.hello_again = now;
                self.hello(now);
            }
            Position::Claiming(_) | Position::Over => {}
        }
    }

    pub(super) fn depart(&mut self) {
        if let Position::Leading(leading) = &self.role {
            let id = leading.upstream;
            self.flush();
            self.outputs.push_back(Output::Close(id));
        }
        self.send(Body::Bye);
        if self.election == Election::Lock {
            self.has_lock = false;
            self.outputs.push_back(Output::ReleaseLock);
        }
    }

    // The lock

    /// Tells the tab that this tab now holds the lock, or no longer does.
    pub fn handle_lock(&mut self, now: Instant, is_ours: bool) {
        if matches!(self.role, Position::Away | Position::Over) {
            // The tab has let the lock go already.
            return;
        }
        self.has_lock = is_ours;
        match (&self.role, is_ours) {
            (Position::Following(_), true) => self.claim(now),
            (Position::Claiming(_) | Position::Leading(_), false) => self.step_down(now),
            (Position::Following(_), false) => self.outputs.push_back(Output::RequestLock),
            _ => {}
        }
    }

    /// Tells the tab that locks turn out to be unavailable here: leases take their place.
    pub fn handle_lock_refused(&mut self, now: Instant) {
        if self.election == Election::Lease {
            return;
        }
        self.election = Election::Lease;
        self.timing = Timing::of(Election::Lease);
        self.has_lock = false;
        if matches!(self.role, Position::Following(_)) {
            self.become_follower(now);
            self.hello(now);
        }
    }
}
