//! The contents of requests to the switchboard.

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::super::{Position, access::Refusal, grant::Floor};

/// The point at which a connection or a channel begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Begin {
    /// Begins with the next entry.
    Now,
    /// Begins after an entry.
    After(Position),
    /// Begins after an event that no hub has sent.
    Unknown,
}

impl Begin {
    /// Returns the position, if there is one.
    pub(crate) fn position(&self) -> Option<&Position> {
        match self {
            Self::After(position) => Some(position),
            Self::Now | Self::Unknown => None,
        }
    }
}

/// The contents of a request: the whole set, and where some of its channels begin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) identity: String,
    /// The head of the log when the application was first asked about the request.
    pub(crate) judged: Position,
    pub(crate) channels: Vec<Arc<str>>,
    pub(crate) from: HashMap<String, Begin>,
    /// The channels whose past isn't open as a whole.
    pub(crate) floors: HashMap<String, Floor>,
    /// The channels that are refused, and why.
    pub(crate) refused: Vec<(String, Refusal)>,
}

impl Wish {
    /// Returns the positions that a node must know before it can put the set in force.
    pub(crate) fn positions(&self) -> impl Iterator<Item = &Position> {
        let floors = self.floors.values().filter_map(|floor| match floor {
            Floor::After(position) => Some(position),
            Floor::None | Floor::Now => None,
        });
        self.from.values().filter_map(Begin::position).chain(floors)
    }
}

/// The outcome of a request to change a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// The set is in force, or a newer one is.
    Taken,
    /// The connection is another principal's.
    Forbidden,
    /// There is no such connection here.
    NotFound,
    /// Access was taken back while the application was asked, so it has to be asked again.
    Outdated,
}
