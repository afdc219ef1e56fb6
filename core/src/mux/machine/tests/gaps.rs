//! Every channel that may have missed events is told of a gap, and no other.

use super::Client;
use super::client::HUB;

fn sorted(client: &mut Client) -> Vec<String> {
    let mut lines = client.log();
    lines.sort();
    lines
}

#[test]
fn the_server_names_the_channels_or_means_all() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    client.event(1, "@gap", r#"{"channels":["b","c"]}"#, "");
    client.says(&["b has a gap"]);
    client.event(1, "@gap", "{}", "");
    assert_eq!(sorted(&mut client), ["a has a gap", "b has a gap"]);
}

#[test]
fn a_gap_that_can_not_be_read_is_one_of_all() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    client.event(1, "@gap", "here", "");
    assert_eq!(sorted(&mut client), ["a has a gap", "b has a gap"]);
}

#[test]
fn a_channel_that_is_not_in_force_has_missed_nothing() {
    let mut client = Client::on_a_hub(&["a"]);
    client.subscribe(&["b"]);
    client.log();
    client.event(1, "@gap", r#"{"channels":["a","b"]}"#, "");
    client.event(1, "@gap", "{}", "");
    client.says(&["a has a gap", "a has a gap"]);
}

#[test]
fn the_position_does_not_move_at_a_gap() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(1, "@gap", "{}", "e-20");
    assert_eq!(client.mux.last_event_id(), "e-10");
}

#[test]
fn a_reconnect_without_a_position_is_a_gap_for_what_was_in_force() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.lost(1);
    client.subscribe(&["b"]);
    client.log();
    assert_eq!(client.opens(1), "channel=a&channel=b");
    client.reconnected_without_position(1);
    let expected = ["a has a gap", "a is in force", "b is in force"];
    assert_eq!(sorted(&mut client), expected);
}

#[test]
fn who_begins_now_has_missed_nothing_before() {
    let mut client = Client::behind("e-1");
    client.subscribe(&["a"]);
    client.opens(1);
    client.reconnected_without_position(1);
    client.lost(1);
    client.subscribe(&["c"]);
    client.log();
    client.opens(1);
    client.reconnected_without_position(1);
    assert_eq!(
        sorted(&mut client),
        ["a has a gap", "a is in force", "c is in force"]
    );
}

#[test]
fn a_position_from_before_that_can_not_be_sent_is_a_gap() {
    let mut client = Client::behind("e-5");
    client.subscribe(&["a"]);
    client.opens(1);
    client.reconnected_without_position(1);
    client.says(&["open 1 at `e-5`", "a is in force", "a has a gap"]);
}

#[test]
fn a_channel_with_a_beginning_of_its_own_needs_no_position() {
    let mut client = Client::new();
    client.subscribe_after("a", "x");
    client.opens(1);
    client.lost(1);
    assert_eq!(client.opens(1), "channel=a&from=x%20a");
    client.log();
    client.reconnected_without_position(1);
    client.says(&[]);
}

#[test]
fn another_log_is_a_gap_whether_it_is_announced_or_not() {
    let mut client = Client::on_a_hub(&["a", "b"]);
    client.event(1, "a", "11", "e-11");
    client.lost(1);
    client.opens(1);
    client.event(1, "@connected", HUB, "");
    client.log();
    client.event(1, "a", "1", "f-1");
    let expected = ["a got message 1", "a has a gap", "b has a gap"];
    assert_eq!(sorted(&mut client), expected);
    // The delivered events belonged to the other log.
    client.event(1, "b", "2", "f-2");
    client.event(1, "a", "3", "f-3");
    client.event(1, "b", "2", "f-2");
    client.says(&["b got message 2", "a got message 3"]);
    assert_eq!(client.mux.last_event_id(), "f-3");
}

#[test]
fn the_gap_is_told_before_the_event_behind_it() {
    let mut client = Client::on_a_hub(&["a"]);
    client.event(1, "a", "1", "f-1");
    client.says(&["a has a gap", "a got message 1"]);
}

#[test]
fn the_first_log_is_no_gap() {
    let mut client = Client::new();
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "@connected", HUB, "e-10");
    client.event(1, "a", "11", "e-11");
    client.says(&["open 1 at ``", "a is in force", "a got message 11"]);
}

#[test]
fn a_position_given_from_outside_is_one_of_the_log() {
    let mut client = Client::behind("e-5");
    client.subscribe(&["a"]);
    client.opens(1);
    client.event(1, "@connected", HUB, "");
    client.log();
    client.event(1, "a", "6", "e-6");
    client.says(&["a got message 6"]);
}
