//! The edge: it drives the connection as one in a browser does.

use std::time::Duration;

use everstream_core::connection::{Attempt, Connection, Instant, Output, State, TransportKind};

use super::{Happening, World};
use crate::native::Native;
use crate::page::{Open, positions};
use crate::plan::milliseconds;
use crate::rules::Cause;
use crate::wire::Link;

impl World {
    pub(super) fn instant(&self) -> Instant {
        Instant::from_origin(Duration::from_millis(self.now))
    }

    /// Passes something in, and performs what comes out.
    pub(super) fn input(&mut self, cause: Cause, pass: impl FnOnce(&mut Connection, Instant)) {
        self.rules.before(self.now, cause);
        let now = self.instant();
        pass(&mut self.page.connection, now);
        self.perform();
    }

    /// Does what comes out, and sets the timer.
    pub(super) fn perform(&mut self) {
        while let Some(output) = self.page.connection.poll_output() {
            self.note(|| format!("  {}", brief(&output)));
            self.rules.output(&output);
            match output {
                Output::Connect(attempt) => self.connect(&attempt),
                Output::Disconnect => self.disconnect(),
                Output::State(_) | Output::Gap | Output::End(_) => {}
                Output::Event(event) => unreachable!("{event:?} was not asked for"),
            }
        }
        self.rules.after();
        self.set_timer();
    }

    fn connect(&mut self, attempt: &Attempt) {
        let (header, query) = positions(attempt);
        let number = attempt.number;
        let mut link = Link::new(number, attempt.transport, header, query.clone());
        link.fresh_headers = attempt.unauthorized;
        link.continues = attempt.continues;
        link.position.clone_from(&attempt.position);
        let id = self.open_link(link);
        self.page.transport = Some(match attempt.transport {
            TransportKind::Fetch => Open::Fetch {
                attempt: number,
                link: id,
            },
            TransportKind::Native => {
                let mut native = Native::new(self.plan.engine, number, query);
                native.link = Some(id);
                Open::Native(Box::new(native))
            }
        });
    }

    fn disconnect(&mut self) {
        if let Some(id) = self.page.link() {
            self.abort(id);
        }
        self.page.transport = None;
    }

    fn set_timer(&mut self) {
        let due = self.page.connection.poll_timeout().map(|due| {
            let since_origin = due.saturating_since(Instant::default());
            // A timer in whole milliseconds that does not fire too early.
            milliseconds(since_origin + Duration::from_nanos(999_999))
        });
        if due == self.page.timer_at {
            return;
        }
        self.page.timer_at = due;
        self.page.timer += 1;
        let Some(due) = due else { return };
        let mut at = due.max(self.now) + self.random.within(0..=self.plan.lateness);
        if self.page.hidden {
            at = at.next_multiple_of(self.plan.throttle);
        }
        self.queue.plan(at, Happening::Timer(self.page.timer));
    }
}

fn brief(output: &Output) -> String {
    match output {
        Output::Connect(attempt) => format!("-> {attempt:?}"),
        Output::State(State::Waiting {
            retry_in,
            failures,
            error,
        }) => format!("-> wait {retry_in:?} after {failures}: {error}"),
        Output::State(State::Closed { error: Some(error) }) => format!("-> closed: {error}"),
        other => format!("-> {other:?}"),
    }
}
