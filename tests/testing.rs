//! Code that takes a subscription is testable natively, without a browser.
#![cfg(feature = "testing")]

use everstream::testing::{states, subscription};
use everstream::{Error, GapCause, LogErrors, MessageEvent, Overflow, State, States, Subscription};
use futures_executor::{LocalPool, block_on};
use futures_util::task::LocalSpawnExt;
use std::cell::RefCell;
use std::rc::Rc;

/// Code as a user writes it.
async fn show(mut lines: Subscription<MessageEvent>, shown: Rc<RefCell<Vec<String>>>) {
    while let Some(item) = lines.next().await {
        let line = match item {
            Ok(line) => line.data,
            Err(Error::Gap { cause, .. }) => format!("gap: {cause:?}"),
            Err(Error::Lagged { missed }) => format!("lagged {missed}"),
            Err(error) if error.is_terminal() => format!("end: {error}"),
            Err(_) => "?".to_owned(),
        };
        shown.borrow_mut().push(line);
    }
    shown.borrow_mut().push("done".to_owned());
}

fn line(text: &str) -> MessageEvent {
    MessageEvent::new("line", text.to_owned()).with_last_event_id("7")
}

#[test]
fn items_from_a_list_come_in_their_order_and_end() {
    let items = [
        Ok(line("a")),
        Err(Error::gap(GapCause::IdsMissing)),
        Ok(line("b")),
    ];
    let shown = Rc::default();
    block_on(show(items.into_iter().collect(), Rc::clone(&shown)));
    assert_eq!(*shown.borrow(), ["a", "gap: IdsMissing", "b", "done"]);
}

#[test]
fn items_come_when_the_test_says_so() {
    let mut pool = LocalPool::new();
    let (source, lines) = subscription();
    let shown = Rc::<RefCell<Vec<String>>>::default();
    let task = show(
        lines.with_buffer(2, Overflow::DropOldest),
        Rc::clone(&shown),
    );
    pool.spawner().spawn_local(task).expect("it runs");
    let mut turn = |expected: &[&str]| {
        pool.run_until_stalled();
        assert_eq!(shown.take(), expected);
    };
    turn(&[]);
    source.send(line("a"));
    source.gap(GapCause::NoPosition);
    turn(&["a", "gap: NoPosition"]);
    for text in ["b", "c", "d"] {
        source.send(line(text));
    }
    turn(&["lagged 1", "c", "d"]);
    source.error(Error::Lagged { missed: 3 });
    assert!(!source.is_closed());
    source.end(Some(Error::disconnected("cut")));
    turn(&["lagged 3", "end: the connection was lost: cut", "done"]);
    assert!(source.is_closed());
}

#[test]
fn a_dropped_subscription_is_seen() {
    let (source, lines) = subscription::<u8>();
    drop(lines);
    assert!(source.is_closed());
    source.send(1);
}

#[test]
fn errors_are_passed_over_or_handled_in_a_short_loop() {
    let items = || {
        let items = [Ok(1), Err(Error::gap(GapCause::Unknown)), Ok(2)];
        Subscription::from_iter(items)
    };
    let mut logged: LogErrors<u8> = items().log_errors();
    let mut handled = Vec::new();
    let mut reported = items().on_error(|error| handled.push(error));
    block_on(async {
        for expected in [Some(1), Some(2), None] {
            assert_eq!(logged.next().await, expected);
            assert_eq!(reported.next().await, expected);
        }
    });
    drop(reported);
    assert_eq!(handled, [Error::gap(GapCause::Unknown)]);
}

#[test]
fn states_are_told_once() {
    async fn names(mut states: States) -> Vec<&'static str> {
        let mut names = Vec::new();
        while let Some(state) = states.next().await {
            names.push(match state {
                State::Paused => "paused",
                State::Closed { .. } => "closed",
                _ => "other",
            });
        }
        names
    }
    let closed = || State::Closed { error: None };
    let given = [
        State::Idle,
        State::Paused,
        State::Paused,
        closed(),
        closed(),
    ];
    assert_eq!(
        block_on(names(states(given))),
        ["other", "paused", "closed"]
    );
}
