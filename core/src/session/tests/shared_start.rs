//! Channels of sharing tabs that begin after an event.

use super::edge::HUB;
use super::tabs::{Tabs, events, of};
use crate::session::{Input, LinkId, Session};
use crate::tabs::{Body, Message};

const TWO_AND_THREE: [&str; 2] = ["message 2 at e-2", "message 3 at e-3"];

#[test]
fn a_new_tab_begins_from_the_leaders_log() {
    let mut tabs = Tabs::new(&["a", "b"]);
    tabs.receive(0, 0, &events("a", 1..=2));
    tabs.receive(0, 0, &events("b", 7..=7).replace("e-7", "e-2b"));
    tabs.receive(0, 0, &events("a", 3..=3));
    let new = tabs.join();
    let told = tabs.begin(new, 1, "a", "e-1");
    assert_eq!(of(new, 1, &told), TWO_AND_THREE, "{told:?}");
    assert!(told.contains(&"1. 1: in force".to_owned()), "{told:?}");
    // The server isn't asked for anything.
    assert!(!told.iter().any(|line| line.contains("send")), "{told:?}");
    let told = tabs.receive(0, 0, &events("a", 4..=4));
    assert_eq!(of(new, 1, &told), ["message 4 at e-4"]);
    assert_eq!(of(0, 1, &told), ["message 4 at e-4"]);
}

#[test]
fn a_tab_begins_from_its_own_log_whether_it_leads_or_follows() {
    let mut tabs = Tabs::new(&[]);
    let other = tabs.join();
    let told = tabs.begin(other, 1, "a", "");
    assert!(told.contains(&"0. connect 0".to_owned()), "{told:?}");
    tabs.0[0].open(0);
    tabs.receive(0, 0, HUB);
    tabs.receive(0, 0, &events("a", 1..=3));
    let told = tabs.begin(0, 1, "a", "e-1");
    assert_eq!(of(0, 1, &told), TWO_AND_THREE);
    // The other tab gives the channel up and asks for it again in the same turn.
    tabs.0[other].unsubscribe(1, "a");
    assert_eq!(tabs.ask(other, 2, "a", "e-2"), ["2: in force"]);
    let lines = tabs.0[other].handle(Input::Flush);
    assert_eq!(lines, ["2: message 3 at e-3"]);
    let told = tabs.receive(0, 0, &events("a", 4..=4));
    for (at, channel) in [(0, 1), (other, 2)] {
        assert_eq!(of(at, channel, &told), ["message 4 at e-4"]);
    }
}

#[test]
fn what_the_log_can_not_tell_is_a_gap() {
    let mut tabs = Tabs::new(&["a", "b"]);
    tabs.receive(0, 0, &events("a", 1..=1));
    tabs.receive(0, 0, &events("b", 2..=2));
    tabs.receive(0, 0, &events("a", 3..=3));
    let new = tabs.join();
    for (channel, id) in [(1, "e-0"), (2, "e-2")] {
        let told = tabs.begin(new, channel, "a", id);
        assert_eq!(of(new, channel, &told), ["gap"], "after {id}");
        let number = 3 + channel;
        let told = tabs.receive(0, 0, &events("a", number..=number));
        assert_eq!(of(new, channel, &told).len(), 1, "{told:?}");
        tabs.0[new].unsubscribe(channel, "a");
    }
}

#[test]
fn a_recorded_interruption_is_a_gap() {
    let interruptions: [fn(&mut Tabs); 3] = [
        |tabs| {
            let piece = "event: @gap\ndata: {\"channels\":[\"a\"]}\n\n";
            assert_eq!(tabs.receive(0, 0, piece), ["0. 1: gap"]);
        },
        |tabs| {
            // The channel is left, and asked for anew.
            tabs.0[0].unsubscribe(1, "a");
            tabs.0[0].handle(Input::Flush);
            tabs.begin(0, 3, "a", "");
        },
        |tabs| {
            let told = tabs.receive(0, 0, "event: @complete a\ndata: \n\n");
            assert_eq!(told, ["0. 1: ends"]);
            tabs.begin(0, 3, "a", "");
        },
    ];
    for (at, interrupt) in interruptions.iter().enumerate() {
        let mut tabs = Tabs::new(&["a", "b"]);
        tabs.receive(0, 0, &events("a", 1..=3));
        interrupt(&mut tabs);
        let new = tabs.join();
        let told = tabs.begin(new, 1, "a", "e-1");
        assert_eq!(of(new, 1, &told), ["gap"], "interruption {at}: {told:?}");
    }
}

#[test]
fn what_is_too_large_is_told_where_it_was() {
    let mut tabs = Tabs::new(&["a"]);
    tabs.receive(0, 0, &events("a", 1..=1));
    let large = format!("event: a\ndata: {}\n\n", "x".repeat(21 * 1024 * 1024));
    assert_eq!(tabs.receive(0, 0, &large), ["0. 1: skipped"]);
    tabs.receive(0, 0, &events("a", 3..=3));
    let new = tabs.join();
    let told = tabs.begin(new, 1, "a", "e-1");
    assert_eq!(of(new, 1, &told), ["skipped", "message 3 at e-3"]);
}

#[test]
fn the_server_is_asked_if_no_tab_has_the_channel() {
    let mut tabs = Tabs::new(&[]);
    let told = tabs.begin(0, 1, "a", "e-1");
    assert_eq!(told[0], "0. connect 0", "{told:?}");
    let plan = tabs.0[0].plan.clone().expect("a request");
    assert!(plan.url.contains("from=e-1"), "{}", plan.url);
    tabs.0[0].open(0);
    tabs.receive(0, 0, HUB);
    let told = tabs.receive(0, 0, &events("a", 2..=3));
    assert_eq!(of(0, 1, &told), TWO_AND_THREE);
    // A following tab's channel, by a change of the set.
    let new = tabs.join();
    let told = tabs.begin(new, 1, "b", "e-2");
    assert!(told.contains(&"0. send POST /control".to_owned()));
    let (_, body) = tabs.0[0].sends.last().expect("a change").clone();
    assert!(body.contains("e-2"), "{body}");
    let piece = "id: e-5\nevent: @subscribed\ndata: {\"revision\":1}\n\n";
    tabs.receive(0, 0, piece);
    let told = tabs.receive(0, 0, &events("b", 4..=4));
    assert_eq!(of(new, 1, &told), ["message 4 at e-4"]);
    // Another tab that asks for the same finds it in the log, and no tab gets an event twice.
    let told = tabs.begin(0, 2, "b", "e-2");
    assert_eq!(of(0, 2, &told), ["message 4 at e-4"]);
    let told = tabs.receive(0, 0, &events("b", 6..=6));
    for (at, channel) in [(0, 2), (new, 1)] {
        assert_eq!(of(at, channel, &told), ["message 6 at e-6"]);
    }
}

#[test]
fn a_new_leader_does_not_know_how_far_a_replay_had_come() {
    for is_over in [false, true] {
        let mut tabs = Tabs::new(&["b"]);
        let other = tabs.join();
        tabs.begin(other, 1, "a", "e-1");
        tabs.receive(
            0,
            0,
            "id: e-9\nevent: @subscribed\ndata: {\"revision\":1}\n\n",
        );
        let told = tabs.receive(0, 0, &events("a", 2..=3));
        assert_eq!(of(other, 1, &told), TWO_AND_THREE);
        if is_over {
            tabs.receive(0, 0, "id: e-9\nevent: @ping\ndata: {}\n\n");
        }
        let told = tabs.hand_over(0, other);
        let gaps: &[&str] = if is_over { &[] } else { &["gap"] };
        assert_eq!(of(other, 1, &told), gaps, "{told:?}");
        assert_eq!(tabs.0[other].resumes, "e-9");
    }
}

#[test]
fn a_channel_begins_with_the_next_leader_if_this_one_does_not_answer() {
    let mut tabs = Tabs::new(&["a"]);
    let other = tabs.join();
    let third = tabs.join();
    tabs.begin(other, 1, "a", "");
    tabs.begin(third, 1, "a", "");
    tabs.receive(0, 0, &events("a", 1..=3));
    let new = tabs.join();
    tabs.ask(new, 1, "a", "e-1");
    tabs.0[new].handle(Input::Flush);
    // Nobody hears the request.
    tabs.0[new].said.clear();
    let told = tabs.hand_over(0, other);
    assert_eq!(of(new, 1, &told), TWO_AND_THREE, "{told:?}");
    assert_eq!(of(third, 1, &told), [""; 0]);
    tabs.0[other].open(0);
    tabs.receive(other, 0, HUB);
    let told = tabs.receive(other, 0, &events("a", 4..=4));
    for at in [other, third, new] {
        assert_eq!(of(at, 1, &told), ["message 4 at e-4"], "tab {at}");
    }
}

#[test]
fn a_tab_that_leads_before_it_was_answered_begins_by_itself() {
    let mut tabs = Tabs::new(&["b"]);
    let other = tabs.join();
    tabs.begin(other, 2, "b", "");
    tabs.receive(0, 0, &events("b", 1..=2));
    tabs.ask(other, 1, "a", "e-1");
    tabs.0[other].handle(Input::Flush);
    tabs.0[other].said.clear();
    tabs.hand_over(0, other);
    let plan = tabs.0[other].plan.clone().expect("a request");
    assert!(plan.url.contains("from=e-1"), "{}", plan.url);
}

#[test]
fn a_new_leader_does_not_begin_a_channel_before_it_knows_where() {
    let mut tabs = Tabs::new(&["b"]);
    let other = tabs.join();
    tabs.begin(other, 1, "b", "");
    let new = tabs.join();
    tabs.begin(new, 2, "b", "");
    tabs.ask(new, 1, "a", "e-1");
    tabs.0[new].handle(Input::Flush);
    // Nobody hears the request, so the next leader learns of the channel during the election.
    tabs.0[new].said.clear();
    let told = tabs.hand_over(0, other);
    assert_eq!(of(new, 1, &told), [""; 0], "{told:?}");
    let plan = tabs.0[other].session.plan(LinkId(0)).expect("a request");
    assert!(plan.url.contains("from=e-1"), "{}", plan.url);
}

#[test]
fn an_answer_to_an_earlier_request_is_ignored() {
    let mut tabs = Tabs::new(&["a"]);
    tabs.receive(0, 0, &events("a", 1..=2));
    let new = tabs.join();
    tabs.begin(new, 1, "b", "");
    tabs.ask(new, 2, "a", "e-1");
    tabs.0[new].handle(Input::Flush);
    let request = tabs.0[new].said.remove(0);
    tabs.0[0].handle(Input::Heard(&request));
    let is_answer = |bytes: &Vec<u8>| {
        let message = Message::decode(bytes).expect("a message");
        matches!(message.body, Body::Replay(_))
    };
    let answer = tabs.0[0].said.iter().find(|bytes| is_answer(bytes));
    let answer = answer.expect("an answer").clone();
    let told = tabs.carry(0, &[]);
    assert_eq!(of(new, 2, &told), ["message 2 at e-2"]);
    let told = tabs.receive(0, 0, &events("a", 3..=3));
    assert_eq!(of(new, 2, &told), ["message 3 at e-3"]);
    tabs.0[new].unsubscribe(2, "a");
    tabs.0[new].handle(Input::Flush);
    tabs.ask(new, 3, "a", "e-1");
    tabs.0[new].handle(Input::Flush);
    assert_eq!(tabs.0[new].handle(Input::Heard(&answer)), [""; 0]);
    let told = tabs.carry(new, &[]);
    assert_eq!(of(new, 3, &told), TWO_AND_THREE);
}

#[test]
fn a_channel_that_is_given_up_before_it_begins_begins_no_more() {
    let mut tabs = Tabs::new(&["a"]);
    tabs.receive(0, 0, &events("a", 1..=2));
    let new = tabs.join();
    tabs.ask(new, 1, "a", "e-1");
    tabs.0[new].handle(Input::Flush);
    tabs.0[new].unsubscribe(1, "a");
    // The new subscribers want nothing of the past.
    let told = tabs.begin(new, 2, "a", "");
    assert_eq!(of(new, 2, &told), [""; 0], "{told:?}");
    let told = tabs.receive(0, 0, &events("a", 3..=3));
    assert_eq!(of(new, 2, &told), ["message 3 at e-3"]);
}

/// The leader forgets a tab that sleeps, and another tab has the server begin the tab's channel anew.
#[test]
fn a_replay_repeats_nothing_for_a_tab_that_has_the_channel() {
    for is_renewed in [false, true] {
        let mut tabs = Tabs::new(&["b"]);
        let sleepy = tabs.join();
        tabs.begin(sleepy, 1, "a", "");
        tabs.0[0].answer(202, "");
        tabs.receive(0, 0, "event: @subscribed\ndata: {\"revision\":1}\n\n");
        tabs.receive(0, 0, &events("a", 1..=3));
        let channel = if is_renewed {
            // The new subscribers have had none of the three events.
            tabs.0[sleepy].unsubscribe(1, "a");
            tabs.begin(sleepy, 2, "a", "");
            2
        } else {
            1
        };
        let lines = tabs.0[sleepy].handle(Input::Leave);
        tabs.carry(sleepy, &lines);
        tabs.0[0].answer(202, "");
        let other = tabs.join();
        tabs.begin(other, 1, "a", "e-1");
        tabs.0[0].answer(202, "");
        tabs.receive(0, 0, "event: @subscribed\ndata: {\"revision\":3}\n\n");
        let told = tabs.receive(0, 0, &events("a", 2..=4));
        assert_eq!(of(other, 1, &told).len(), 3, "{told:?}");
        let lines = tabs.0[sleepy].handle(Input::Return);
        let told = tabs.carry(sleepy, &lines);
        let mut told = of(sleepy, channel, &told);
        assert_eq!(told.remove(0), "gap");
        told.retain(|line| *line != "gap");
        let mut wanted = vec!["message 4 at e-4"];
        if is_renewed {
            wanted.splice(0..0, TWO_AND_THREE);
        }
        assert_eq!(told, wanted, "renewed: {is_renewed}");
    }
}

#[test]
fn a_request_is_repeated_until_it_is_answered() {
    let mut tabs = Tabs::new(&["a"]);
    tabs.receive(0, 0, &events("a", 1..=3));
    let new = tabs.join();
    tabs.begin(new, 2, "b", "");
    tabs.ask(new, 1, "a", "e-1");
    tabs.0[new].handle(Input::Flush);
    // The leader hears none of the first three requests.
    for _ in 0..3 {
        tabs.0[new].said.clear();
        tabs.0[0].handle(Input::Return);
        let beat = tabs.0[0].said.pop().expect("a roll call");
        tabs.0[new].handle(Input::Heard(&beat));
    }
    let told = tabs.carry(new, &[]);
    assert_eq!(of(new, 1, &told), TWO_AND_THREE, "{told:?}");
}
