//! Payloads and headers that come from JavaScript or go to it.

use everstream::{Error, Transport, js};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Scenario, Tick, numbers, source};

#[derive(Debug, PartialEq, Deserialize, Serialize)]
struct Question {
    prompt: String,
    tags: std::collections::BTreeMap<String, u8>,
}

fn evaluated(code: &str) -> JsValue {
    js_sys::eval(code).expect("it is JavaScript")
}

#[wasm_bindgen_test]
async fn headers_and_a_body_come_from_whatever_javascript_has() {
    for headers in [
        "({ 'x-a': 'one', 'x-b': 'two' })",
        "new Headers({ 'x-a': 'one', 'x-b': 'two' })",
        "new Map([['x-a', 'one'], ['x-b', 'two']])",
        "[['x-a', 'one'], ['x-b', 'two']]",
    ] {
        let scenario = Scenario::of(1).await;
        let value = evaluated("({ prompt: 'hi', tags: { a: 1 } })");
        let question: Question = js::from_js(value).expect("a question");
        let source = source(&scenario.url(), Transport::Auto)
            .method("POST")
            .headers(js::headers(&evaluated(headers)).expect("headers"))
            .json(&question)
            .build()
            .expect("a source");
        assert_eq!(numbers(source.on::<Tick>("tick")).await, [1]);
        let report = scenario.report().await;
        let sent = &report.attempts[0];
        let both = (sent.headers.get("x-a"), sent.headers.get("x-b"));
        let expected = ("one".to_owned(), "two".to_owned());
        assert_eq!(both, (Some(&expected.0), Some(&expected.1)), "{headers}");
        let body: serde_json::Value = serde_json::from_str(&sent.body).expect("JSON");
        assert_eq!(body, json!({ "prompt": "hi", "tags": { "a": 1 } }));
    }
}

#[wasm_bindgen_test]
fn what_is_something_else_is_refused() {
    for headers in ["7", "undefined", "'x'", "({ a: 1 })", "[['a']]"] {
        let refused = js::headers(&evaluated(headers));
        let Err(Error::InvalidOption { option, .. }) = refused else {
            panic!("{headers}: {refused:?}")
        };
        assert_eq!(option, "headers");
    }
    assert!(js::from_js::<Question>(evaluated("({ prompt: 1 })")).is_err());
}

#[wasm_bindgen_test]
fn a_payload_is_what_json_would_make_of_it() {
    let question = Question {
        prompt: "hi".to_owned(),
        tags: [("a".to_owned(), 1)].into(),
    };
    let value = js::to_js(&question).expect("a value");
    let text = js_sys::JSON::stringify(&value).expect("JSON");
    assert_eq!(text, r#"{"prompt":"hi","tags":{"a":1}}"#);
}
