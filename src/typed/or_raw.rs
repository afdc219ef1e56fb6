//! [`OrRaw`], for streams with unknown events.

use everstream_core::parse::Event;
use everstream_core::{Error, MessageEvent};

/// An event as a `T`, or as received if it is not a `T`; see
/// [`EventSource::events_or_raw`](crate::EventSource::events_or_raw) and
/// [`EventSource::all_or_raw`](crate::EventSource::all_or_raw).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrRaw<T> {
    /// An event that is a `T`.
    Typed(T),
    /// An event that is not a `T`: its type or variant is unknown to `T`, or its data doesn't fit.
    Raw(MessageEvent),
}

impl<T> OrRaw<T> {
    pub(crate) fn of(event: &Event<'_>, decoded: Result<T, Error>) -> Self {
        match decoded {
            Ok(typed) => Self::Typed(typed),
            Err(_) => Self::Raw(MessageEvent::of(event, event.data.to_owned())),
        }
    }

    /// Returns the `T`, if the event is one.
    pub fn typed(self) -> Option<T> {
        match self {
            Self::Typed(typed) => Some(typed),
            Self::Raw(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::typed::{from_event, from_json};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case")]
    enum Internal {
        TextDelta { text: String },
        Stop,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "t", content = "c")]
    enum Adjacent {
        Text(String),
        Stop,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Text { text: String },
        Count(u8),
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum External {
        Text(String),
    }

    fn event<'a>(event_type: &'a str, data: &'a str) -> Event<'a> {
        Event {
            event_type,
            data,
            last_event_id: "7",
        }
    }

    fn read<T: serde::de::DeserializeOwned>(data: &str) -> OrRaw<T> {
        let event = event("message", data);
        OrRaw::of(&event, from_json(&event))
    }

    #[test]
    fn every_way_to_tag_an_enum_is_read_and_what_is_unknown_is_kept() {
        let text = || "hi".to_owned();
        let raw =
            |data: &str| MessageEvent::new("message", data.to_owned()).with_last_event_id("7");
        assert_eq!(
            read(r#"{"type":"text_delta","text":"hi"}"#),
            OrRaw::Typed(Internal::TextDelta { text: text() })
        );
        assert_eq!(read(r#"{"type":"stop"}"#), OrRaw::Typed(Internal::Stop));
        assert_eq!(
            read(r#"{"t":"Text","c":"hi"}"#),
            OrRaw::Typed(Adjacent::Text(text()))
        );
        assert_eq!(read(r#"{"t":"Stop"}"#), OrRaw::Typed(Adjacent::Stop));
        assert_eq!(
            read(r#"{"text":"hi"}"#),
            OrRaw::Typed(Untagged::Text { text: text() })
        );
        assert_eq!(read("7"), OrRaw::Typed(Untagged::Count(7)));
        let newer = r#"{"type":"thinking","text":"hm"}"#;
        assert_eq!(read::<Internal>(newer), OrRaw::Raw(raw(newer)));
        assert_eq!(read::<Adjacent>(newer), OrRaw::Raw(raw(newer)));
        assert_eq!(read::<Untagged>("[]"), OrRaw::Raw(raw("[]")));
        assert_eq!(read::<Untagged>("[DONE]").typed(), None);
    }

    #[test]
    fn an_event_of_an_unknown_type_keeps_type_and_data() {
        for (event_type, data, expected) in [
            ("Text", "\"hi\"", Some(External::Text("hi".to_owned()))),
            ("Text", "7", None),
            ("Image", "no json", None),
        ] {
            let event = event(event_type, data);
            let read = OrRaw::of(&event, from_event::<External>(&event));
            match expected {
                Some(expected) => assert_eq!(read, OrRaw::Typed(expected)),
                None => {
                    let kept = MessageEvent::new(event_type, data.to_owned());
                    assert_eq!(read, OrRaw::Raw(kept.with_last_event_id("7")));
                }
            }
        }
    }
}
