//! What is known about an event's order.

use std::collections::HashMap;

use super::order::{Order, compare};

/// The position of an event, and the key and version of the item that it changes, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stamp {
    /// The event's position in the same log as those of the snapshots.
    pub position: Option<String>,
    /// The item's key, and the version that it has after the event.
    pub version: Option<(String, f64)>,
}

impl Stamp {
    /// Creates the stamp of an event with that ID; an empty ID is no position.
    #[must_use]
    pub fn at(position: &str) -> Self {
        Self {
            position: (!position.is_empty()).then(|| position.to_owned()),
            version: None,
        }
    }

    /// Sets the key of the changed item, and the version that it has after the event.
    #[must_use]
    pub fn with_version(mut self, key: impl Into<String>, version: f64) -> Self {
        self.version = Some((key.into(), version));
        self
    }
}

/// The latest position and versions of the state that is shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The position; `None` if the snapshot had none, so that the events' positions don't count either.
    pub(super) position: Option<String>,
    versions: HashMap<String, f64>,
}

/// How an event lies to the state that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The state contains it.
    Contained,
    /// It changes the state.
    New,
    /// Neither position nor version tells.
    Untold,
    /// It is of another log than the state.
    OtherLog,
}

impl Shown {
    /// Takes over the position and versions of a snapshot. Without versions, those of earlier events remain.
    pub(super) fn replace(
        &mut self,
        position: Option<String>,
        versions: Option<Vec<(String, f64)>>,
    ) {
        self.position = position;
        if let Some(versions) = versions {
            self.versions = versions.into_iter().collect();
        }
    }

    /// Returns whether a snapshot with these is older than the state. A snapshot may be newer than its position,
    /// so the versions tell as well. In another log they may begin anew.
    pub(super) fn is_behind(
        &self,
        position: Option<&str>,
        versions: Option<&[(String, f64)]>,
    ) -> bool {
        let is_older = |(key, version): &(String, f64)| {
            self.versions.get(key).is_some_and(|shown| version < shown)
        };
        match order(position, self.position.as_deref()) {
            Order::Before => true,
            Order::OtherLog => false,
            Order::Same | Order::After | Order::Unknown => {
                versions.is_some_and(|versions| versions.iter().any(is_older))
            }
        }
    }

    pub(super) fn place(&self, stamp: &Stamp) -> Place {
        let by_position = match order(stamp.position.as_deref(), self.position.as_deref()) {
            Order::Before | Order::Same => return Place::Contained,
            Order::OtherLog => return Place::OtherLog,
            Order::After => Place::New,
            Order::Unknown => Place::Untold,
        };
        match &stamp.version {
            Some((key, version)) => match self.versions.get(key) {
                Some(shown) if shown >= version => Place::Contained,
                _ => Place::New,
            },
            None => by_position,
        }
    }

    /// Notes that an event is applied.
    pub(super) fn apply(&mut self, stamp: Stamp) {
        if self.position.is_some() && stamp.position.is_some() {
            self.position = stamp.position;
        }
        if let Some((key, version)) = stamp.version {
            self.versions.insert(key, version);
        }
    }
}

/// Compares positions of which either may be missing.
pub(super) fn order(position: Option<&str>, other: Option<&str>) -> Order {
    match (position, other) {
        (Some(position), Some(other)) => compare(position, other),
        _ => Order::Unknown,
    }
}
