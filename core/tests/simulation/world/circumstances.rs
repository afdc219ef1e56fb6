//! The changes of the page, and the calls on the session.

use everstream_core::connection::{Signal, TransportKind};
use everstream_core::session::{Input, Session};

use super::World;
use crate::coverage::Mark;
use crate::disturbance::{PageChange, Sleep};
use crate::page::Task;
use crate::rules::Cause;

impl World {
    pub(super) fn change_page(&mut self, change: PageChange) {
        // A sleeping page makes no calls.
        let asks = matches!(
            change,
            PageChange::Closes | PageChange::Reconnects | PageChange::RequiresFetch
        );
        if asks && self.page.asleep.is_some() {
            return;
        }
        match change {
            PageChange::Signal(signal) => self.signal(signal),
            PageChange::NetworkLost => {
                self.network = false;
                self.stall_everything();
                self.signal(Signal::Offline);
            }
            PageChange::NetworkFound => {
                self.network = true;
                self.signal(Signal::Online);
            }
            PageChange::FallsAsleep(sleep) => self.fall_asleep(sleep),
            PageChange::WakesUp(signals) => self.wake_up(&signals),
            PageChange::Closes => self.interrupt(Cause::Close, Input::Close),
            PageChange::Reconnects => self.interrupt(Cause::Reconnect, Input::Reconnect),
            PageChange::RequiresFetch => self.interrupt(Cause::RequireFetch, Input::RequireFetch),
        }
    }

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Hidden => self.page.hidden = true,
            Signal::Visible => {
                self.page.hidden = false;
                // Timers that were rounded up become due at once.
                self.page.timer_at = None;
            }
            _ => {}
        }
        self.rules.page_is(self.now, self.page.hidden);
        self.interrupt(Cause::Signal(signal), Input::Signal(signal));
    }

    /// Passes in an input that doesn't wait for subscribers. If it drops the connection, the rest of its
    /// piece goes, too, and the messages behind it are late.
    fn interrupt(&mut self, cause: Cause, input: Input<'_>) {
        let waited = self.page.rest.is_some();
        self.input(cause, input);
        if waited && self.page.rest.is_none() {
            self.rules.coverage.reach(Mark::RestDropped);
            self.go_on();
        }
    }

    fn fall_asleep(&mut self, sleep: Sleep) {
        self.page.asleep = Some(sleep);
        match (sleep, self.page.link()) {
            (Sleep::Cached | Sleep::AsleepTooLong, _) => self.stall_everything(),
            (Sleep::Frozen, Some(id)) if self.links[id].by == TransportKind::Fetch => {
                self.links[id].stalled = true;
                self.server.streams.retain(|stream| *stream != id);
            }
            _ => {}
        }
    }

    /// Wakes the page up: signals, timer and backlog run interleaved at random, each in its own order.
    fn wake_up(&mut self, signals: &[Signal]) {
        self.page.asleep = None;
        self.rules.wakes_up();
        self.rules.page_is(self.now, self.page.hidden);
        let mut signals = signals.iter();
        let mut backlog = core::mem::take(&mut self.page.inbox).into_iter();
        let mut timer = Some(());
        let (mut signals_left, mut backlog_left) = (signals.len(), backlog.len());
        loop {
            let left = signals_left + backlog_left + usize::from(timer.is_some());
            if left == 0 {
                return;
            }
            let next = self.random.index(left);
            if next < signals_left {
                signals_left -= 1;
                let signal = *signals.next().expect("one is left");
                self.note(|| format!("  {signal:?}"));
                self.signal(signal);
            } else if next < signals_left + backlog_left {
                backlog_left -= 1;
                let task = backlog.next().expect("one is left");
                self.do_task(task);
            } else {
                timer = None;
                self.fire_timer();
            }
        }
    }

    pub(super) fn fire_timer(&mut self) {
        if self.page.asleep.is_some() {
            return;
        }
        if self.page.rest.is_some() {
            self.page.inbox.push(Task::Timer);
            return;
        }
        self.page.timer_at = None;
        self.input(Cause::Timer, Input::Timeout);
        let now = self.instant();
        let next = self.page.session.poll_timeout();
        self.rules
            .timer_moves_on(next.is_none_or(|next| next > now));
    }
}
