//! User code may call back into the multiplexer from every callback. The tests try every action in each, over
//! both transports and over a shared connection.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use everstream::{
    Channel, Decision, EventSource, EventSourceBuilder, Mux, Overflow, State, States, Subscription,
    Transport,
};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::in_force;
use crate::support::acting::{Acting, arm, at, has_acted, wait_at};
use crate::support::hub::Hub;
use crate::support::wait::eventually;
use crate::support::{Tick, all, quick, seconds, within};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fetch,
    Native,
    Shared,
}

/// Installs the user's code on a builder.
type Install = fn(EventSourceBuilder) -> EventSourceBuilder;

/// The callbacks from which user code runs, and whether each needs fetch.
const PLACES: [(&str, bool, Install); 8] = [
    ("headers_with", true, |builder| {
        builder.headers_with(|_| {
            at("headers_with");
            [("x-a", "b")]
        })
    }),
    ("inspect", false, |builder| {
        builder.retry(quick().inspect(|_| {
            at("inspect");
            Decision::Retry
        }))
    }),
    ("deserialize", false, |builder| builder),
    ("drop", false, |builder| builder),
    ("wake", false, |builder| builder),
    ("wake of states", false, |builder| builder),
    ("wake of the channel's states", false, |builder| builder),
    ("wake of errors", false, |builder| builder),
];

/// The action that the user's code takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Close,
    DropAll,
    Subscribe,
    GiveUp,
    Unsubscribe,
    Read,
    Reconnect,
}

const DEEDS: [Deed; 7] = [
    Deed::Close,
    Deed::DropAll,
    Deed::Subscribe,
    Deed::GiveUp,
    Deed::Unsubscribe,
    Deed::Read,
    Deed::Reconnect,
];

/// The handles that the user holds.
#[derive(Default)]
struct Held {
    mux: Option<Mux>,
    /// The channel whose callbacks act.
    acting: Option<(Channel, Subscription<Acting>, Subscription<Tick>)>,
    states: Option<(States, States, everstream::Errors)>,
    /// Another channel, whose events must keep arriving.
    witness: Option<(Channel, Subscription<Tick>)>,
    late: Option<(Channel, Subscription<Tick>)>,
}

type Slot = Rc<RefCell<Held>>;

fn act(deed: Deed, slot: &Slot) {
    let mux = slot.borrow().mux.clone().expect("it is held");
    match deed {
        Deed::Close => mux.close(),
        Deed::DropAll => {
            drop(mux);
            let held = slot.take();
            drop(held);
        }
        Deed::Subscribe => {
            let late = mux.channel("late").expect("a channel");
            let numbers = late.on::<Tick>("message");
            // Subscribes also to the channel whose events are being delivered.
            let same = mux.channel("a").map(|same| same.on::<Tick>("message"));
            slot.borrow_mut().late = Some((late, numbers));
            drop(same);
        }
        Deed::GiveUp => {
            let gone = slot.borrow_mut().acting.take();
            drop(gone);
        }
        Deed::Unsubscribe => {
            let mut held = slot.borrow_mut();
            let acting = held.acting.take();
            let states = held.states.take();
            drop(held);
            if let Some((channel, acting, waiting)) = acting {
                drop((acting, waiting, states));
                drop(channel);
            }
        }
        Deed::Read => {
            let channel = mux.channel("a").expect("a channel");
            let read = (mux.state(), mux.stats(), mux.last_event_id(), mux.sharing());
            let more = (channel.state(), channel.states(), channel.ready_state());
            drop((read, more, mux.states(), mux.errors()));
        }
        Deed::Reconnect => mux.reconnect(),
    }
}

fn mux(kind: Kind, hub: &Hub, install: fn(EventSourceBuilder) -> EventSourceBuilder) -> Mux {
    let transport = match kind {
        Kind::Native => Transport::Native,
        Kind::Fetch | Kind::Shared => Transport::Fetch,
    };
    let builder = EventSource::builder(hub.url())
        .transport(transport)
        .retry(quick());
    let builder = match kind {
        Kind::Shared => builder.shared("7"),
        _ => builder,
    };
    install(builder).multiplex().expect("a multiplexer")
}

async fn run(
    kind: Kind,
    (place, _, install): (
        &'static str,
        bool,
        fn(EventSourceBuilder) -> EventSourceBuilder,
    ),
    deed: Deed,
) {
    let what = format!("{kind:?}, {place}, {deed:?}");
    let hub = Hub::new().await;
    let mux = mux(kind, &hub, install);
    let channel = mux.channel("a").expect("a channel");
    let acting = channel.on::<Acting>("message");
    let mut waiting = channel.on::<Tick>("message");
    let other = mux.channel("witness").expect("a channel");
    let witness = other.on::<Tick>("message");
    if !["headers_with", "wake of states"].contains(&place) {
        in_force(&channel).await;
        in_force(&other).await;
    }
    let (mut states, mut own, mut errors) = (mux.states(), channel.states(), mux.errors());
    wait_at("wake", &mut waiting);
    wait_at("wake of states", &mut states);
    wait_at("wake of the channel's states", &mut own);
    wait_at("wake of errors", &mut errors);
    let slot = Rc::new(RefCell::new(Held {
        acting: Some((
            channel,
            acting.with_buffer(1, Overflow::DropOldest),
            waiting,
        )),
        states: Some((states, own, errors)),
        witness: Some((other, witness)),
        mux: Some(mux),
        late: None,
    }));
    let done = Rc::new(Cell::new(false));
    let (doing, held) = (Rc::clone(&done), Rc::clone(&slot));
    arm(place, move || {
        act(deed, &held);
        doing.set(true);
    });
    match place {
        "inspect" | "wake of the channel's states" => hub.drop_connections().await,
        "wake of errors" => hub.raw("event: @subscribed\ndata: x\n\n").await,
        "deserialize" | "drop" | "wake" => hub.publish_numbers(&["a".to_owned()], 3, 0).await,
        _ => {}
    }
    eventually(&what, || async { has_acted() }, |acted| *acted).await;
    assert!(done.get(), "{what}: it broke off");
    if matches!(deed, Deed::Close | Deed::DropAll) {
        let held = slot.take();
        if let Some((_, witness)) = held.witness {
            assert!(all(witness).await.is_empty(), "{what}");
        }
        if let Some(mux) = held.mux {
            assert_eq!(mux.state(), State::Closed { error: None }, "{what}");
            assert_eq!(mux.channel("a").expect("a channel").state(), mux.state());
        }
        let report = eventually("it is closed", || hub.report(), |report| report.open == 0).await;
        let is_before = ["headers_with", "wake of states"].contains(&place);
        assert_eq!(report.opened, u32::from(!is_before), "{what}");
        return;
    }
    // Whatever the user's code did, the other channels continue.
    let (other, mut witness) = slot.borrow_mut().witness.take().expect("it is held");
    in_force(&other).await;
    let late = slot.borrow_mut().late.take();
    if let Some((late, _)) = &late {
        in_force(late).await;
    }
    let names = ["witness", "late"].map(str::to_owned);
    hub.publish_number(&names, 99).await;
    let mut readers = vec![&mut witness];
    let mut late = late.map(|(channel, numbers)| (numbers, channel));
    readers.extend(late.as_mut().map(|(numbers, _)| numbers));
    for reader in readers {
        let last = within(seconds(10), &what, async {
            while let Some(item) = reader.next().await {
                if item == Ok(Tick { n: 99 }) {
                    return true;
                }
            }
            false
        });
        assert!(last.await, "{what}");
    }
    let held = slot.take();
    drop((held, witness, late, other));
    eventually("it is closed", || hub.report(), |report| report.open == 0).await;
}

async fn run_all(kind: Kind) {
    for place in PLACES {
        let (name, needs_fetch, _) = place;
        // The native `EventSource` doesn't listen for event types outside the protocol, so nothing wakes
        // `errors`.
        if kind == Kind::Native && (needs_fetch || name == "wake of errors") {
            continue;
        }
        for deed in DEEDS {
            within(seconds(60), name, run(kind, place, deed)).await;
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

#[wasm_bindgen_test]
async fn an_item_that_is_dropped_may_close() {
    let hub = Hub::new().await;
    let mux = mux(Kind::Fetch, &hub, |builder| builder);
    let channel = mux.channel("a").expect("a channel");
    let events = channel.on::<Acting>("message");
    let mut same = channel.on::<Tick>("message");
    in_force(&channel).await;
    hub.publish("a", json!({ "n": 1 })).await;
    let came = within(seconds(10), "an event", same.next()).await;
    assert!(matches!(came, Some(Ok(Tick { n: 1 }))), "{came:?}");
    let closed = mux.clone();
    arm("drop", move || closed.close());
    // The subscription still buffers the item, which is dropped with it.
    drop(events);
    drop((same, channel));
    assert_eq!(mux.state(), State::Closed { error: None });
    eventually("it is closed", || hub.report(), |report| report.open == 0).await;
}
