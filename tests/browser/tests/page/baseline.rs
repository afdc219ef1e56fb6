//! Tests of the README's claims about the native `EventSource`, so that they stay true.

use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::EventSource;

use crate::support::wait::eventually;
use crate::support::{Scenario, each_once, ms};
use gloo_events::EventListener;
use std::cell::RefCell;
use std::rc::Rc;

/// A native source and the data it has delivered, closed on drop.
struct Native {
    source: EventSource,
    data: Rc<RefCell<Vec<String>>>,
    _listener: EventListener,
}

impl Native {
    fn open(url: &str) -> Self {
        use wasm_bindgen::JsCast;

        let source = EventSource::new(url).expect("a source");
        let data: Rc<RefCell<Vec<String>>> = Rc::default();
        let log = Rc::clone(&data);
        let listener = EventListener::new(&source, "tick", move |event| {
            let event: &web_sys::MessageEvent = event.unchecked_ref();
            log.borrow_mut().extend(event.data().as_string());
        });
        Self {
            source,
            data,
            _listener: listener,
        }
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        self.source.close();
    }
}

#[wasm_bindgen_test]
async fn a_503_closes_native_for_good() {
    let attempts = json!([{ "kind": "status", "status": 503 }, { "kind": "serve" }]);
    let scenario = Scenario::with(1, attempts).await;
    let native = Native::open(&scenario.url());
    let state = || async { native.source.ready_state() };
    eventually("native gives up", state, |state| {
        *state == EventSource::CLOSED
    })
    .await;
}

#[wasm_bindgen_test]
async fn native_does_not_notice_silence() {
    let attempts = json!([{ "kind": "serve", "stopAfter": 3, "stop": "silence" }]);
    let scenario = Scenario::with(10, attempts).await;
    let native = Native::open(&scenario.url());
    let seen = || async { native.data.borrow().len() };
    eventually("three events", seen, |seen| *seen == 3).await;
    // Waits a second longer than the heartbeat test in `faults.rs` allows this library to notice.
    gloo_timers::future::sleep(ms(3500)).await;
    assert_eq!(native.source.ready_state(), EventSource::OPEN);
    assert_eq!(scenario.report().await.attempts.len(), 1);
}

#[wasm_bindgen_test]
async fn native_says_nothing_of_what_it_missed() {
    let scenario = Scenario::new(json!({
        "events": 4,
        "ids": false,
        "attempts": [{ "kind": "serve", "stopAfter": 2 }, { "kind": "serve", "stopAfter": 2 }, { "kind": "status", "status": 204 }],
    }))
    .await;
    let native = Native::open(&scenario.url());
    let seen = || async { native.data.borrow().len() };
    eventually("four events", seen, |seen| *seen == 4).await;
    // Events arrived over two connections, and the native source reported nothing between them.
    assert_eq!(native.data.borrow().len(), each_once(4).len());
}
