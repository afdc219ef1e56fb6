//! Text that came from a server, as a terminal may show it.

/// Escapes control characters, which could otherwise drive the terminal. Line feeds and tabs stay.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && !matches!(character, '\n' | '\t') {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn nothing_drives_the_terminal() {
        assert_eq!(printable("a\tb\nü"), "a\tb\nü");
        assert_eq!(
            printable("\u{1b}[2J\u{9b}1m\r\u{7f}"),
            "\\u{1b}[2J\\u{9b}1m\\r\\u{7f}"
        );
    }
}
