//! User code may call back into the source from every callback. The tests try every action in each, over both
//! transports and over a shared connection.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use everstream::{
    AttemptRequest, Decision, Error, EventSource, EventSourceBuilder, OnEnd, Overflow, State,
    States, Subscription, Transport, UntilEvent,
};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::acting::{Acting, arm, at, has_acted, wait_at};
use crate::support::wait::eventually;
use crate::support::{Scenario, Tick, all, each_once, quick, seconds, source, within};

const EVENTS: u64 = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fetch,
    Native,
    Shared,
}

/// A callback from which user code runs.
struct Place {
    name: &'static str,
    /// The number of requests sent before the callback runs.
    requests: usize,
    /// Whether the callback needs fetch.
    by_fetch: bool,
    install: fn(EventSourceBuilder) -> EventSourceBuilder,
}

const PLACES: [Place; 13] = [
    by_fetch("headers_with", 0, |builder| {
        builder.headers_with(|_| {
            at("headers_with");
            [("x-a", "b")]
        })
    }),
    by_fetch("headers_with, later", 0, |builder| {
        builder.headers_with(|_| async {
            at("headers_with, later");
            [("x-a", "b")]
        })
    }),
    by_fetch("request_with", 0, |builder| {
        builder.request_with(|request: AttemptRequest| {
            at("request_with");
            async { Ok::<_, String>(request) }
        })
    }),
    by_fetch("resume_with", 1, |builder| {
        builder.resume_with(|continued| {
            at("resume_with");
            let id = continued.last_event_id;
            async move { Some(continued.request.query("lastEventId", &id)) }
        })
    }),
    by_fetch("accept_when", 1, |builder| {
        builder.accept_when(|_| {
            at("accept_when");
            true
        })
    }),
    by_any("inspect", |builder| {
        builder.retry(quick().inspect(|_| {
            at("inspect");
            Decision::Retry
        }))
    }),
    by_any("inspect_each", |builder| {
        builder.retry(quick().inspect_each(|_, _| {
            at("inspect_each");
            Decision::Retry
        }))
    }),
    by_any("until_event", |builder| {
        builder.until_event(|_| {
            at("until_event");
            UntilEvent::GoOn
        })
    }),
    by_any("follows", |builder| {
        builder.follows(|_, _| {
            at("follows");
            true
        })
    }),
    by_any("deserialize", |builder| builder),
    by_any("drop", |builder| builder),
    by_any("wake", |builder| builder),
    by_any("wake of states", |builder| builder),
];

const fn by_fetch(
    name: &'static str,
    requests: usize,
    install: fn(EventSourceBuilder) -> EventSourceBuilder,
) -> Place {
    Place {
        name,
        requests,
        by_fetch: true,
        install,
    }
}

const fn by_any(
    name: &'static str,
    install: fn(EventSourceBuilder) -> EventSourceBuilder,
) -> Place {
    Place {
        name,
        requests: 1,
        by_fetch: false,
        install,
    }
}

/// The action that the user's code takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Close,
    DropAll,
    Subscribe,
    Unsubscribe,
    Read,
    Reconnect,
}

const DEEDS: [Deed; 6] = [
    Deed::Close,
    Deed::DropAll,
    Deed::Subscribe,
    Deed::Unsubscribe,
    Deed::Read,
    Deed::Reconnect,
];

/// The handles that the user holds.
#[derive(Default)]
struct Held {
    source: Option<EventSource>,
    /// A subscription whose buffer holds one item, so that a second event drops the first.
    acting: Option<Subscription<Acting>>,
    /// A subscription whose waker acts.
    waiting: Option<Subscription<Tick>>,
    states: Option<States>,
    witness: Option<Subscription<Tick>>,
    late: Option<Subscription<Tick>>,
}

type Slot = Rc<RefCell<Held>>;

fn act(deed: Deed, slot: &Slot) {
    let source = slot.borrow().source.clone();
    let source = source.expect("it is held");
    match deed {
        Deed::Close => source.close(),
        Deed::DropAll => {
            drop(source);
            let held = slot.take();
            drop(held);
        }
        Deed::Subscribe => {
            let late = source.on::<Tick>("tick");
            drop((source.states(), source.on_text("other")));
            slot.borrow_mut().late = Some(late);
        }
        Deed::Unsubscribe => {
            let mut held = slot.borrow_mut();
            let gone = (held.acting.take(), held.waiting.take(), held.states.take());
            drop(held);
            drop(gone);
        }
        Deed::Read => {
            let read = (source.state(), source.stats(), source.last_event_id());
            let more = (source.response(), source.end(), source.sharing());
            drop((read, more, source.ready_state(), source.states()));
        }
        Deed::Reconnect => source.reconnect(),
    }
}

fn builder(kind: Kind, scenario: &Scenario) -> EventSourceBuilder {
    let transport = match kind {
        Kind::Native => Transport::Native,
        Kind::Fetch | Kind::Shared => Transport::Fetch,
    };
    let builder = source(&scenario.url(), transport).on_end(OnEnd::Reconnect);
    match kind {
        Kind::Shared => builder.shared("7"),
        _ => builder,
    }
}

async fn run(kind: Kind, place: &Place, deed: Deed) {
    let what = format!("{kind:?}, {}, {deed:?}", place.name);
    let content_type = match place.name {
        "accept_when" => "text/plain",
        _ => "text/event-stream",
    };
    let attempts = json!([{ "kind": "serve", "stopAfter": 2, "contentType": content_type }]);
    let scenario =
        Scenario::new(json!({ "events": EVENTS, "intervalMs": 5, "attempts": attempts })).await;
    let source = (place.install)(builder(kind, &scenario)).build();
    let source = source.expect(&what);
    let acting = source.on::<Acting>("tick");
    let mut waiting = source.on::<Tick>("tick");
    wait_at("wake", &mut waiting);
    let mut states = source.states();
    wait_at("wake of states", &mut states);
    let slot = Rc::new(RefCell::new(Held {
        acting: Some(acting.with_buffer(1, Overflow::DropOldest)),
        waiting: Some(waiting),
        states: Some(states),
        witness: Some(source.on::<Tick>("tick")),
        source: Some(source),
        late: None,
    }));
    let done = Rc::new(Cell::new(false));
    let (doing, held) = (Rc::clone(&done), Rc::clone(&slot));
    arm(place.name, move || {
        act(deed, &held);
        doing.set(true);
    });
    let witness = slot.borrow_mut().witness.take();
    let witness = witness.expect("it is held");
    match deed {
        Deed::DropAll => drop(witness),
        Deed::Close => {
            // The witness ends, rather than waiting forever.
            let items = all(witness).await;
            assert!(items.len() < 6, "{what}: {items:?}");
        }
        Deed::Subscribe | Deed::Unsubscribe | Deed::Read | Deed::Reconnect => {
            let items = all(witness).await;
            // A request dropped before it has brought an ID may have lost events, so a gap is reported.
            let is_gap = deed == Deed::Reconnect && matches!(items[0], Err(Error::Gap { .. }));
            let numbers: Vec<_> = items
                .iter()
                .skip(usize::from(is_gap))
                .map(|item| item.as_ref().map(|tick| tick.n))
                .collect();
            let expected: Vec<_> = each_once(EVENTS).into_iter().map(Ok).collect();
            assert_eq!(numbers, expected, "{what}");
        }
    }
    eventually("it has acted", || async { has_acted() }, |acted| *acted).await;
    assert!(done.get(), "{what}: it broke off");
    let late = slot.borrow_mut().late.take();
    if deed == Deed::Subscribe {
        let late = all(late.expect("it has subscribed")).await;
        assert!(
            matches!(late.last(), Some(Ok(Tick { n: EVENTS }))),
            "{what}: {late:?}"
        );
    }
    let held = slot.take();
    if let Some(source) = &held.source {
        assert_eq!(source.state(), State::Closed { error: None }, "{what}");
    }
    drop(held);
    let report = eventually(
        "nothing is open",
        || scenario.report(),
        |report| report.active == 0,
    )
    .await;
    if matches!(deed, Deed::Close | Deed::DropAll) {
        let sent = report.attempts.len();
        // A source reports states before it sends a request, and a shared source before it leads.
        let is_early = place.name == "wake of states" && sent == 0;
        assert!(is_early || sent == place.requests, "{what}: {sent}");
    }
}

async fn run_all(kind: Kind) {
    for place in &PLACES {
        if place.by_fetch && kind == Kind::Native {
            continue;
        }
        for deed in DEEDS {
            within(seconds(60), place.name, run(kind, place, deed)).await;
        }
    }
}

#[wasm_bindgen_test]
async fn any_callback_may_do_anything_by_fetch() {
    run_all(Kind::Fetch).await;
}

#[wasm_bindgen_test]
async fn any_callback_may_do_anything_on_native() {
    run_all(Kind::Native).await;
}

#[wasm_bindgen_test]
async fn any_callback_may_do_anything_where_it_is_shared() {
    run_all(Kind::Shared).await;
}
