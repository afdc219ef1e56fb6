//! The rules for channel names.

/// Checks a name by the rule of the project's own protocol: names go into the `event` field, before a space.
pub(super) fn check(name: &str) -> Result<(), String> {
    let reason = if name.is_empty() {
        "a channel's name is not empty"
    } else if name.starts_with('@') {
        "names that begin with `@` are the protocol's own"
    } else if name
        .chars()
        .any(|character| character == ' ' || character.is_control())
    {
        "a channel's name has no space and no control character"
    } else {
        return Ok(());
    };
    Err(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_would_break_the_event_field_is_refused() {
        for name in ["prices", "chat:42", "a/b?c", "päivä", "x@y"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", " ", "a b", "a\nb", "a\rb", "a\0", "\u{85}", "@ping"] {
            assert!(check(name).is_err(), "{name:?}");
        }
    }
}
