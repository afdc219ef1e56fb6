//! What the page goes through, and what is asked of the connection.

use everstream_core::connection::{Connection, Signal, TransportKind};

use super::World;
use crate::disturbance::{PageChange, Sleep};
use crate::page::Task;
use crate::rules::Cause;

impl World {
    pub(super) fn change_page(&mut self, change: PageChange) {
        // A page that sleeps asks for nothing.
        let asks = matches!(
            change,
            PageChange::Closes
                | PageChange::Reconnects
                | PageChange::RequiresFetch
                | PageChange::StretchesHeartbeat(_)
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
            PageChange::Closes => self.input(Cause::Close, |connection, _| connection.close()),
            PageChange::Reconnects => self.input(Cause::Reconnect, Connection::reconnect),
            PageChange::RequiresFetch => self.input(Cause::RequireFetch, Connection::require_fetch),
            PageChange::StretchesHeartbeat(by) => {
                if let Some(heartbeat) = self.plan.config.heartbeat {
                    let limit = Some(heartbeat * by);
                    self.rules.heartbeat_is(limit);
                    self.input(Cause::Heartbeat, |connection, _| {
                        connection.set_heartbeat(limit);
                    });
                }
            }
        }
    }

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Hidden => self.page.hidden = true,
            Signal::Visible => {
                self.page.hidden = false;
                // Timers that were rounded up fall due at once.
                self.page.timer_at = None;
            }
            _ => {}
        }
        self.rules.page_is(self.now, self.page.hidden);
        self.input(Cause::Signal(signal), |connection, now| {
            connection.handle_signal(now, signal);
        });
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

    /// The page goes on: signals, timer and backlog, in no order but their own.
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
                match backlog.next().expect("one is left") {
                    Task::Message(id, message) => self.deliver(id, message),
                    Task::NativeReconnect(attempt) => self.native_reconnect(attempt),
                }
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
        self.page.timer_at = None;
        self.input(Cause::Timer, Connection::handle_timeout);
        let now = self.instant();
        let next = self.page.connection.poll_timeout();
        self.rules
            .timer_moves_on(next.is_none_or(|next| next > now));
    }
}
