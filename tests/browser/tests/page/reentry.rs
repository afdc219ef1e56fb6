//! The user's own code may call back into the source from wherever it is called.

use std::cell::RefCell;
use std::rc::Rc;

use everstream::{
    AttemptRequest, Decision, EventSource, EventSourceBuilder, OnEnd, State, Transport, UntilEvent,
};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::wait::eventually;
use crate::support::{Scenario, Tick, all, quick, source};

/// The source, once there is one.
type Slot = Rc<RefCell<Option<EventSource>>>;

fn close(slot: &Slot) {
    if let Some(source) = &*slot.borrow() {
        source.close();
    }
}

type Place = fn(EventSourceBuilder, Slot) -> EventSourceBuilder;

/// Everywhere that a source calls the user's code, and how many requests have been sent by then.
const PLACES: [(&str, usize, Place); 7] = [
    ("headers_with", 0, |builder, slot| {
        builder.headers_with(move |_| {
            close(&slot);
            async { Ok::<_, String>([("x-a", "b")]) }
        })
    }),
    ("request_with", 0, |builder, slot| {
        builder.request_with(move |request: AttemptRequest| {
            close(&slot);
            async { Ok::<_, String>(request) }
        })
    }),
    ("resume_with", 1, |builder, slot| {
        builder.resume_with(move |continued| {
            close(&slot);
            async { Some(continued.request) }
        })
    }),
    ("inspect", 1, |builder, slot| {
        builder.retry(quick().inspect(move |_| {
            close(&slot);
            Decision::Retry
        }))
    }),
    ("until_event", 1, |builder, slot| {
        builder.until_event(move |_| {
            close(&slot);
            UntilEvent::GoOn
        })
    }),
    ("follows", 1, |builder, slot| {
        builder.follows(move |_, _| {
            close(&slot);
            false
        })
    }),
    ("a payload's Deserialize", 1, |builder, _| builder),
];

thread_local! {
    static CLOSED_BY_PAYLOAD: RefCell<Option<EventSource>> = const { RefCell::new(None) };
}

/// Closes the source while it is being deserialised.
#[derive(Debug)]
struct Closing;

impl<'de> serde::Deserialize<'de> for Closing {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tick::deserialize(deserializer)?;
        if let Some(source) = CLOSED_BY_PAYLOAD.with_borrow_mut(Option::take) {
            source.close();
        }
        Ok(Self)
    }
}

#[wasm_bindgen_test]
async fn a_source_that_is_closed_by_its_own_callbacks_is_closed() {
    for (name, requests, place) in PLACES {
        let attempts = json!([{ "kind": "serve", "stopAfter": 3 }]);
        let scenario =
            Scenario::new(json!({ "events": 9, "intervalMs": 10, "attempts": attempts })).await;
        let slot = Slot::default();
        let builder = source(&scenario.url(), Transport::Fetch).on_end(OnEnd::Reconnect);
        let source = place(builder, Rc::clone(&slot)).build().expect("a source");
        *slot.borrow_mut() = Some(source.clone());
        if name.starts_with("a payload") {
            CLOSED_BY_PAYLOAD.set(Some(source.clone()));
        }
        // It ends at all.
        let items = all(source.on::<Closing>("tick")).await;
        assert!(items.len() <= 3, "{name}: {items:?}");
        assert_eq!(source.state(), State::Closed { error: None }, "{name}");
        slot.borrow_mut().take();
        let report = eventually(
            "nothing is open",
            || scenario.report(),
            |report| report.active == 0,
        )
        .await;
        assert_eq!(report.attempts.len(), requests, "{name}");
        assert_eq!(source.state(), State::Closed { error: None }, "{name}");
    }
}
