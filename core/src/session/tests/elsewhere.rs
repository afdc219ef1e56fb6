//! Multiplexers whose server answers from another log than the one it sent the last event from.

use super::edge::{Edge, HUB, answer, config, muxed_with};
use crate::connection::Config;
use crate::session::{Input, LinkId, Muxed};

/// The header by which an answer names where it begins.
const LAST_EVENT_ID: &str = "last-event-id";

/// Returns a session with an event of its channel `a`, whose next answer names another position.
fn elsewhere(config: Config) -> (Edge<Muxed>, Vec<String>) {
    let mut edge = muxed_with(config);
    edge.subscribe(1, "a");
    edge.handle(Input::Flush);
    edge.open(5);
    edge.receive(5, HUB);
    edge.receive(5, "id: e-2\nevent: a\ndata: x\n\n");
    edge.handle(Input::Ended(LinkId(5)));
    let lines = edge.time_out();
    assert!(lines.contains(&"connect 6".to_owned()), "{lines:?}");
    let mut named = answer(LinkId(6), 200);
    if let Input::Response { response, .. } = &mut named {
        let header = (LAST_EVENT_ID.to_owned(), "f-1".to_owned());
        response.headers.push(header);
    }
    let told = edge.handle(named);
    (edge, told)
}

#[test]
fn the_events_tell_of_another_log_and_tell_it_once() {
    let gap = "id: f-1\nevent: @gap\ndata: {\"channels\":[\"a\"]}\n\n";
    let event = "id: f-2\nevent: a\ndata: y\n\n";
    for (pieces, case) in [
        (&[HUB, gap, event][..], "announced"),
        (&[HUB, event][..], "seen by the epoch"),
    ] {
        let (mut edge, mut told) = elsewhere(config());
        for piece in pieces {
            told.extend(edge.receive(6, piece));
        }
        let expected = ["1: in force", "open", "1: gap", "1: message y at f-2"];
        assert_eq!(told, expected, "{case}");
    }
}

#[test]
fn a_server_that_never_replays_is_a_gap_at_once() {
    let config = Config {
        replays: false,
        ..config()
    };
    let (_, told) = elsewhere(config);
    assert!(told.contains(&"1: gap".to_owned()), "{told:?}");
}
