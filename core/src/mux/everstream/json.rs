//! A reader and a writer for the JSON that the protocol needs (RFC 8259).
//!
//! The protocol's own events are few and small. A general library would be larger than the rest of the
//! multiplexer, in programs where every byte counts.

use std::borrow::Cow;

use crate::text::read_number;

/// The nesting depth from which on values are refused, so that input can't overflow the stack.
const MAX_DEPTH: usize = 64;

/// Reads one value after the other; `None` for malformed input.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    /// Reads a text that is one object. `field` receives each name, and reads or skips the value.
    pub(super) fn document(
        text: &'t str,
        field: &mut dyn FnMut(&str, &mut Self) -> Option<()>,
    ) -> Option<()> {
        let mut reader = Self {
            rest: text,
            depth: 0,
        };
        reader.object(field)?;
        reader.space();
        reader.rest.is_empty().then_some(())
    }

    pub(super) fn object(
        &mut self,
        field: &mut dyn FnMut(&str, &mut Self) -> Option<()>,
    ) -> Option<()> {
        self.each(b'{', b'}', &mut |reader| {
            let name = reader.string()?;
            reader.takes(b':').then_some(())?;
            field(&name, reader)
        })
    }

    pub(super) fn strings(&mut self) -> Option<Vec<String>> {
        let mut strings = Vec::new();
        self.each(b'[', b']', &mut |reader| {
            strings.push(reader.string()?.into_owned());
            Some(())
        })?;
        Some(strings)
    }

    /// Stores the value, or `None` for `null`.
    pub(super) fn optional<T>(
        &mut self,
        into: &mut Option<T>,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<()> {
        *into = if self.word("null") {
            None
        } else {
            Some(read(self)?)
        };
        Some(())
    }

    /// Reads a non-negative integer.
    pub(super) fn number(&mut self) -> Option<u64> {
        let text = self.number_text();
        let has_leading_zero = text.len() > 1 && text.starts_with('0');
        read_number(text).filter(|_| !has_leading_zero)
    }

    pub(super) fn string(&mut self) -> Option<Cow<'t, str>> {
        self.takes(b'"').then_some(())?;
        let mut text = Cow::Borrowed("");
        loop {
            // Control characters have to be escaped in JSON strings.
            let is_mark = |byte| matches!(byte, b'"' | b'\\' | 0..0x20);
            let end = self.rest.bytes().position(is_mark)?;
            let (plain, rest) = self.rest.split_at_checked(end)?;
            text += plain;
            self.rest = rest;
            match self.next_byte()? {
                b'"' => return Some(text),
                b'\\' => text.to_mut().push(self.escaped()?),
                _ => return None,
            }
        }
    }

    /// Skips any value.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.space();
        match self.rest.bytes().next()? {
            b'"' => self.string().map(|_| ()),
            b'{' => self.object(&mut |_, reader| reader.skip()),
            b'[' => self.each(b'[', b']', &mut Self::skip),
            _ => {
                let is_word = ["null", "true", "false"].iter().any(|word| self.word(word));
                (is_word || !self.number_text().is_empty()).then_some(())
            }
        }
    }

    /// Reads the items between two brackets, separated by commas.
    fn each(
        &mut self,
        open: u8,
        close: u8,
        item: &mut dyn FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.takes(open).then_some(())?;
        if self.depth == MAX_DEPTH {
            return None;
        }
        if self.takes(close) {
            return Some(());
        }
        self.depth += 1;
        loop {
            item(self)?;
            if self.takes(close) {
                self.depth -= 1;
                return Some(());
            }
            self.takes(b',').then_some(())?;
        }
    }

    /// Reads the character after a backslash.
    fn escaped(&mut self) -> Option<char> {
        let escape = self.next_byte()?;
        Some(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                if unit & 0xFC00 != 0xD800 {
                    return char::from_u32(unit);
                }
                self.rest = self.rest.strip_prefix("\\u")?;
                let low = self
                    .unit()?
                    .checked_sub(0xDC00)
                    .filter(|low| *low < 0x400)?;
                char::from_u32(0x1_0000 + ((unit - 0xD800) << 10) + low)?
            }
            _ => return None,
        })
    }

    /// Reads four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        digits
            .chars()
            .try_fold(0, |unit, digit| Some(unit << 4 | digit.to_digit(16)?))
    }

    fn number_text(&mut self) -> &'t str {
        self.space();
        let is_of_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        let length = self
            .rest
            .bytes()
            .take_while(|byte| is_of_number(*byte))
            .count();
        let (number, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        number
    }

    fn word(&mut self, word: &str) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads the next byte, if it is an ASCII character.
    fn next_byte(&mut self) -> Option<u8> {
        let byte = self.rest.bytes().next()?;
        self.rest = self.rest.get(1..)?;
        Some(byte)
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.space();
        let is_next = self.rest.bytes().next() == Some(byte);
        if is_next {
            self.next_byte();
        }
        is_next
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.rest.bytes().next() {
            self.next_byte();
        }
    }
}

/// Appends a JSON string with its quotation marks.
pub(super) fn write(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    into.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                into.push('\\');
                into.push(character);
            }
            '\0'..=' ' if character != ' ' => {
                let code = character as usize;
                into.push_str("\\u00");
                into.push(char::from(HEX[code >> 4]));
                into.push(char::from(HEX[code & 15]));
            }
            _ => into.push(character),
        }
    }
    into.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{Reader, write};

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::from(serde_json::Map::from_iter(map))),
            ]
        })
    }

    /// Reads the strings, numbers and lists of strings of an object, and skips everything else.
    fn read(text: &str) -> Option<Vec<(String, Value)>> {
        let mut fields = Vec::new();
        Reader::document(text, &mut |name, reader| {
            let value = match name.chars().next() {
                Some('s') => reader.string()?.into_owned().into(),
                Some('n') => reader.number()?.into(),
                Some('l') => reader.strings()?.into(),
                _ => {
                    reader.skip()?;
                    Value::Null
                }
            };
            fields.push((name.to_owned(), value));
            Some(())
        })?;
        Some(fields)
    }

    proptest! {
        #[test]
        fn what_another_has_written_is_read(
            strings in prop::collection::btree_map("s.*", any::<String>(), 0..4),
            numbers in prop::collection::btree_map("n.*", any::<u64>(), 0..4),
            lists in prop::collection::btree_map("l.*", prop::collection::vec(any::<String>(), 0..4), 0..4),
            others in prop::collection::btree_map("x.*", json(), 0..4),
            pretty in any::<bool>(),
        ) {
            let mut object = serde_json::Map::new();
            object.extend(strings.into_iter().map(|(name, value)| (name, value.into())));
            object.extend(numbers.into_iter().map(|(name, value)| (name, value.into())));
            object.extend(lists.into_iter().map(|(name, value)| (name, value.into())));
            let known = object.len();
            object.extend(others);
            let text = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) };
            let mut fields = read(&text.expect("JSON")).expect("it is read");
            fields.retain(|(name, _)| !name.starts_with('x'));
            prop_assert_eq!(fields.len(), known);
            for (name, value) in fields {
                prop_assert_eq!(Some(&value), object.get(&name));
            }
        }

        #[test]
        fn what_is_written_another_reads(text in any::<String>()) {
            let mut written = String::new();
            write(&text, &mut written);
            prop_assert_eq!(serde_json::from_str::<String>(&written).ok(), Some(text));
        }

        #[test]
        fn escapes_of_all_kinds_are_read(text in any::<String>()) {
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<Vec<_>>().concat();
            let fields = read(&format!("{{\"s\":\"{escaped}\"}}"));
            prop_assert_eq!(fields, Some(vec![("s".to_owned(), text.into())]));
        }

        /// A skipped number need not be valid. Otherwise, this reader accepts no more than serde's.
        #[test]
        fn whatever_comes_is_read_or_refused(text in r#"[\[\]{}",:\\unltrfase0-9 x]{0,24}"#) {
            let ours = read(&text).is_some();
            let theirs = serde_json::from_str::<serde_json::Map<String, Value>>(&text).is_ok();
            prop_assert!(!ours || theirs || text.contains(|digit: char| digit.is_ascii_digit()), "{}", text);
        }
    }

    #[test]
    fn what_is_no_json_of_this_kind_is_refused() {
        for text in [
            "",
            "{",
            "{}x",
            "[]",
            "{\"s\":1}",
            "{\"n\":-1}",
            "{\"n\":1.5}",
            "{\"n\":01}",
            "{\"n\":99999999999999999999}",
            "{\"n\":}",
            "{\"s\":\"\n\"}",
            "{\"s\":\"\\x\"}",
            "{\"s\":\"\\ud800\"}",
            "{\"s\":\"\\ud800\\u0041\"}",
            "{\"s\":\"\\u00\"}",
            "{\"l\":[\"a\",]}",
            "{\"l\":[1]}",
            "{\"x\":nul}",
            "{\"s\" \"a\"}",
            "{\"s\":\"a\",}",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(read(&deep), None);
    }
}
