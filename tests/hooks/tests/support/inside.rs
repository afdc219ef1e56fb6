//! User code that acts inside a callback or later than expected, and errors on the console.

use core::cell::RefCell;
use std::rc::Rc;

use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::js_sys::{Function, Reflect};
use web_sys::wasm_bindgen::prelude::Closure;
use web_sys::wasm_bindgen::{JsCast, JsValue};

use super::Wanted;
use super::cases::{all_of, attempts, held, until_left};
use super::page::Page;
use super::scenario::Scenario;

#[wasm_bindgen_test]
async fn a_reduce_may_look_at_its_value_and_close_its_source() {
    let scenario = held(5).await;
    let page = Page::new(Wanted::Closer(scenario.url()));
    page.shows("state", "closed").await;
    until_left(&scenario).await;
    // Events that arrived before the close are read to the end. Inside `reduce` the signal still holds the
    // value of `init`.
    page.until("fold", |fold| fold.contains("0 out of order, 0 errors"))
        .await;
    page.shows("seen", &all_of(0)).await;
    assert_eq!(attempts(&scenario).await, 1);
}

#[wasm_bindgen_test]
async fn asking_for_every_event_later_is_no_gap_for_the_others() {
    const EVENTS: u64 = 60;
    let scenario = Scenario::new(json!({
        "events": EVENTS,
        "intervalMs": 20,
        "finish": "hold",
    }))
    .await;
    let page = Page::new(Wanted::Late(scenario.url()));
    page.until("fold", |fold| !fold.starts_with("0 events"))
        .await;
    page.click("late");
    page.shows("raw", &format!("{{\"n\":{EVENTS}}}")).await;
    page.shows("fold", &all_of(EVENTS)).await;
    let attempts = attempts(&scenario).await;
    assert_eq!(attempts, 2, "once native, and once by fetch");
}

/// Collects the library's console lines while it exists.
pub(crate) struct Said {
    texts: Rc<RefCell<Vec<String>>>,
    console: JsValue,
    method: &'static str,
    before: Function,
    _listen: Closure<dyn FnMut(JsValue)>,
}

impl Said {
    /// Collects the lines of the console method `method`: `error` or `warn`.
    pub(crate) fn by(method: &'static str) -> Self {
        let console = Reflect::get(&web_sys::js_sys::global(), &"console".into());
        let console = console.expect("a console");
        let before = Reflect::get(&console, &method.into()).expect("a method");
        let before: Function = before.unchecked_into();
        let texts = Rc::<RefCell<Vec<String>>>::default();
        let listen = {
            let (texts, console, before) = (Rc::clone(&texts), console.clone(), before.clone());
            Closure::<dyn FnMut(JsValue)>::new(move |said: JsValue| match said.as_string() {
                Some(text) if text.starts_with("everstream: ") => texts.borrow_mut().push(text),
                _ => drop(before.call1(&console, &said)),
            })
        };
        Reflect::set(&console, &method.into(), listen.as_ref()).expect("it can be replaced");
        Self {
            texts,
            console,
            method,
            before,
            _listen: listen,
        }
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.texts.borrow().clone()
    }
}

impl Drop for Said {
    fn drop(&mut self) {
        let _ = Reflect::set(&self.console, &self.method.into(), &self.before);
    }
}

async fn is_said_once(wanted: Wanted, what: &str) {
    let said = Said::by("error");
    let page = Page::new(wanted);
    page.until("state", |state| state.starts_with("closed"))
        .await;
    // A further rendering must not repeat the line.
    page.unmount().await;
    let texts = said.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains(what), "{texts:?}");
}

#[wasm_bindgen_test]
async fn a_source_that_cannot_be_built_is_said_once_on_the_console() {
    is_said_once(Wanted::Url("http://[".into()), "`http://[`").await;
}

#[wasm_bindgen_test]
async fn a_multiplexer_that_cannot_be_built_is_said_once_for_all_its_channels() {
    let wanted = Wanted::Channel {
        url: "http://[".into(),
        name: "numbers",
    };
    is_said_once(wanted, "`http://[`").await;
}

#[wasm_bindgen_test]
async fn a_channel_without_a_multiplexer_is_said_once_on_the_console() {
    is_said_once(Wanted::Orphan, "provide one").await;
}
