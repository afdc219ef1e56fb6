//! The Mercure protocol, as far as its events can be assigned to topics.

use std::borrow::Cow;

use serde::Deserialize;

use super::protocol::{Change, Opening, Protocol, Request, Route, Update, Wanted};
use crate::http::{Response, form_urlencoded, with_query};
use crate::parse::Event;

/// The protocol of [Mercure] hubs. A channel is a topic.
///
/// Mercure does not send the topic with an event, so the topic has to be found in one of three other ways.
/// Which one works depends on the publishers:
///
/// | the publishers… | choose |
/// |---|---|
/// | set the event's `type` to the topic | [`by_type`](Self::by_type) |
/// | publish JSON-LD whose `@id` is the topic | [`by_id`](Self::by_id) |
/// | do neither | [`one_topic`](Self::one_topic), a connection for each |
///
/// ```
/// use everstream_core::mux::Mercure;
///
/// let books = Mercure::by_id().relative_to("https://example.com");
/// let prices = Mercure::by_type();
/// let reviews = Mercure::one_topic("https://example.com/books/{id}/reviews/{review}");
/// ```
///
/// With `by_type` and `by_id`, a channel is one topic, compared byte for byte. A selector such as `*` or a
/// URI template is refused, because its events can't be assigned to topics. An event without a recognisable
/// topic is an [`Error::Protocol`](crate::Error::Protocol).
///
/// The topics are in the URL, so a change of the set opens a new connection before the old one is closed. A
/// hub that keeps a history resumes. The `Last-Event-ID` of its answer may show that it no longer has the
/// events after the last event ID; each channel is then told of a gap. Only fetch can read that header, and
/// from another origin only if the hub exposes it. An added topic is resumed together with the others, since
/// a hub knows one last event ID for all. Events published shortly before may therefore be delivered.
///
/// [Mercure]: https://mercure.rocks/spec
#[derive(Clone, Debug)]
pub struct Mercure {
    routing: Routing,
    parameter: &'static str,
}

/// How to find an event's topic.
#[derive(Clone, Debug)]
enum Routing {
    Type,
    Id { base: String },
    One { topic: String },
}

impl Mercure {
    /// Uses an event's type as its topic. Also works on native.
    #[must_use]
    pub const fn by_type() -> Self {
        Self::new(Routing::Type)
    }

    /// Uses the `@id` of the data, a JSON-LD document, as the topic.
    #[must_use]
    pub const fn by_id() -> Self {
        Self::new(Routing::Id {
            base: String::new(),
        })
    }

    /// Assigns every event to one topic, which may be a selector of many.
    #[must_use]
    pub fn one_topic(topic: impl Into<String>) -> Self {
        Self::new(Routing::One {
            topic: topic.into(),
        })
    }

    const fn new(routing: Routing) -> Self {
        Self {
            routing,
            parameter: "topic",
        }
    }

    /// Prefixes an `@id` that begins with `/` with this origin, for publishers whose documents have relative
    /// IDs while their topics are absolute. Has an effect only with [`by_id`](Self::by_id).
    #[must_use]
    pub fn relative_to(mut self, origin: impl Into<String>) -> Self {
        if let Routing::Id { base } = &mut self.routing {
            *base = origin.into();
        }
        self
    }

    /// Sets the name of the query parameter for a topic. Default: `topic`. Drafts of the protocol from 2026
    /// call it `match`.
    #[must_use]
    pub const fn parameter(mut self, name: &'static str) -> Self {
        self.parameter = name;
        self
    }
}

impl Protocol for Mercure {
    fn check(&self, name: &str) -> Result<(), String> {
        let has_control = name.contains(char::is_control);
        match &self.routing {
            _ if name.is_empty() || has_control => {
                Err("a topic is not empty and has no control character".to_owned())
            }
            Routing::One { topic } if name != topic => {
                Err(format!("this connection is for the one topic `{topic}`"))
            }
            Routing::Type | Routing::Id { .. } if name == "*" || name.contains('{') => {
                let reason =
                    "it selects many topics, which can't be told apart: use `Mercure::one_topic`";
                Err(reason.to_owned())
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, url: &str, channels: &[Wanted<'_>]) -> Opening {
        let topics = channels
            .iter()
            .map(|channel| (self.parameter, channel.name));
        let query = form_urlencoded(topics);
        Opening::with_channels(Request::get(with_query(url, &query)))
    }

    fn opened(&mut self, position: &str, response: &Response) -> bool {
        let before_the_first = response.header("last-event-id");
        position.is_empty() || before_the_first.is_none_or(|id| id == position)
    }

    fn route<'e>(&mut self, event: &Event<'e>) -> Route<'e> {
        let (channel, event_type) = match &self.routing {
            Routing::Type => (event.event_type.into(), "message"),
            Routing::One { topic } => (topic.clone().into(), event.event_type),
            Routing::Id { base } => match id_of(event.data, base) {
                Ok(topic) => (topic, event.event_type),
                Err(reason) => return Route::Malformed(reason),
            },
        };
        Route::Event {
            channel,
            event_type,
            data: event.data.into(),
        }
    }

    fn change(&mut self, _: &Change<'_>) -> Update {
        Update::Reopen
    }

    fn event_type(&self, channel: &str, event_type: &str) -> Option<String> {
        match self.routing {
            Routing::Type => Some(channel.to_owned()),
            // The type of an event doesn't depend on its topic.
            Routing::Id { .. } | Routing::One { .. } => Some(event_type.to_owned()),
        }
    }

    fn last_event_id_param(&self) -> Option<&'static str> {
        Some("lastEventID")
    }

    fn share_key(&self) -> Option<String> {
        let (routing, value) = match &self.routing {
            Routing::Type => ("type", ""),
            Routing::Id { base } => ("id", &**base),
            Routing::One { topic } => ("one", &**topic),
        };
        // No usable parameter name contains a space, so the keys can't collide.
        Some(["mercure", self.parameter, routing, value].join(" "))
    }
}

/// Returns the topic that a document names.
fn id_of<'e>(data: &'e str, base: &str) -> Result<Cow<'e, str>, String> {
    #[derive(Deserialize)]
    struct Document<'a> {
        #[serde(borrow, rename = "@id")]
        id: Cow<'a, str>,
    }
    let Document { id } = serde_json::from_str(data)
        .map_err(|error| format!("its data do not say which topic they are of: {error}"))?;
    Ok(if id.starts_with('/') && !base.is_empty() {
        format!("{base}{id}").into()
    } else {
        id
    })
}

#[cfg(test)]
mod tests {
    use super::Mercure;
    use crate::http::Response;
    use crate::mux::peer::{Peer, URL};
    use crate::mux::{Protocol, Request};

    const A: &str = "https://example.com/books/1";
    const B: &str = "https://example.com/books/2";

    #[test]
    fn tabs_share_that_read_the_same_topics_in_the_same_way() {
        let keys = [
            Mercure::by_type(),
            Mercure::by_type().parameter("match"),
            Mercure::by_id(),
            Mercure::by_id().relative_to("https://example.com"),
            Mercure::one_topic(A),
            Mercure::one_topic(B),
        ];
        let keys = keys.map(|protocol| protocol.share_key().expect("a key"));
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{key}");
        }
        assert_eq!(Mercure::one_topic(A).share_key().as_ref(), Some(&keys[4]));
    }

    fn open(protocol: Mercure, topics: &[&str]) -> Peer {
        let mut peer = Peer::new(protocol);
        peer.subscribe(topics);
        attempt(&mut peer);
        peer
    }

    fn attempt(peer: &mut Peer) -> Request {
        attempt_with(peer, "", &Response::default())
    }

    fn attempt_with(peer: &mut Peer, position: &str, response: &Response) -> Request {
        assert_eq!(peer.attempt(), None);
        let opening = peer.opening();
        assert!(opening.carries_channels);
        peer.respond(position, response);
        peer.open();
        opening.request
    }

    #[test]
    fn the_topics_are_in_the_url() {
        let mut peer = Peer::new(Mercure::by_type());
        peer.subscribe(&["b&c", A]);
        let query = "topic=b%26c&topic=https%3A%2F%2Fexample.com%2Fbooks%2F1";
        assert_eq!(attempt(&mut peer), Request::get(format!("{URL}?{query}")));
        let mut peer = Peer::new(Mercure::by_type().parameter("match"));
        peer.subscribe(&["b"]);
        assert_eq!(attempt(&mut peer).url, format!("{URL}?match=b"));
    }

    #[test]
    fn by_type_the_type_is_the_topic() {
        let mut peer = open(Mercure::by_type(), &[A, B]);
        peer.send(A, "1", "u1");
        peer.send(B, "2", "u2");
        peer.send("message", "3", "u3");
        assert_eq!(peer.told(A), ["live", "message: 1"]);
        assert_eq!(peer.told(B), ["live", "message: 2"]);
    }

    #[test]
    fn by_id_the_document_says_its_topic_and_the_type_stays() {
        let mut peer = open(Mercure::by_id(), &[A, B]);
        let data = r#"{"@context":"/c","@id":"https:\/\/example.com/books/1"}"#;
        peer.send("updated", data, "u1");
        assert_eq!(
            peer.told(A),
            ["live".to_owned(), format!("updated: {data}")]
        );
        for data in ["{}", "[]", "text", r#"{"@id":1}"#] {
            peer.send("message", data, "u2");
        }
        assert_eq!(peer.errors.len(), 4);
        assert!(peer.errors[0].to_string().contains("which topic"));
        assert_eq!(peer.told(B), ["live"]);
    }

    #[test]
    fn a_relative_id_is_one_of_the_given_origin() {
        let protocol = Mercure::by_id().relative_to("https://example.com");
        let mut peer = open(protocol, &[A]);
        peer.send("message", r#"{"@id":"/books/1"}"#, "u1");
        assert_eq!(peer.told(A), ["live", r#"message: {"@id":"/books/1"}"#]);
        let mut peer = open(Mercure::by_id(), &["/books/1"]);
        peer.send("message", r#"{"@id":"/books/1"}"#, "u1");
        assert_eq!(peer.told("/books/1").len(), 2);
    }

    #[test]
    fn one_topic_takes_everything() {
        let template = "https://example.com/books/{id}";
        let mut peer = open(Mercure::one_topic(template), &[template]);
        peer.send("message", "1", "u1");
        peer.send("sold", "2", "u2");
        assert_eq!(peer.told(template), ["live", "message: 1", "sold: 2"]);
    }

    #[test]
    fn what_could_not_be_told_apart_is_refused() {
        for protocol in [Mercure::by_type(), Mercure::by_id()] {
            assert_eq!(protocol.check(A), Ok(()));
            for bad in ["", "*", "https://example.com/{id}", "a\nb"] {
                assert!(protocol.check(bad).is_err(), "{bad:?}");
            }
        }
        assert_eq!(Mercure::one_topic("*").check("*"), Ok(()));
        assert!(Mercure::one_topic("*").check(A).is_err());
    }

    #[test]
    fn a_topic_is_added_by_a_second_connection_without_losing_or_doubling() {
        let mut peer = open(Mercure::by_type(), &[A]);
        peer.send(A, "1", "u1");
        peer.subscribe(&[B]);
        // The old connection stays until the new one is open, so no event is lost.
        assert_eq!(peer.closed, 0);
        assert_eq!(peer.mux.last_event_id(), "u1");
        attempt(&mut peer);
        assert_eq!(peer.closed, 1);
        peer.send(A, "2", "u2");
        peer.send(B, "3", "u3");
        assert_eq!(peer.told(A), ["live", "message: 1", "message: 2"]);
        assert_eq!(peer.told(B), ["live", "message: 3"]);
    }

    #[test]
    fn a_hub_that_has_forgotten_the_position_causes_a_gap() {
        let answer = |id: &str| Response {
            status: 200,
            headers: vec![("last-event-id".to_owned(), id.to_owned())],
            ..Response::default()
        };
        let mut peer = Peer::new(Mercure::by_type());
        peer.subscribe(&[A]);
        attempt_with(&mut peer, "", &answer("earliest"));
        assert_eq!(peer.told(A), ["live"]);
        peer.send(A, "1", "u1");
        for (response, told) in [
            (answer("u1"), &["not live", "live"][..]),
            (Response::default(), &["not live", "live"]),
            (answer("earliest"), &["not live", "gap", "live"]),
        ] {
            peer.told(A);
            peer.lose();
            attempt_with(&mut peer, "u1", &response);
            assert_eq!(peer.told(A), told);
        }
    }
}
