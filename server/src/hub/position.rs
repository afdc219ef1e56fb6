//! Positions in the log.

use std::{
    fmt::{self, Display, Formatter},
    str::FromStr,
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A position in a hub's log, the ID of an event: `<epoch>-<seq>`.
///
/// The epoch names the log, and the seq counts its entries from 1. One position resumes every channel.
///
/// ```
/// use everstream_server::hub::Position;
///
/// let position: Position = "e7-120".parse()?;
/// assert_eq!((position.epoch(), position.seq()), ("e7", 120));
/// # Ok::<(), everstream_server::hub::PositionError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Position {
    epoch: Arc<str>,
    seq: u64,
}

/// The error for a text that isn't a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a position is an epoch, a `-` and a decimal number")]
pub struct PositionError;

impl Position {
    pub(crate) fn new(epoch: Arc<str>, seq: u64) -> Self {
        Self { epoch, seq }
    }

    /// Returns the name of the log.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Returns this position and those after it.
    pub(crate) fn following(self) -> impl Iterator<Item = Self> {
        (self.seq..).map(move |seq| Self::new(Arc::clone(&self.epoch), seq))
    }

    /// Returns where the position stands among the positions of all logs that follow one another.
    /// Returns `None` if its epoch isn't a number, as the epochs of shared logs are.
    pub(crate) fn rank(&self) -> Option<(u64, u64)> {
        Some((self.epoch.parse().ok()?, self.seq))
    }

    /// Returns the number of the entry.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }
}

impl Display for Position {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.seq)
    }
}

impl From<Position> for String {
    fn from(position: Position) -> Self {
        position.to_string()
    }
}

impl TryFrom<String> for Position {
    type Error = PositionError;

    fn try_from(text: String) -> Result<Self, PositionError> {
        text.parse()
    }
}

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let (epoch, seq) = text.rsplit_once('-').ok_or(PositionError)?;
        // `u64::from_str` would take a sign, which no position has.
        if epoch.is_empty() || !seq.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PositionError);
        }
        let seq = seq.parse().map_err(|_| PositionError)?;
        Ok(Self::new(epoch.into(), seq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_written_as_it_is_read() {
        for text in ["e7-120", "1700000000000-1", "a-b-0"] {
            assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_ids_are_none() {
        for text in [
            "",
            "7",
            "-7",
            "e-",
            "e-+7",
            "e-7x",
            "e-99999999999999999999",
        ] {
            assert_eq!(text.parse::<Position>(), Err(PositionError), "{text}");
        }
    }
}
