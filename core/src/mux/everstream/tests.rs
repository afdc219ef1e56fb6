//! Requests carry the set unchanged, and events from the wire are read or refused.

use core::time::Duration;

use proptest::prelude::*;

use super::{EverstreamProtocol, MAX_QUERY};
use crate::mux::{Begin, Change, InForce, Protocol, Request, Route, Update, Wanted};
use crate::parse::Event;

const URL: &str = "https://h/s?room=1";

/// A `Begin` that owns its ID.
#[derive(Clone, Debug, PartialEq)]
enum Beginning {
    Position,
    Now,
    After(String),
}

impl Beginning {
    fn as_begin(&self) -> Begin<'_> {
        match self {
            Self::Position => Begin::Position,
            Self::Now => Begin::Now,
            Self::After(id) => Begin::After(id),
        }
    }
}

/// Generates names that the protocol allows, with characters that queries and JSON have to escape.
fn name() -> impl Strategy<Value = String> {
    r#"[a-zA-Z0-9:&=+%#?/"\\äß漢😀.~_-][a-zA-Z0-9:@&=+%#?/"\\äß漢😀.~_-]{0,12}"#
}

fn beginning() -> impl Strategy<Value = Beginning> {
    prop_oneof![
        Just(Beginning::Position),
        Just(Beginning::Now),
        // IDs of other servers may have spaces and any character but NUL and line ends.
        "[!-~äß漢][ -~äß漢]{0,12}"
            .prop_filter("it is a word of the protocol", |id| id != "now")
            .prop_map(Beginning::After),
    ]
}

fn channels() -> impl Strategy<Value = Vec<(String, Beginning)>> {
    prop::collection::btree_map(name(), beginning(), 0..12)
        .prop_map(|channels| channels.into_iter().collect())
}

fn wanted(channels: &[(String, Beginning)]) -> Vec<Wanted<'_>> {
    let wanted = channels.iter().map(|(name, begin)| Wanted {
        name,
        begin: begin.as_begin(),
    });
    wanted.collect()
}

/// Parses the form as a server does.
fn read_form(form: &str) -> Vec<(String, Beginning)> {
    let mut channels: Vec<(String, Beginning)> = Vec::new();
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').expect("a pair");
        let value = percent_decoded(value);
        match key {
            "channel" => channels.push((value, Beginning::Position)),
            "from" => {
                // The last space separates the two: a name has no space, while an ID may have some.
                let (position, name) = value.rsplit_once(' ').expect("two words");
                let channel = channels.iter_mut().find(|(known, _)| known == name);
                channel.expect("a channel before its beginning").1 = match position {
                    "now" => Beginning::Now,
                    id => Beginning::After(id.to_owned()),
                };
            }
            "room" => assert_eq!(value, "1"),
            _ => panic!("{key} is not of the protocol"),
        }
    }
    channels
}

fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn event<'e>(event_type: &'e str, data: &'e str) -> Event<'e> {
    Event {
        event_type,
        data,
        last_event_id: "",
    }
}

/// Creates a protocol that has received `@connected` from a hub with control.
fn connected() -> EverstreamProtocol {
    let mut protocol = EverstreamProtocol::new();
    let data = r#"{"protocol":1,"connection":"c","control":"/control","heartbeatMs":5000}"#;
    let route = protocol.route(&event("@connected", data));
    let heartbeat = Some(Duration::from_secs(5));
    assert_eq!(route, Route::Connected { heartbeat });
    protocol
}

proptest! {
    #[test]
    fn an_opening_names_each_channel_and_where_it_begins(channels in channels()) {
        let mut protocol = EverstreamProtocol::new();
        for (name, _) in &channels {
            prop_assert_eq!(protocol.check(name), Ok(()));
        }
        let opening = protocol.open(URL, &wanted(&channels));
        prop_assert!(opening.carries_channels);
        let Request { method, url, body, .. } = opening.request;
        prop_assert_eq!((method, body), ("GET", None));
        let query = url.strip_prefix("https://h/s?").expect("the URL");
        prop_assert_eq!(read_form(query), channels);
    }

    #[test]
    fn a_long_query_is_a_form(count in 1_usize..600, name in name()) {
        let channels: Vec<_> = (0..count)
            .map(|number| (format!("{name}{number:04}"), Beginning::Position))
            .collect();
        let mut protocol = EverstreamProtocol::new();
        let request = protocol.open(URL, &wanted(&channels)).request;
        match &request.body {
            Some(form) => {
                prop_assert_eq!(request.method, "POST");
                prop_assert_eq!(&request.url, URL);
                prop_assert!(form.len() > MAX_QUERY);
                let form_type = "application/x-www-form-urlencoded".to_owned();
                prop_assert_eq!(&request.headers, &[("content-type".to_owned(), form_type)]);
                prop_assert_eq!(read_form(form), channels);
            }
            None => {
                prop_assert_eq!(request.method, "GET");
                prop_assert!(request.url.len() <= URL.len() + 1 + MAX_QUERY);
                let query = request.url.strip_prefix("https://h/s?").expect("the URL");
                prop_assert_eq!(read_form(query), channels);
            }
        }
    }

    #[test]
    fn a_change_names_the_full_set_and_what_begins_elsewhere(
        channels in channels(),
        revision in 1_u64..1_000_000,
    ) {
        let channels = wanted(&channels);
        let change = Change {
            url: URL,
            revision,
            channels: &channels,
            added: &channels,
            removed: &[],
            open_for: Duration::ZERO,
        };
        let Update::Requests { requests, in_force } = connected().change(&change) else {
            panic!("there is a control URL");
        };
        prop_assert_eq!(in_force, InForce::Announced);
        prop_assert_eq!(requests.len(), 1);
        let request = &requests[0].request;
        prop_assert_eq!((request.method, &*request.url), ("POST", "/control"));
        let body = request.body.as_deref().expect("a body");
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        prop_assert_eq!(&body["connection"], "c");
        prop_assert_eq!(&body["revision"], revision);
        let names: Vec<_> = channels.iter().map(|channel| channel.name).collect();
        prop_assert_eq!(&body["channels"], &serde_json::json!(names));
        for channel in &channels {
            let from = body["from"][channel.name].as_str();
            match channel.begin {
                Begin::After(id) => prop_assert_eq!(from, Some(id)),
                Begin::Now | Begin::Position => prop_assert_eq!(from, None),
            }
        }
    }

    #[test]
    fn the_native_types_of_a_channel_are_routed_back_to_it(
        name in name(),
        event_type in "[a-zA-Z0-9 :äß]{1,8}",
        data in any::<String>(),
    ) {
        let mut protocol = EverstreamProtocol::new();
        let on_the_wire = protocol.event_type(&name, &event_type).expect("it can be said");
        let expected = Route::Event {
            channel: name.as_str().into(),
            event_type: &event_type,
            data: data.as_str().into(),
        };
        prop_assert_eq!(protocol.route(&event(&on_the_wire, &data)), expected);
    }

    #[test]
    fn whatever_comes_is_routed_or_refused(event_type in any::<String>(), data in any::<String>()) {
        let mut protocol = connected();
        for event_type in [event_type.clone(), format!("@{event_type}")] {
            let _ = protocol.route(&event(&event_type, &data));
        }
        for name in ["@connected", "@subscribed"] {
            // These events never belong to a channel, and only a JSON object can be valid.
            let route = protocol.route(&event(name, &data));
            let is_object = data.trim_start().starts_with(['{', '[']);
            prop_assert!(is_object || matches!(route, Route::Malformed(_)), "{route:?}");
        }
    }
}

#[test]
fn without_control_the_stream_is_reopened_once_the_server_has_spoken() {
    let change = |open_for| Change {
        url: URL,
        revision: 1,
        channels: &[],
        added: &[],
        removed: &[],
        open_for,
    };
    let mut silent = EverstreamProtocol::new();
    let patience = Duration::from_millis(600);
    let at_400 = silent.change(&change(Duration::from_millis(400)));
    assert_eq!(at_400, Update::Later(Some(patience)));
    assert_eq!(
        silent.change(&change(Duration::from_secs(1))),
        Update::Reopen
    );
    silent.route(&event("prices", "1"));
    assert_eq!(silent.change(&change(Duration::ZERO)), Update::Reopen);
    // A control URL is useless without the connection's name.
    let mut nameless = EverstreamProtocol::new();
    nameless.route(&event(
        "@connected",
        r#"{"protocol":1,"control":"/control"}"#,
    ));
    assert_eq!(nameless.change(&change(Duration::ZERO)), Update::Reopen);
}

#[test]
fn native_listens_for_all_that_a_channel_may_bring() {
    let protocol = EverstreamProtocol::new();
    let of_all = ["@connected", "@subscribed", "@gap", "@ping"];
    assert_eq!(protocol.control_types(None), of_all);
    assert_eq!(
        protocol.control_types(Some("a")),
        ["@complete a", "@error a"]
    );
}

#[test]
fn a_control_address_is_of_the_streams_origin_or_of_one_that_is_trusted() {
    let connected = |protocol: EverstreamProtocol, control: &str| {
        let mut protocol = protocol;
        protocol.open(URL, &[]);
        let data = serde_json::json!({ "protocol": 1, "connection": "c", "control": control });
        let data = data.to_string();
        let route = protocol.route(&Event {
            event_type: "@connected",
            data: &data,
            last_event_id: "",
        });
        (
            matches!(route, Route::Connected { .. }),
            protocol.control.is_some(),
        )
    };
    for own in ["/control", "https://h/control", "control"] {
        assert_eq!(
            connected(EverstreamProtocol::new(), own),
            (true, true),
            "{own}"
        );
    }
    for foreign in [
        "https://evil.example/c",
        "//evil.example/c",
        "http://h/c",
        "\\\\evil.example",
    ] {
        assert_eq!(
            connected(EverstreamProtocol::new(), foreign),
            (false, false),
            "{foreign}"
        );
    }
    let trusting = || EverstreamProtocol::new().trust_control_origin("https://control.example");
    assert_eq!(
        connected(trusting(), "https://control.example/c"),
        (true, true)
    );
    assert_eq!(
        connected(trusting(), "https://evil.example/c"),
        (false, false)
    );
}

#[test]
fn only_the_first_event_of_a_stream_introduces_the_server() {
    let mut protocol = EverstreamProtocol::new();
    protocol.open(URL, &[]);
    let mut route = |event_type, data| {
        protocol.route(&Event {
            event_type,
            data,
            last_event_id: "",
        })
    };
    let introduction = r#"{"protocol":1,"connection":"c","control":"/c"}"#;
    assert!(matches!(
        route("@connected", introduction),
        Route::Connected { .. }
    ));
    let later = r#"{"protocol":1,"connection":"x","control":"/x"}"#;
    assert!(matches!(route("@connected", later), Route::Malformed(_)));
    assert_eq!(protocol.control, Some(("/c".to_owned(), "c".to_owned())));
}
