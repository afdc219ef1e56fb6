//! `pause_when_hidden` closes the connection while the page is hidden.

use super::Client;
use super::client::fetch;
use crate::connection::{Config, Signal};

fn pausing() -> Config {
    Config {
        pause_when_hidden: true,
        ..fetch()
    }
}

#[test]
fn hidden_closes_and_visible_resumes() {
    let mut client = Client::open(pausing(), "7");
    client.signal(Signal::Hidden);
    client.says(&["disconnect", "paused"]);
    assert_eq!(client.due_in(), None);
    client.pass(3600.0);
    client.says(&[]);
    client.signal(Signal::Visible);
    client.respond(200, &[]);
    client.says(&["connect by fetch, header 7", "open by fetch, resumed"]);
}

#[test]
fn without_a_position_the_pause_leaves_a_gap() {
    let mut client = Client::open(pausing(), "");
    client.signal(Signal::Hidden);
    client.signal(Signal::Visible);
    client.log();
    client.respond(200, &[]);
    client.says(&["open by fetch", "gap"]);
}

#[test]
fn only_the_page_s_return_or_the_user_ends_the_pause() {
    let mut client = Client::open(pausing(), "7");
    client.signal(Signal::Hidden);
    client.log();
    for signal in [
        Signal::Hidden,
        Signal::Offline,
        Signal::Online,
        Signal::Thawed,
        Signal::Restored,
    ] {
        client.signal(signal);
    }
    client.lost();
    client.ended();
    client.respond(200, &[]);
    client.native_open();
    client.native_error();
    client.require_fetch();
    client.timer();
    client.says(&[]);
    client.reconnect();
    client.says(&["connect by fetch, header 7"]);
}

#[test]
fn attempts_and_waits_are_paused_too() {
    let mut client = Client::started(pausing());
    client.signal(Signal::Hidden);
    client.says(&["disconnect", "paused"]);

    let mut client = Client::started(pausing());
    client.lost();
    client.log();
    client.signal(Signal::Hidden);
    client.says(&["paused"]);
    client.signal(Signal::Visible);
    client.says(&["connect by fetch"]);
}

#[test]
fn what_the_server_asked_for_stands_over_a_pause() {
    let mut client = Client::started(pausing());
    client.respond(503, &[("retry-after", "60")]);
    client.log();
    client.sleep(10.0);
    client.signal(Signal::Hidden);
    client.sleep(10.0);
    client.signal(Signal::Visible);
    client.says(&["paused", "wait 40s after 1: status 503"]);
    client.signal(Signal::Hidden);
    client.sleep(60.0);
    client.signal(Signal::Visible);
    client.says(&["paused", "connect by fetch"]);
}

#[test]
fn a_paused_connection_can_be_closed() {
    let mut client = Client::open(pausing(), "7");
    client.signal(Signal::Hidden);
    client.log();
    client.connection.close();
    client.says(&["closed"]);
}

#[test]
fn a_page_that_is_hidden_from_the_start_sends_nothing() {
    let mut client = Client::idle(pausing());
    client.signal(Signal::Hidden);
    client.start();
    client.says(&["paused"]);
    client.signal(Signal::Visible);
    client.says(&["connect by fetch"]);
    // A connection without `pause_when_hidden` starts in a hidden page.
    let mut client = Client::idle(fetch());
    client.signal(Signal::Hidden);
    client.start();
    client.says(&["connect by fetch"]);
}
