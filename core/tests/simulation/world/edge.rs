//! The edge, which drives the session as the one in a browser does.

use std::time::Duration;

use everstream_core::connection::{Attempt, End, Instant, State, TransportKind};
use everstream_core::session::{Delivery, Flow, Input, LinkId as LinkName, Output, Session, Sink};

use super::{Happening, World};
use crate::native::Native;
use crate::page::{Open, positions};
use crate::plan::milliseconds;
use crate::rules::Cause;
use crate::wire::Link;

/// A delivery to the subscribers, kept until the session is free again.
#[derive(Debug)]
pub(super) enum Told {
    Event {
        event_type: String,
        data: String,
        last_event_id: String,
        position: String,
    },
    Gap,
    State(State),
    Ended(End),
    /// A delivery that is impossible in this world, in words.
    Impossible(String),
}

/// Receives the session's deliveries and stops after a number of them.
pub(super) struct Ears {
    pub(super) told: Vec<Told>,
    room: usize,
    pub(super) is_full: bool,
}

impl Ears {
    /// Creates ears that have room for `room` deliveries.
    pub(super) fn with_room(room: usize) -> Self {
        Self {
            told: Vec::new(),
            room,
            is_full: false,
        }
    }
}

impl Sink for Ears {
    fn take(&mut self, delivery: Delivery<'_>) -> Flow {
        if self.is_full {
            let what = format!("{delivery:?} comes though there is no room");
            self.told.push(Told::Impossible(what));
        }
        match delivery {
            Delivery::Event(_, event, place) => {
                self.told.push(Told::Event {
                    event_type: event.event_type.to_owned(),
                    data: event.data.to_owned(),
                    last_event_id: event.last_event_id.to_owned(),
                    position: place.position.to_owned(),
                });
            }
            Delivery::Gap(..) => self.told.push(Told::Gap),
            Delivery::State(state) => self.told.push(Told::State(state.clone())),
            Delivery::Ended(end) => self.told.push(Told::Ended(end)),
            Delivery::Comment(_) => {}
            other => self.told.push(Told::Impossible(format!("{other:?}"))),
        }
        self.room = self.room.saturating_sub(1);
        self.is_full |= self.room == 0;
        if self.is_full {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }
}

impl World {
    pub(super) fn instant(&self) -> Instant {
        Instant::from_origin(Duration::from_millis(self.now))
    }

    /// Passes an input into the session, hands on its deliveries and carries out its outputs.
    pub(super) fn input(&mut self, cause: Cause, input: Input<'_>) {
        self.rules.before(self.now, cause);
        let now = self.instant();
        self.page.session.handle(now, input);
        self.settle();
    }

    pub(super) fn settle(&mut self) {
        let outputs: Vec<Output> =
            core::iter::from_fn(|| self.page.session.poll_output()).collect();
        if let Some((id, _)) = &self.page.rest {
            let name = self.links[*id].name;
            let is_dropped =
                |output: &Output| matches!(output, Output::Disconnect(link) if *link == name);
            if outputs.iter().any(is_dropped) {
                // Messages of a dropped connection must not reach the session any more.
                self.page.rest = None;
            }
        }
        if self.page.rest.is_none() {
            let mut ears = Ears::with_room(usize::MAX);
            self.page.session.deliver(&mut ears);
            self.hear(ears.told);
        }
        for output in outputs {
            self.note(|| format!("  -> {output:?}"));
            self.perform(output);
        }
        self.rules.after();
        self.set_timer();
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Connect(name, attempt) => {
                self.rules.connects(&attempt);
                self.rules.names(name);
                self.connect(name, &attempt);
            }
            Output::Disconnect(name) => {
                self.rules.disconnects(name);
                self.disconnect();
            }
            other => self.rules.impossible(&format!("{other:?}")),
        }
    }

    /// Passes the deliveries to the rules.
    pub(super) fn hear(&mut self, told: Vec<Told>) {
        for told in told {
            self.note(|| brief(&told));
            match told {
                Told::Event {
                    event_type,
                    data,
                    last_event_id,
                    position,
                } => {
                    self.rules.resumes_behind(&last_event_id, &position);
                    self.see(&event_type, &data, &last_event_id);
                }
                Told::Gap => self.rules.gap(),
                Told::State(state) => self.rules.state(&state),
                Told::Ended(end) => self.rules.ends(end),
                Told::Impossible(what) => self.rules.impossible(&what),
            }
        }
    }

    fn connect(&mut self, name: LinkName, attempt: &Attempt) {
        let (header, query) = positions(attempt);
        let number = attempt.number;
        let mut link = Link::new(name, number, attempt.transport, header, query.clone());
        link.fresh_headers = attempt.unauthorized;
        link.continues = attempt.continues;
        link.position.clone_from(&attempt.position);
        let id = self.open_link(link);
        self.page.transport = Some(match attempt.transport {
            TransportKind::Fetch => Open::Fetch(id),
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
        let due = self.page.session.poll_timeout().map(|due| {
            let since_origin = due.saturating_since(Instant::default());
            // The timer has whole milliseconds, and rounding up keeps it from firing early.
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

fn brief(told: &Told) -> String {
    match told {
        Told::Event {
            event_type,
            data,
            last_event_id,
            ..
        } => format!("  {event_type} {data} (last event ID {last_event_id:?})"),
        Told::State(State::Waiting {
            retry_in,
            failures,
            error,
        }) => format!("  wait {retry_in:?} after {failures}: {error}"),
        other => format!("  {other:?}"),
    }
}
