//! Tests of the stream of states over sources that a test plays.

use core::cell::{Cell, RefCell};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::rc::Rc;

use futures_core::Stream;
use futures_util::FutureExt;

use super::{Live, LiveError, LiveState, live};
use everstream_core::connection::{Resumed, State, TransportKind};
use everstream_core::live::{Freshness, Loaded, Stamp};
use everstream_core::{Error, GapCause};

/// A stream whose items a test puts in. It has ended once `None` was put in.
struct Played<T>(Rc<RefCell<VecDeque<Option<T>>>>);

impl<T> Played<T> {
    fn new() -> (Self, impl Fn(Option<T>)) {
        let items = Rc::new(RefCell::new(VecDeque::new()));
        let put = Rc::clone(&items);
        (Self(items), move |item| put.borrow_mut().push_back(item))
    }
}

impl<T> Stream for Played<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        match self.0.borrow_mut().pop_front() {
            Some(item) => Poll::Ready(item),
            None => Poll::Pending,
        }
    }
}

fn open() -> State {
    State::Open {
        transport: TransportKind::Fetch,
        resumed: Resumed::No,
        answer: None,
    }
}

/// Returns the next state if it is ready.
fn now<E>(states: &mut Live<Vec<u32>, E>) -> Option<LiveState<Vec<u32>>> {
    states.next().now_or_never().flatten()
}

fn brief(state: &LiveState<Vec<u32>>) -> (Vec<u32>, Freshness) {
    let items = state.state.as_deref().cloned().unwrap_or_default();
    (items, state.freshness)
}

#[test]
fn changes_that_the_snapshot_contains_are_dropped() {
    let (states, put_state) = Played::new();
    let (changes, put_change) = Played::new();
    let loads = Rc::new(Cell::new(0));
    let counted = Rc::clone(&loads);
    let load = move || {
        counted.set(counted.get() + 1);
        async { Ok::<_, Error>(Loaded::new(vec![1, 2]).with_position("2")) }
    };
    let mut states = live(load, (states, changes), |list: &mut Vec<u32>, change| {
        list.push(change);
    })
    .with_stamps(|change: &u32| Stamp::at(&change.to_string()));
    let first = now(&mut states).expect("the present state");
    assert_eq!(brief(&first), (vec![], Freshness::Loading));
    assert!(now(&mut states).is_none() && loads.get() == 0);

    put_state(Some(open()));
    put_change(Some(Ok(2)));
    put_change(Some(Ok(3)));
    let next = now(&mut states).expect("a state");
    assert_eq!(brief(&next), (vec![1, 2, 3], Freshness::Live));
    // A state that is held stays as it is.
    put_change(Some(Ok(4)));
    let last = now(&mut states).expect("a state");
    assert_eq!(brief(&last), (vec![1, 2, 3, 4], Freshness::Live));
    assert_eq!(brief(&next).0, [1, 2, 3]);
    assert_eq!(loads.get(), 1);
}

#[test]
fn a_lost_connection_and_a_gap_make_the_state_stale() {
    let (states, put_state) = Played::new();
    let (changes, put_change) = Played::new();
    let load = || async { Ok::<_, Error>(Loaded::new(Vec::new())) };
    let mut states = live(load, (states, changes), |list: &mut Vec<u32>, change| {
        list.push(change);
    });
    put_state(Some(open()));
    let first = now(&mut states).expect("a state");
    assert_eq!(brief(&first), (vec![], Freshness::Live));

    put_state(Some(State::Paused));
    let lost = now(&mut states).expect("a state");
    assert!(matches!(lost.freshness, Freshness::Stale { .. }));
    put_state(Some(open()));
    put_change(Some(Err(Error::gap(GapCause::NoPosition))));
    put_change(Some(Ok(7)));
    // The change waits for the load, which waits for the least interval between loads.
    let gap = now(&mut states).expect("a state");
    assert!(matches!(gap.freshness, Freshness::Stale { .. }));
    assert!(brief(&gap).0.is_empty());
    assert!(now(&mut states).is_none());
    put_change(None);
    assert!(states.next().now_or_never().expect("the end").is_none());
}

#[test]
fn failures_are_told() {
    let (states, put_state) = Played::new();
    let (changes, put_change) = Played::<Result<u32, Error>>::new();
    let load = || async { Err::<Loaded<Vec<u32>>, _>(Error::disconnected("no network")) };
    let mut states = live(load, (states, changes), |list: &mut Vec<u32>, change| {
        list.push(change);
    });
    put_state(Some(open()));
    let failed = now(&mut states).expect("a state");
    let told = failed.error.expect("an error").to_string();
    assert!(told.contains("no network"), "{told}");
    assert_eq!(failed.freshness, Freshness::Loading);

    put_state(Some(State::Closed {
        error: Some(Error::disconnected("gone")),
    }));
    put_change(None);
    let last = now(&mut states).expect("a state");
    assert_eq!(last.freshness, Freshness::Failed);
    assert!(matches!(last.error, Some(LiveError::Stream(_))));
    assert!(states.next().now_or_never().expect("the end").is_none());
}
