//! What a live state yields.

use core::fmt;
use std::rc::Rc;

use everstream_core::Error;
use everstream_core::live::{Freshness, Refusal};

/// A live state at one moment.
#[derive(Debug)]
#[non_exhaustive]
pub struct LiveState<S> {
    /// The state; `None` before the first load. It is changed in place once this is dropped, and cloned
    /// otherwise.
    pub state: Option<Rc<S>>,
    /// Whether the state is the server's.
    pub freshness: Freshness,
    /// The last error, until a state is loaded.
    pub error: Option<LiveError>,
}

impl<S> Clone for LiveState<S> {
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
            freshness: self.freshness,
            error: self.error.clone(),
        }
    }
}

/// An error of a live state. After all but [`Stream`](Self::Stream) the state is loaded again.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LiveError {
    /// The load failed.
    Load(String),
    /// The load's answer was not used as it is.
    Refused(Refusal),
    /// The stream has failed for good.
    Stream(Error),
}

impl fmt::Display for LiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(message) => write!(f, "the state could not be loaded: {message}"),
            Self::Refused(refusal) => f.write_str(told(*refusal)),
            Self::Stream(error) => write!(f, "the stream has closed: {error}"),
        }
    }
}

impl core::error::Error for LiveError {}

fn told(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Slow => "the load took too long and was given up",
        Refusal::Overflow => {
            "more events arrived during the load than are kept, so the state is loaded again"
        }
        _ => {
            "the loaded state is older than the one shown, or than an event that arrived before; let the load \
             bypass caches"
        }
    }
}
