//! The names that channels may have.

use thiserror::Error;

/// The reason why a text isn't the name of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChannelError {
    /// The name is empty.
    #[error("a channel's name is not empty")]
    Empty,
    /// The name begins with `@`, as only the protocol's own names do.
    #[error("a channel's name does not begin with `@`, which is the protocol's own")]
    Reserved,
    /// The name contains a space or a control character.
    #[error("a channel's name contains no {0:?}: neither spaces nor control characters")]
    Character(char),
    /// The name has more bytes than [`Limits::channel_name`](super::Limits::channel_name) allows.
    #[error("a channel's name has at most {0} bytes")]
    TooLong(usize),
}

/// Checks a channel's name, which may have at most `longest` bytes.
pub(crate) fn check(name: &str, longest: usize) -> Result<(), ChannelError> {
    if name.is_empty() {
        return Err(ChannelError::Empty);
    }
    if name.len() > longest {
        return Err(ChannelError::TooLong(longest));
    }
    if name.starts_with('@') {
        return Err(ChannelError::Reserved);
    }
    match name.chars().find(|c| *c == ' ' || c.is_control()) {
        Some(character) => Err(ChannelError::Character(character)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_as_long_as_it_may_be() {
        assert_eq!(check("größen", 8), Ok(()));
        assert_eq!(check("größen!", 8), Err(ChannelError::TooLong(8)));
    }

    #[test]
    fn names_go_into_the_event_field() {
        for name in ["prices", "chat:42", "größe", "a@b", "{json}"] {
            assert_eq!(check(name, 8), Ok(()));
        }
        assert_eq!(check("", 8), Err(ChannelError::Empty));
        assert_eq!(check("@ping", 8), Err(ChannelError::Reserved));
        for character in [' ', '\n', '\r', '\0', '\u{7f}', '\u{85}'] {
            let name = format!("a{character}b");
            assert_eq!(check(&name, 8), Err(ChannelError::Character(character)));
        }
    }
}
