//! Log positions, which show which of two events is later.

use crate::text::{cut_last, read_number};

/// A position in a log: `<epoch>-<seq>` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position<'a> {
    /// The log's name. A new log has another epoch and counts from the start.
    pub epoch: &'a str,
    /// The number of an event; it grows with each event of the log.
    pub seq: u64,
}

impl<'a> Position<'a> {
    /// Parses `<epoch>-<seq>`; returns `None` for an ID of another form.
    #[must_use]
    pub fn parse(id: &'a str) -> Option<Self> {
        let (epoch, digits) = cut_last(id, b'-')?;
        let seq = read_number(digits).filter(|_| !epoch.is_empty())?;
        Some(Self { epoch, seq })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Position;

    proptest! {
        #[test]
        fn what_is_written_is_read(epoch in ".+", seq in any::<u64>()) {
            let id = format!("{epoch}-{seq}");
            prop_assert_eq!(Position::parse(&id), Some(Position { epoch: &epoch, seq }));
        }

        #[test]
        fn what_is_read_is_what_was_written(id in any::<String>()) {
            if let Some(Position { epoch, seq }) = Position::parse(&id) {
                let (before, digits) = id.rsplit_once('-').expect("a hyphen");
                prop_assert_eq!(epoch, before);
                prop_assert_eq!(Ok(seq), digits.parse());
            }
        }
    }

    #[test]
    fn the_last_hyphen_parts_epoch_and_seq() {
        let epoch = "a-b";
        assert_eq!(Position::parse("a-b-7"), Some(Position { epoch, seq: 7 }));
        for other in [
            "",
            "7",
            "-7",
            "a-",
            "a-+7",
            "a-7b",
            "a-99999999999999999999",
        ] {
            assert_eq!(Position::parse(other), None, "{other}");
        }
    }
}
