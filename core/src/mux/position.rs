//! Positions in a log that tells which of two is later.

/// A position in one log: `<epoch>-<seq>` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position<'a> {
    /// Names the log. A new one begins to count anew.
    pub epoch: &'a str,
    /// Grows with each event of the log.
    pub seq: u64,
}

impl<'a> Position<'a> {
    /// Reads `<epoch>-<seq>`; `None` for an ID of another make.
    #[must_use]
    pub fn parse(id: &'a str) -> Option<Self> {
        let (epoch, digits) = id.rsplit_once('-')?;
        if epoch.is_empty() || digits.is_empty() {
            return None;
        }
        let mut seq = 0_u64;
        for digit in digits.bytes() {
            if !digit.is_ascii_digit() {
                return None;
            }
            seq = seq.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        }
        Some(Self { epoch, seq })
    }
}

/// Appends a number in decimal digits. `to_string` would bring a part of `core::fmt` along.
pub(super) fn write_number(number: u64, to: &mut String) {
    if number > 9 {
        write_number(number / 10, to);
    }
    to.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Position, write_number};

    proptest! {
        #[test]
        fn numbers_are_written_as_the_standard_library_does(number in any::<u64>(), shift in 0..64) {
            for number in [number >> shift, u64::MAX, 0] {
                let mut text = "x".to_owned();
                write_number(number, &mut text);
                prop_assert_eq!(text, format!("x{number}"));
            }
        }

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
