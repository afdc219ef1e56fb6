//! The tests that every framework shares: the cases, and a page to observe.
//!
//! Each framework has its own component in a [`Host`](crate::Host), which shows the same values under the
//! same names. The cases are therefore written once.

mod arguments;
mod cases;
#[expect(
    dead_code,
    reason = "the browser tests, whose module this is, need more of it"
)]
#[path = "../../../browser/tests/page/support/hub.rs"]
mod hub;
pub(crate) mod inside;
mod page;
pub(crate) mod renderings;
#[expect(
    dead_code,
    reason = "the browser tests, whose module this is, need more of it"
)]
#[path = "../../../browser/tests/page/support/scenario.rs"]
mod scenario;
#[expect(
    dead_code,
    reason = "the browser tests, whose module this is, need more of it"
)]
#[path = "../../../browser/tests/page/support/wait.rs"]
mod wait;

use core::time::Duration;
use std::rc::Rc;

use everstream::{Error, EventSource, RetryPolicy, State, Transport};

use crate::SourceOptions;

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The data of the test server's events.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub(crate) struct Tick {
    pub(crate) n: u64,
}

/// The same data in a type that is bound to its thread.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(from = "Tick")]
pub(crate) struct Local(pub(crate) Rc<u64>);

impl From<Tick> for Local {
    fn from(tick: Tick) -> Self {
        Self(Rc::new(tick.n))
    }
}

/// The same events as an enum.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Event {
    Tick { n: u64 },
}

const RETRY: Duration = Duration::from_millis(200);

/// The source or channel that the component is asked to open.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    Nothing,
    /// A source with the library's defaults, by its URL.
    Url(String),
    /// A source over fetch, which reports the status of a failure. Its retry delay is short enough to wait
    /// for and long enough to see.
    Fetch(String),
    /// A channel of a multiplexer.
    Channel {
        /// The multiplexer's URL.
        url: String,
        name: &'static str,
    },
    /// A channel without a provider of a multiplexer.
    Orphan,
    /// Sources whose URLs come in different forms, and subscriptions in different forms.
    Forms {
        url: String,
        event_type: &'static str,
    },
    /// A `reduce` that reads its value and closes the source at the third event.
    Closer(String),
    /// A source on which the component later subscribes to every event.
    Late(String),
    /// `count` components, each with its own channel.
    Widgets {
        url: String,
        count: usize,
    },
}

impl Wanted {
    /// Returns the URL, for components that build no options.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Nothing | Self::Orphan => String::new(),
            Self::Url(url)
            | Self::Fetch(url)
            | Self::Channel { url, .. }
            | Self::Forms { url, .. }
            | Self::Closer(url)
            | Self::Late(url)
            | Self::Widgets { url, .. } => url.clone(),
        }
    }

    /// Returns the event type of [`Forms`](Self::Forms).
    pub(crate) fn event_type(&self) -> &'static str {
        match self {
            Self::Forms { event_type, .. } => event_type,
            _ => "none",
        }
    }

    /// Returns the number of [`Widgets`](Self::Widgets).
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Widgets { count, .. } => *count,
            _ => 0,
        }
    }

    pub(crate) fn options(&self) -> SourceOptions {
        match self {
            Self::Nothing | Self::Orphan => None::<String>.into(),
            Self::Fetch(url) => {
                let policy = RetryPolicy::default()
                    .initial_delay(RETRY)
                    .max_delay(RETRY)
                    .jitter(false);
                let builder = EventSource::builder(url).transport(Transport::Fetch);
                builder.retry(policy).into()
            }
            other => other.url().into(),
        }
    }
}

/// The component that shows a [`Wanted`].
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Source,
    Channel,
    Orphan,
    Forms,
    Closer,
    Late,
    Widgets,
}

impl Kind {
    pub(crate) fn of(wanted: &Wanted) -> Self {
        match wanted {
            Wanted::Nothing | Wanted::Url(_) | Wanted::Fetch(_) => Self::Source,
            Wanted::Channel { .. } => Self::Channel,
            Wanted::Orphan => Self::Orphan,
            Wanted::Forms { .. } => Self::Forms,
            Wanted::Closer(_) => Self::Closer,
            Wanted::Late(_) => Self::Late,
            Wanted::Widgets { .. } => Self::Widgets,
        }
    }
}

/// A fold that notices collapsed and repeated events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    count: u64,
    last: u64,
    out_of_order: u64,
    errors: Vec<Error>,
}

impl Tally {
    pub(crate) fn take(&mut self, item: Result<Tick, Error>) {
        match item {
            Ok(Tick { n }) => {
                self.out_of_order += u64::from(n != self.last + 1);
                (self.count, self.last) = (self.count + 1, n);
            }
            Err(error) => self.errors.push(error),
        }
    }

    pub(crate) fn text(&self) -> String {
        let Self {
            count,
            last,
            out_of_order,
            errors,
        } = self;
        let errors = errors.len();
        format!("{count} events to {last}, {out_of_order} out of order, {errors} errors")
    }
}

/// Spells a state as the component shows it.
pub(crate) fn spell(state: &State) -> String {
    match state {
        State::Idle => "idle".into(),
        State::Connecting { .. } => "connecting".into(),
        State::Open { transport, .. } => format!("open by {transport:?}"),
        State::Waiting { error, .. } => format!("waiting: {error}"),
        State::Closed { error: None } => "closed".into(),
        State::Closed { error: Some(error) } => format!("closed: {error}"),
        other => format!("{other:?}"),
    }
}
