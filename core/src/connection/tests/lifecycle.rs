//! The life of a connection, from the first attempt to the last state.

use core::time::Duration;

use super::Client;
use super::client::{auto, fetch, line, native};
use crate::connection::{Arrival, Config, ReadyState, Resumed, Signal, State};
use crate::error::Error;

#[test]
fn nothing_happens_before_the_start() {
    let mut client = Client::idle(fetch());
    client.respond(200, &[]);
    client.native_open();
    client.lost();
    client.ended();
    client.native_error();
    client.native_gave_up();
    client.no_headers();
    client.signal(Signal::Visible);
    client.signal(Signal::Restored);
    client.timer();
    client.says(&[]);
    assert_eq!(client.due_in(), None);
}

#[test]
fn it_starts_once() {
    let mut client = Client::idle(fetch());
    client.start();
    client.start();
    client.says(&["connect by fetch"]);
    client.respond(200, &[]);
    client.start();
    client.says(&["open by fetch"]);
}

#[test]
fn every_attempt_is_announced_and_counted() {
    let mut client = Client::idle(fetch());
    let mut lines = Vec::new();
    let mut read = |client: &mut Client| {
        while let Some(output) = client.connection.poll_output() {
            lines.push(line(&output));
        }
    };
    client.start();
    read(&mut client);
    client.lost();
    client.pass(1.0);
    read(&mut client);
    let expected = [
        "connecting 1 by fetch",
        "connect by fetch",
        "disconnect",
        "wait 1s after 1: disconnected",
        "connecting 2 by fetch",
        "connect by fetch",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn an_open_connection_waits_for_nothing() {
    let client = Client::open(fetch(), "");
    assert_eq!(client.due_in(), None);
}

#[test]
fn events_pass_and_move_the_position() {
    let mut client = Client::open(fetch(), "");
    let events = client.bytes("id: 7\ndata: a\n\ndata: b\n\n:\n\nid: 8\nda");
    let pair = |data: &str, id: &str| (data.to_owned(), id.to_owned());
    assert_eq!(events, [pair("a", "7"), pair("b", "7")]);
    assert_eq!(client.connection.last_event_id(), "7");
    assert_eq!(client.bytes("ta: c\n\n"), [pair("c", "8")]);
    assert_eq!(client.connection.last_event_id(), "8");
    client.says(&[]);
}

#[test]
fn an_event_beyond_the_limit_is_reported_and_the_next_one_passes() {
    let mut client = Client::open(
        Config {
            max_event_size: 16,
            ..fetch()
        },
        "",
    );
    let now = crate::connection::Instant::default();
    let chunk = b"data: far too large for that\n\ndata: small\n\n";
    let mut received = client.connection.receive(now, chunk);
    assert!(matches!(received.next(), Some(Arrival::TooLarge(error)) if error.limit == 16));
    assert!(matches!(received.next(), Some(Arrival::Event(_))));
    assert!(received.next().is_none());
}

#[test]
fn closing_drops_the_connection_and_is_final() {
    let mut client = Client::open(fetch(), "7");
    client.connection.close();
    client.says(&["disconnect", "closed"]);
    assert!(client.connection.is_closed());
    client.connection.close();
    client.start();
    client.reconnect();
    client.require_fetch();
    client.respond(200, &[]);
    client.native_open();
    client.lost();
    client.ended();
    client.native_gave_up();
    for signal in [
        Signal::Hidden,
        Signal::Visible,
        Signal::Online,
        Signal::Thawed,
        Signal::Restored,
    ] {
        client.signal(signal);
    }
    client.timer();
    client.says(&[]);
    assert_eq!(client.due_in(), None);
}

#[test]
fn closing_drops_an_attempt_and_a_wait() {
    let mut client = Client::started(fetch());
    client.connection.close();
    client.says(&["disconnect", "closed"]);

    let mut client = Client::started(fetch());
    client.lost();
    client.log();
    client.connection.close();
    client.says(&["closed"]);
    assert_eq!(client.due_in(), None);

    let mut client = Client::idle(fetch());
    client.connection.close();
    client.start();
    client.says(&["closed"]);
}

#[test]
fn reconnect_is_at_once_and_forgets_the_failures() {
    let mut client = Client::open(fetch(), "7");
    client.reconnect();
    client.says(&["disconnect", "connect by fetch, header 7"]);
    client.lost();
    client.pass(1.0);
    client.lost();
    client.log();
    client.reconnect();
    client.says(&["connect by fetch, header 7"]);
    client.lost();
    client.says(&["disconnect", "wait 1s after 1: disconnected"]);
}

#[test]
fn reconnect_gives_the_provider_and_the_open_timeout_a_new_chance() {
    let config = Config {
        refreshable: true,
        ..fetch()
    };
    let mut client = Client::started(config);
    client.pass(11.0);
    client.respond(401, &[]);
    client.log();
    client.reconnect();
    assert_eq!(client.due_in(), Some(10.0));
    client.log();
    client.respond(401, &[]);
    client.says(&["disconnect", "connect by fetch, unauthorized"]);
}

#[test]
fn the_open_timeout_ends_an_attempt_and_grows() {
    let mut client = Client::started(fetch());
    client.pass(9.999);
    client.says(&[]);
    client.pass(0.001);
    client.says(&["disconnect", "wait 1s after 1: not open after 10s"]);
    client.until_due();
    for expected in [
        "wait 2s after 2: not open after 20s",
        "wait 4s after 3: not open after 40s",
        "wait 8s after 4: not open after 80s",
        "wait 16s after 5: not open after 80s",
    ] {
        client.log();
        client.until_due();
        client.says(&["disconnect", expected]);
        client.until_due();
    }
}

#[test]
fn the_open_timeout_is_the_first_one_again_once_a_stream_has_opened() {
    let mut client = Client::started(fetch());
    client.pass(11.0);
    client.respond(200, &[]);
    client.signal(Signal::Thawed);
    assert_eq!(client.due_in(), Some(10.0));
}

#[test]
fn another_failure_ends_the_row_of_open_timeouts() {
    let mut client = Client::started(fetch());
    client.pass(11.0);
    assert_eq!(client.due_in(), Some(20.0));
    client.lost();
    client.pass(2.0);
    assert_eq!(client.due_in(), Some(10.0));
}

#[test]
fn an_open_timeout_without_end_is_taken() {
    let config = Config {
        open_timeout: Some(Duration::MAX),
        ..fetch()
    };
    let mut client = Client::started(config);
    client.lost();
    client.pass(1.0);
    client.says(&[
        "disconnect",
        "wait 1s after 1: disconnected",
        "connect by fetch",
    ]);
}

#[test]
fn an_open_timeout_that_can_not_be_doubled_is_taken() {
    let config = Config {
        open_timeout: Some(Duration::from_secs(u64::MAX - 1)),
        ..fetch()
    };
    let mut client = Client::started(config);
    client.until_due();
    client.until_due();
    assert_eq!(client.log().len(), 3);
}

#[test]
fn what_comes_at_the_wrong_time_changes_nothing() {
    // The inputs below are out of place: a second answer, an answer while waiting, an end before the answer,
    // an end while waiting.
    let mut client = Client::open(fetch(), "");
    client.respond(500, &[]);
    client.native_open();
    client.no_headers();
    client.says(&[]);

    let mut client = Client::started(fetch());
    client.ended();
    client.says(&[]);
    client.lost();
    client.log();
    client.lost();
    client.ended();
    client.respond(200, &[]);
    client.native_open();
    client.native_error();
    client.native_gave_up();
    client.no_headers();
    client.says(&[]);
}

#[test]
fn the_timer_may_fire_too_early() {
    let mut client = Client::started(fetch());
    client.timer();
    client.lost();
    client.log();
    client.timer();
    client.says(&[]);
    assert_eq!(client.due_in(), Some(1.0));
}

#[test]
fn fetch_is_required_from_now_on() {
    let mut client = Client::open_native(auto(), "");
    client.require_fetch();
    client.says(&["disconnect", "connect by fetch"]);
    client.require_fetch();
    client.says(&[]);
    client.lost();
    client.pass(1.0);
    client.says(&[
        "disconnect",
        "wait 1s after 1: disconnected",
        "connect by fetch",
    ]);

    // `Transport::Native` is never replaced.
    let mut client = Client::open_native(native(), "");
    client.require_fetch();
    client.says(&[]);

    // No attempt has begun, so the requirement applies to the next one.
    let mut client = Client::idle(auto());
    client.require_fetch();
    client.says(&[]);
    client.start();
    client.says(&["connect by fetch"]);
}

#[test]
fn the_stats_count() {
    let mut client = Client::open(fetch(), "");
    client.sleep(3.0);
    client.bytes("data: 1\n\ndata: 2\n\n");
    client.lost();
    client.pass(1.0);
    let stats = client.connection.stats().clone();
    assert_eq!((stats.attempts, stats.opened), (2, 1));
    assert_eq!((stats.events, stats.bytes), (2, 18));
    let since_start = stats.last_activity.expect("it was active");
    let elapsed = since_start.saturating_since(crate::connection::Instant::default());
    assert_eq!(elapsed, Duration::from_secs(3));
    assert!(matches!(stats.last_error, Some(Error::Disconnected { .. })));

    let mut client = Client::open_native(native(), "");
    client.event("1");
    client.event("2");
    let stats = client.connection.stats();
    assert_eq!((stats.events, stats.bytes), (2, 8));
}

#[test]
fn states_map_to_the_ready_states_of_the_standard() {
    let error = || Error::gap(crate::GapCause::Unknown);
    let fetch = crate::connection::TransportKind::Fetch;
    let table = [
        (State::Idle, ReadyState::Connecting),
        (
            State::Connecting {
                attempt: 1,
                transport: fetch,
            },
            ReadyState::Connecting,
        ),
        (
            State::Waiting {
                retry_in: None,
                failures: 1,
                error: error(),
            },
            ReadyState::Connecting,
        ),
        (State::Paused, ReadyState::Connecting),
        (
            State::Open {
                transport: fetch,
                resumed: Resumed::No,
                answer: None,
            },
            ReadyState::Open,
        ),
        (State::Closed { error: None }, ReadyState::Closed),
        (
            State::Closed {
                error: Some(error()),
            },
            ReadyState::Closed,
        ),
    ];
    for (state, expected) in table {
        assert_eq!(state.ready_state(), expected, "{state:?}");
    }
    let numbers = [ReadyState::Connecting, ReadyState::Open, ReadyState::Closed];
    assert_eq!(numbers.map(|state| state as u8), [0, 1, 2]);
}
