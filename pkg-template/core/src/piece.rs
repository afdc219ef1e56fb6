//! Writes what a piece of the stream brings as one text and a table that says where to cut it.
//!
//! A record is three numbers. For an event they are the number of its type, and where its data and its last
//! event ID end. Ends are counted in the UTF-16 code units of the whole text, and each part begins where
//! the one before ended. An ID that equals the previous event's has no part of its own; its end is
//! [`SAME`]. The other records have a type number beyond all types, and in the third place the end of their
//! text.

use everstream_core::parse::Event;
#[cfg(feature = "mux")]
use everstream_core::session::{ChannelId, SOLE};

use crate::tables::Record;
use crate::words::Words;

/// Number of types in the table. A further type replaces the oldest, which is told anew when it comes
/// again.
const TYPES: usize = 64;

/// Limits for one call that writes what no piece of a stream brought, in records and in bytes of text.
const RECORDS: usize = 4096;
const TEXT: usize = 64 * 1024;

/// Stands in for an end: the last event ID is that of the event before.
const SAME: u32 = u32::MAX;

/// The names of the types seen, as JavaScript knows them.
#[derive(Default)]
pub(crate) struct Types {
    names: Vec<String>,
    /// Index of the previous event's type, which is nearly always that of the next.
    last: usize,
    /// Index of the next new name.
    next: usize,
}

/// Writes the records of one piece.
pub(crate) struct Piece<'w> {
    words: &'w mut Words,
    types: &'w mut Types,
    /// The last event ID, as JavaScript knows it.
    position: &'w mut String,
    /// Channel of the previous event.
    #[cfg(feature = "mux")]
    channel: ChannelId,
    /// The length of the text in UTF-16 code units.
    end: u32,
    count: usize,
}

impl<'w> Piece<'w> {
    pub(crate) fn new(
        words: &'w mut Words,
        types: &'w mut Types,
        position: &'w mut String,
    ) -> Self {
        words.text.clear();
        words.records.clear();
        Self {
            words,
            types,
            position,
            #[cfg(feature = "mux")]
            channel: SOLE,
            end: 0,
            count: 0,
        }
    }

    pub(crate) fn event(&mut self, event: &Event<'_>) {
        let event_type = self.event_type(event.event_type);
        let data = self.text(event.data);
        let id = if self.position == event.last_event_id {
            SAME
        } else {
            self.position.clear();
            self.position.push_str(event.last_event_id);
            self.text(event.last_event_id)
        };
        self.record([event_type, data, id]);
    }

    /// Announces the channel of the records that follow.
    #[cfg(feature = "mux")]
    pub(crate) fn begin(&mut self, channel: ChannelId) {
        if core::mem::replace(&mut self.channel, channel) != channel {
            self.told(Record::Channel, channel.0, "");
        }
    }

    /// Writes a record that is no event.
    pub(crate) fn told(&mut self, kind: Record, number: u32, text: &str) {
        let end = self.text(text);
        self.record([kind as u32, number, end]);
    }

    /// Whether the records amount to about as much as a piece of a stream brings.
    pub(crate) fn is_full(&self) -> bool {
        self.count >= RECORDS || self.words.text.len() >= TEXT
    }

    /// Completes the words, and returns the number of records.
    pub(crate) fn finish(self) -> usize {
        self.words.tell();
        self.count
    }

    fn record(&mut self, record: [u32; 3]) {
        self.words
            .records
            .extend_from_slice(&record.map(u32::cast_signed));
        self.count += 1;
    }

    /// Appends a text, and returns where it ends.
    fn text(&mut self, text: &str) -> u32 {
        self.words.text.push_str(text);
        self.end += utf16_length(text);
        self.end
    }

    fn event_type(&mut self, name: &str) -> u32 {
        let Types { names, last, next } = &mut *self.types;
        if names.get(*last).is_none_or(|known| known != name) {
            *last = names
                .iter()
                .position(|known| known == name)
                .unwrap_or(TYPES);
        }
        if *last < TYPES {
            return number(*last);
        }
        let place = *next;
        *last = place;
        *next = (place + 1) % TYPES;
        if let Some(old) = names.get_mut(place) {
            name.clone_into(old);
        } else {
            names.push(name.to_owned());
        }
        self.told(Record::Type, number(place), name);
        number(place)
    }
}

/// Returns the length as JavaScript counts it: one unit for each character, two for those beyond U+FFFF.
pub(crate) fn utf16_length(text: &str) -> u32 {
    if text.is_ascii() {
        return number(text.len());
    }
    let units = |byte: &u8| match byte {
        0x80..=0xBF => 0,
        0xF0.. => 2,
        _ => 1,
    };
    text.as_bytes().iter().map(units).sum()
}

#[allow(clippy::cast_possible_truncation)] // Memory is addressed by 32 bits.
fn number(length: usize) -> u32 {
    length as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(event_type: &'a str, data: &'a str, last_event_id: &'a str) -> Event<'a> {
        Event {
            event_type,
            data,
            last_event_id,
        }
    }

    fn records(events: &[Event<'_>]) -> (String, Vec<u32>) {
        let (mut words, mut types, mut position) =
            (Words::default(), Types::default(), String::new());
        let mut piece = Piece::new(&mut words, &mut types, &mut position);
        for event in events {
            piece.event(event);
        }
        piece.finish();
        let records = words.records.iter().map(|number| number.cast_unsigned());
        (words.text, records.collect())
    }

    #[test]
    fn a_type_is_told_once_and_an_id_where_it_changes() {
        let (text, records) = records(&[
            event("message", "one", "1"),
            event("message", "two", "1"),
            event("price", "three", ""),
        ]);
        assert_eq!(text, "messageone1twopricethree");
        let expected = [
            [Record::Type as u32, 0, 7],
            [0, 10, 11],
            [0, 14, SAME],
            [Record::Type as u32, 1, 19],
            [1, 24, 24],
        ];
        assert_eq!(records, expected.as_flattened());
    }

    #[test]
    fn ends_are_counted_as_javascript_counts() {
        for text in ["abc", "größe", "€", "😀x", "\u{FEFF}"] {
            let expected = u32::try_from(text.encode_utf16().count()).expect("few");
            assert_eq!(utf16_length(text), expected, "{text}");
        }
    }

    #[test]
    fn the_table_of_types_is_bounded_and_never_wrong() {
        let (mut words, mut types, mut position) =
            (Words::default(), Types::default(), String::new());
        let mut known = vec![String::new(); TYPES];
        for round in 0..3 {
            for number in 0..TYPES + 7 {
                let name = format!("type {}", number * (round + 1));
                let mut piece = Piece::new(&mut words, &mut types, &mut position);
                piece.event(&event(&name, "", ""));
                piece.finish();
                for record in words.records.chunks(3) {
                    if record[0] == Record::Type as i32 {
                        known[record[1].cast_unsigned() as usize].clone_from(&words.text);
                    } else {
                        assert_eq!(known[record[0].cast_unsigned() as usize], name);
                    }
                }
            }
        }
        assert_eq!(types.names.len(), TYPES);
    }
}
