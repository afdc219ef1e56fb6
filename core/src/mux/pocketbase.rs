//! The realtime API of PocketBase.

use serde::{Deserialize, Serialize};

use super::protocol::{
    Change, Control, InForce, Opening, Protocol, Request, Route, Update, Wanted,
};
use crate::parse::Event;

/// The first event of a connection, which carries its client ID.
const CONNECT: &str = "PB_CONNECT";

/// The protocol of [PocketBase's realtime API](https://pocketbase.io/docs/api-realtime). The URL is that of
/// `/api/realtime`. A channel is a topic, such as `prices/*` or `prices/RECORD_ID`, with PocketBase's own
/// options after a `?` if there are any.
///
/// Choose it for a `Mux` with `EventSource::builder("/api/realtime").multiplex_with(PocketBase::new())`.
///
/// Each change of a record is an event of type `message` with `{"action":…,"record":…}` as its data. Send the
/// user's token with `headers_with`: PocketBase takes the identity from the requests that set the topics.
///
/// PocketBase keeps no events. A reconnect is a gap on each channel, after which you fetch the records again.
/// A topic that its collection's rules forbid is not refused, but silent.
#[derive(Clone, Debug, Default)]
pub struct PocketBase {
    /// The ID by which the server knows the connection.
    client_id: Option<String>,
}

impl PocketBase {
    /// Creates the protocol.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn connected(&mut self, data: &str) -> Route<'static> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Connect {
            client_id: String,
        }
        match serde_json::from_str(data) {
            Ok(Connect { client_id }) => {
                self.client_id = Some(client_id);
                Route::Connected { heartbeat: None }
            }
            Err(error) => Route::Malformed(error.to_string()),
        }
    }
}

impl Protocol for PocketBase {
    fn check(&self, name: &str) -> Result<(), String> {
        let reason = if name.is_empty() {
            "a topic is not empty"
        } else if name.contains(['\0', '\r', '\n']) {
            "a topic has no NUL and no line break"
        } else if name == CONNECT {
            "that is the protocol's own"
        } else {
            return Ok(());
        };
        Err(reason.to_owned())
    }

    fn open(&mut self, url: &str, _: &[Wanted<'_>]) -> Opening {
        Opening::without_channels(Request::get(url))
    }

    fn route<'e>(&mut self, event: &Event<'e>) -> Route<'e> {
        if event.event_type == CONNECT {
            return self.connected(event.data);
        }
        Route::Event {
            channel: event.event_type.into(),
            event_type: "message",
            data: event.data.into(),
        }
    }

    fn change(&mut self, change: &Change<'_>) -> Update {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Subscriptions<'a> {
            client_id: &'a str,
            subscriptions: Vec<&'a str>,
        }
        let Some(client_id) = &self.client_id else {
            return Update::Later(None);
        };
        let body = Subscriptions {
            client_id,
            subscriptions: change.channels.iter().map(|channel| channel.name).collect(),
        };
        let body = serde_json::to_string(&body).unwrap_or_default();
        let request = Request::new("POST", change.url).body("application/json", body);
        Update::Requests {
            requests: vec![Control {
                request,
                channel: None,
            }],
            // An event that arrives earlier may belong to a subscription that was given up.
            in_force: InForce::Answered,
        }
    }

    fn event_type(&self, channel: &str, _: &str) -> Option<String> {
        Some(channel.to_owned())
    }

    fn control_types(&self, channel: Option<&str>) -> Vec<String> {
        channel.map_or_else(|| vec![CONNECT.to_owned()], |_| Vec::new())
    }

    fn resumes(&self) -> bool {
        false
    }

    fn share_key(&self) -> Option<String> {
        Some("pocketbase".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::PocketBase;
    use crate::mux::peer::{Peer, URL};
    use crate::mux::{Opening, Protocol, Request};

    fn open(peer: &mut Peer, client: &str) {
        assert_eq!(peer.attempt(), None);
        assert_eq!(peer.opening(), Opening::without_channels(Request::get(URL)));
        peer.open();
        assert!(peer.requests().is_empty(), "nothing is known of the server");
        peer.send(
            "PB_CONNECT",
            &json!({ "clientId": client }).to_string(),
            client,
        );
    }

    fn body(request: &Request) -> Value {
        serde_json::from_str(request.body.as_deref().unwrap()).unwrap()
    }

    #[test]
    fn the_whole_set_is_sent_each_time() {
        let mut peer = Peer::new(PocketBase::new());
        peer.subscribe(&["prices/*"]);
        open(&mut peer, "c1");
        let request = peer.requests().remove(0);
        assert_eq!((request.method, &*request.url), ("POST", URL));
        assert_eq!(
            body(&request),
            json!({ "clientId": "c1", "subscriptions": ["prices/*"] })
        );
        peer.answer(204, "");
        peer.subscribe(&["news/1"]);
        assert_eq!(
            body(&peer.requests()[0]),
            json!({ "clientId": "c1", "subscriptions": ["news/1", "prices/*"] })
        );
        peer.answer(204, "");
        peer.send("prices/*", "1", "c1");
        peer.send("news/1", "2", "c1");
        peer.unsubscribe("prices/*");
        assert_eq!(
            body(&peer.requests()[0])["subscriptions"],
            json!(["news/1"])
        );
        assert_eq!(peer.told("prices/*"), ["live", "message: 1"]);
        assert_eq!(peer.told("news/1"), ["live", "message: 2"]);
    }

    #[test]
    fn a_reconnect_is_a_gap_that_lasts_until_the_topics_are_set() {
        let mut peer = Peer::new(PocketBase::new());
        peer.subscribe(&["prices/*"]);
        open(&mut peer, "c1");
        peer.answer(204, "");
        peer.lose();
        open(&mut peer, "c2");
        assert_eq!(body(&peer.requests()[0])["clientId"], "c2");
        assert_eq!(peer.told("prices/*"), ["live", "not live"]);
        peer.answer(204, "");
        peer.send("prices/*", "1", "c2");
        assert_eq!(peer.told("prices/*"), ["gap", "live", "message: 1"]);
        assert_eq!(
            peer.mux.last_event_id(),
            "",
            "the ID is the client's, and no position"
        );
    }

    #[test]
    fn a_client_that_the_server_has_forgotten_connects_anew() {
        let mut peer = Peer::new(PocketBase::new());
        peer.subscribe(&["prices/*"]);
        open(&mut peer, "c1");
        peer.answer(204, "");
        peer.subscribe(&["news/1"]);
        peer.answer(404, "");
        open(&mut peer, "c2");
        assert_eq!(peer.closed, 1);
        peer.answer(204, "");
        assert_eq!(peer.told("prices/*"), ["live", "not live", "gap", "live"]);
        assert_eq!(peer.told("news/1"), ["live"]);
    }

    #[test]
    fn a_refused_set_costs_only_what_is_new() {
        let mut peer = Peer::new(PocketBase::new());
        peer.subscribe(&["prices/*"]);
        open(&mut peer, "c1");
        peer.answer(204, "");
        peer.subscribe(&["news/1"]);
        peer.answer(403, "The authorization records don't match.");
        assert_eq!(peer.told("prices/*"), ["live"]);
        assert!(peer.told("news/1")[0].contains("403"));
    }

    #[test]
    fn names_that_cannot_be_told_from_the_protocol_are_refused() {
        let check = |name: &str| PocketBase::new().check(name);
        for good in ["prices", "prices/*", r"a/1?options=%7B%7D", "@x y"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "PB_CONNECT", "a\nb", "a\0"] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_malformed_introduction_is_told() {
        let mut peer = Peer::new(PocketBase::new());
        peer.subscribe(&["prices/*"]);
        peer.attempt();
        peer.opening();
        peer.open();
        peer.send("PB_CONNECT", "{}", "");
        assert_eq!(peer.errors.len(), 1);
        assert!(peer.requests().is_empty());
    }
}
