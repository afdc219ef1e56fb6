//! The edge, which passes the inputs in and has the outputs checked.

use core::iter;
use core::time::Duration;

use everstream_core::connection::State;
use everstream_core::connection::{Connection, Instant, TransportKind};
use everstream_core::parse::Event;

use crate::delivery::Delivery;
use crate::rules::Rules;
use crate::schedule::{Input, Schedule, Span, Step, Wait};

/// The longest time that the edge waits for a timer.
const PATIENCE: Duration = Duration::from_hours(24);

pub(crate) struct Edge<'s> {
    connection: Connection,
    now: Instant,
    rules: Rules<'s>,
    /// Set if the edge is lawful. Otherwise the position can't be predicted.
    delivery: Option<Delivery>,
}

impl<'s> Edge<'s> {
    pub(crate) fn new(schedule: &'s Schedule<'_>) -> Self {
        let options = &schedule.options;
        Self {
            connection: Connection::new(options.config(), schedule.seed),
            now: Instant::default(),
            rules: Rules::new(options),
            delivery: schedule
                .lawful
                .then(|| Delivery::new(options.last_event_id)),
        }
    }

    pub(crate) fn take(&mut self, step: &Step<'_>) {
        self.wait(&step.wait);
        self.check_early_timer();
        if self.delivery.is_some() && !self.can_come(&step.input) {
            return;
        }
        self.input(&step.input);
        if let Input::Timer = step.input {
            self.check_next_timer();
        }
    }

    fn wait(&mut self, wait: &Wait) {
        let due = self.connection.poll_timeout();
        let until_due = due.map_or(Duration::ZERO, |due| (due - self.now).min(PATIENCE));
        let time = match *wait {
            Wait::Not => Duration::ZERO,
            Wait::Milliseconds(time) => Duration::from_millis(time.into()),
            Wait::Hours(time) => Duration::from_hours(time.into()),
            Wait::UntilDue => until_due,
            Wait::PastDue(time) => until_due + Duration::from_millis(time.into()),
        };
        self.now = self.now + time;
    }

    /// Returns whether the transport in use can produce the input.
    fn can_come(&self, input: &Input<'_>) -> bool {
        let by_fetch = self.rules.in_use == Some(TransportKind::Fetch);
        let by_native = self.rules.in_use == Some(TransportKind::Native);
        let open = matches!(self.rules.shown, State::Open { .. });
        match input {
            Input::Answer(_)
            | Input::Breaks
            | Input::Ends
            | Input::NoHeaders(_)
            | Input::NoContinuation => by_fetch,
            Input::Bytes(_) | Input::ReadingResumes => by_fetch && open,
            Input::Opens | Input::NativeError { .. } => by_native,
            Input::Event { .. } => by_native && open,
            _ => true,
        }
    }

    /// Checks that a timer that fires too early has no effect in any state.
    fn check_early_timer(&mut self) {
        let due = self.connection.poll_timeout();
        if due.is_none_or(|due| self.now < due) {
            let outputs = self.input(&Input::Timer);
            assert_eq!(outputs, 0, "too early, and not without effect");
            // Only the check of whether the page runs may be put off, since the page has just been seen
            // running.
            assert!(
                self.connection.poll_timeout() >= due,
                "too early, yet moved"
            );
        }
    }

    /// Checks that the next timer lies ahead after one has fired, since it would spin otherwise.
    fn check_next_timer(&mut self) {
        let now = self.now;
        let Some(due) = self.connection.poll_timeout().filter(|due| *due <= now) else {
            return;
        };
        // A wait of zero length is followed by the attempt, whose timer lies ahead.
        assert!(due == now && self.rules.in_use.is_none(), "it is still due");
        self.input(&Input::Timer);
        let next = self.connection.poll_timeout();
        assert!(next.is_none_or(|next| next > now), "the timer spins");
    }

    /// Passes an input in. Returns the number of outputs.
    fn input(&mut self, input: &Input<'_>) -> usize {
        let moves = matches!(input, Input::Bytes(_) | Input::Event { .. });
        let position = (!moves).then(|| self.connection.last_event_id().to_owned());
        self.pass(input);
        if let Some(position) = position {
            assert_eq!(self.connection.last_event_id(), position);
        }
        if let Some(delivery) = &mut self.delivery {
            match input {
                Input::Bytes(chunk) => delivery.bytes(&chunk.bytes()),
                Input::Event { last_event_id, .. } => delivery.event(last_event_id),
                _ => {}
            }
            delivery.check(&self.connection);
        }
        if let Input::Heartbeat(limit) = input {
            self.rules.has_heartbeat = limit.is_some();
        }
        let outputs: Vec<_> = iter::from_fn(|| self.connection.poll_output()).collect();
        for output in &outputs {
            self.rules
                .output(output, &self.connection, self.delivery.as_mut());
        }
        self.rules.after(self.now, outputs.len(), &self.connection);
        outputs.len()
    }

    fn pass(&mut self, input: &Input<'_>) {
        let (connection, now) = (&mut self.connection, self.now);
        match *input {
            Input::Start => connection.start(now),
            Input::Answer(ref answer) => {
                let wall = Duration::from_secs(answer.wall.into());
                let excerpt = answer.excerpt.to_owned();
                let response = answer.response();
                let kind = response.kind("text/event-stream");
                connection.handle_response(now, response, kind, excerpt, wall);
            }
            Input::Opens => connection.handle_open(now),
            Input::Bytes(ref chunk) => {
                let bytes = chunk.bytes();
                let mut received = connection.receive(now, &bytes);
                while received.next().is_some() {}
            }
            Input::Event {
                last_event_id,
                length,
            } => {
                let data = "x".repeat(length.into());
                let event = Event {
                    event_type: "message",
                    data: &data,
                    last_event_id,
                };
                let _ = connection.handle_event(now, &event);
            }
            Input::ReadingResumes => connection.handle_resumed_reading(now),
            Input::Breaks => connection.handle_disconnect(now, "reset"),
            Input::Ends => connection.handle_end(now),
            Input::NoContinuation => connection.handle_no_continuation(),
            Input::NoHeaders(ref error) => connection.handle_headers_error(now, error.error()),
            Input::NativeError { gave_up } => connection.handle_native_error(now, gave_up),
            Input::Timer => connection.handle_timeout(now),
            Input::Signal(signal) => connection.handle_signal(now, signal),
            Input::NeedsFetch => connection.require_fetch(now),
            Input::Heartbeat(limit) => connection.set_heartbeat(limit.map(Span::duration)),
            Input::Reconnect => connection.reconnect(now),
            Input::Close => connection.close(),
        }
    }
}
