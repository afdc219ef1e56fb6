//! The rules for the outputs, whatever the inputs.

use core::time::Duration;

use everstream_core::connection::State;
use everstream_core::connection::{
    Attempt, Connection, Decision, Instant, MAX_RETRY_AFTER, Output, Resume, TransportKind,
};

use crate::delivery::Delivery;
use crate::schedule::Options;

/// The time over which reconnects are spread when the network returns.
const SPREAD: Duration = Duration::from_millis(300);

/// The least delay that a policy's own function gets after it has failed for a while.
const LEAST_DELAY: Duration = Duration::from_millis(500);

/// The most outputs of an input: a connection is dropped, a state shown, another connection opened.
const MOST_OUTPUTS: usize = 3;

pub(crate) struct Rules<'s> {
    options: &'s Options<'s>,
    /// The transport in use, between `Connect` and `Disconnect`.
    pub(crate) in_use: Option<TransportKind>,
    /// The last state.
    pub(crate) shown: State,
    /// Whether the state was shown after the latest input.
    is_new: bool,
    pub(crate) has_heartbeat: bool,
    attempts: u32,
    /// How often the browser has reconnected.
    browser_reconnects: u32,
    opened: u32,
}

impl<'s> Rules<'s> {
    pub(crate) fn new(options: &'s Options<'_>) -> Self {
        Self {
            options,
            in_use: None,
            shown: State::Idle,
            is_new: false,
            has_heartbeat: options.heartbeat.is_some(),
            attempts: 0,
            browser_reconnects: 0,
            opened: 0,
        }
    }

    pub(crate) fn output(
        &mut self,
        output: &Output,
        connection: &Connection,
        delivery: Option<&mut Delivery>,
    ) {
        let is_over = matches!(self.shown, State::Closed { .. });
        assert!(!is_over, "{output:?} after the end");
        match output {
            Output::Connect(attempt) => self.connect(attempt, delivery),
            Output::Disconnect => {
                let dropped = self.in_use.take();
                assert!(dropped.is_some(), "there is nothing to disconnect");
            }
            Output::State(state) => self.state(state),
            Output::Gap(_) => self.gap(connection.last_event_id()),
            Output::End(_) => {}
            Output::Event(event) => panic!("{event:?} was not asked for"),
        }
    }

    fn connect(&mut self, attempt: &Attempt, delivery: Option<&mut Delivery>) {
        assert!(self.in_use.is_none(), "two connections at a time");
        self.in_use = Some(attempt.transport);
        let announced = matches!(self.shown, State::Connecting { attempt: number, transport }
            if (number, transport) == (attempt.number, attempt.transport));
        assert!(self.is_new && announced, "{attempt:?} is not announced");
        self.attempts += 1;
        assert_eq!(attempt.number, self.attempts, "each is counted");

        let Some(delivery) = delivery else { return };
        let position = delivery.begin_anew();
        let by_query = self.options.resume_by_query;
        // The ID is no valid position or header value, or a server may have refused it.
        let may_be_left_out = !position.is_empty();
        let resumes = match (&attempt.resume, attempt.transport) {
            (Resume::Header(id), TransportKind::Fetch) => id == position && !id.is_empty(),
            (Resume::Query(id), _) => id == position && !id.is_empty() && by_query,
            (Resume::None, TransportKind::Native) => position.is_empty() || !by_query,
            (Resume::None, TransportKind::Fetch) => position.is_empty() || may_be_left_out,
            (Resume::Header(_), TransportKind::Native) => false,
        };
        assert!(resumes, "{attempt:?} from position {position:?}");
    }

    fn state(&mut self, state: &State) {
        match state {
            State::Open { transport, .. } => {
                assert_eq!(self.in_use, Some(*transport), "what is open is in use");
                self.opened += 1;
                if matches!(self.shown, State::Waiting { .. }) {
                    self.browser_reconnects += 1;
                }
            }
            State::Waiting {
                retry_in, failures, ..
            } => self.waiting(*retry_in, *failures),
            State::Connecting { .. } | State::Paused | State::Closed { .. } => {}
            other => panic!("{other:?} is not a state to enter"),
        }
        self.shown = state.clone();
        self.is_new = true;
    }

    fn waiting(&self, retry_in: Option<Duration>, failures: u32) {
        let within_most = self
            .options
            .max_attempts()
            .is_none_or(|most| failures <= most);
        // A wait without a failure is the spread of returning clients.
        let is_spread = failures == 0 && retry_in.is_some_and(|wait| wait <= SPREAD);
        assert!(is_spread || within_most, "{failures} failures");
        let longest = match self.options.decision() {
            Decision::RetryAfter(delay) => delay.max(LEAST_DELAY),
            _ => {
                let most = self.options.max_delay();
                most.saturating_add(most.max(MAX_RETRY_AFTER))
            }
        };
        let wait = retry_in.unwrap_or_default();
        assert!(wait <= longest, "a wait of {wait:?}, at most {longest:?}");
    }

    /// Checks a gap. Without a position, nothing can be missed before the first connection.
    fn gap(&self, position: &str) {
        let in_place = matches!(self.shown, State::Open { .. });
        assert!(self.is_new && in_place, "a gap in {:?}", self.shown);
        let has_begun = self.opened > 1 || !position.is_empty();
        assert!(has_begun, "a gap before the first event");
    }

    pub(crate) fn after(&mut self, now: Instant, outputs: usize, connection: &Connection) {
        assert!(outputs <= MOST_OUTPUTS, "{outputs} outputs from one input");
        let due = connection.poll_timeout();
        let (needs_connection, timer_fits) = match &self.shown {
            State::Connecting { .. } => (true, due.is_some_and(|due| !self.is_new || due > now)),
            // The core also checks whether the page runs without a heartbeat, and while the browser
            // reconnects.
            State::Open { .. } | State::Waiting { retry_in: None, .. } => (true, due.is_some()),
            State::Waiting {
                retry_in: Some(wait),
                ..
            } => (
                false,
                due.is_some_and(|due| !self.is_new || due == now + *wait),
            ),
            _ => (false, due.is_none()),
        };
        let shown = &self.shown;
        assert_eq!(self.in_use.is_some(), needs_connection, "in {shown:?}");
        assert!(timer_fits, "due at {due:?} in {shown:?} at {now:?}");

        let is_closed = matches!(shown, State::Closed { .. });
        assert_eq!(connection.is_closed(), is_closed, "in {shown:?}");
        let stats = connection.stats();
        assert_eq!(stats.attempts, self.attempts + self.browser_reconnects);
        assert_eq!(stats.opened, self.opened);
        self.is_new = false;
    }
}
