//! A multiplexer's position, as the tabs that share it are told.

/// Ends a position that not all channels have reached yet. No ID contains it.
///
/// A connection that replaces another begins where the other was when its replacement began. Until the new
/// one has caught up, the older channels are ahead of the new ones, and no position holds for all. The next
/// leader resumes from the position that is ahead, so that nothing comes twice, and reports a gap.
const BEHIND: char = '\n';

/// Returns a position as the server knows it, and whether some channels were behind it.
#[must_use]
pub fn read_position(position: &str) -> (&str, bool) {
    match position.strip_suffix(BEHIND) {
        Some(position) => (position, true),
        None => (position, false),
    }
}

/// The position that the other tabs were last told.
#[derive(Debug, Default)]
pub struct Place(String);

impl Place {
    /// Returns a place at this position, with no channel behind it.
    #[must_use]
    pub fn new(position: &str) -> Self {
        Self(position.to_owned())
    }

    /// Returns the position as the tabs tell it to each other.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Follows the multiplexer's own position. Returns whether the place has changed.
    pub fn update(&mut self, position: &str, is_behind: bool) -> bool {
        if is_behind {
            let was_level = !self.0.ends_with(BEHIND);
            if was_level {
                self.0.push(BEHIND);
            }
            return was_level;
        }
        let is_new = self.0 != position;
        if is_new {
            position.clone_into(&mut self.0);
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::{BEHIND, Place, read_position};

    #[test]
    fn a_position_says_whether_channels_are_behind_it() {
        assert_eq!(read_position("a-7"), ("a-7", false));
        assert_eq!(read_position(&format!("a-7{BEHIND}")), ("a-7", true));
        assert_eq!(read_position(&BEHIND.to_string()), ("", true));
    }

    #[test]
    fn while_channels_are_behind_it_stays() {
        let mut place = Place::new("a-7");
        assert!(!place.update("a-7", false));
        assert!(place.update("a-3", true));
        assert!(!place.update("a-5", true));
        assert_eq!(read_position(place.as_str()), ("a-7", true));
        assert!(place.update("a-7", false));
        assert_eq!(read_position(place.as_str()), ("a-7", false));
    }
}
