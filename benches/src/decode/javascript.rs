//! The routes that begin in JavaScript: with a string, as from the native `EventSource`, or with bytes, as
//! from `fetch`.

use js_sys::{JsString, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::payload::Payload;
use super::route::Route;

// `js_sys::JSON::parse` takes a Rust string, so it would first copy the text out.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = JSON, js_name = parse)]
    fn json_parse(text: &JsString) -> JsValue;

    type TextDecoder;

    #[wasm_bindgen(constructor)]
    fn new() -> TextDecoder;

    #[wasm_bindgen(method)]
    fn decode(this: &TextDecoder, bytes: &Uint8Array) -> JsString;
}

pub(crate) fn routes<T: Payload>(text: &str) -> Vec<Route<'static, T>> {
    let string = JsString::from(text);
    let bytes = Uint8Array::from(text.as_bytes());
    let decoder = TextDecoder::new();
    vec![
        Route::new("JS string: copied in, serde_json::from_str", {
            let string = string.clone();
            move || serde_json::from_str(&String::from(&string)).expect("valid")
        }),
        Route::new("JS bytes: copied in, serde_json::from_slice", {
            let bytes = bytes.clone();
            move || serde_json::from_slice(&bytes.to_vec()).expect("valid")
        }),
        Route::new("JS string: JSON.parse, serde_wasm_bindgen", move || {
            serde_wasm_bindgen::from_value(json_parse(&string)).expect("valid")
        }),
        Route::new(
            "JS bytes: TextDecoder, JSON.parse, serde_wasm_bindgen",
            move || {
                let value = json_parse(&decoder.decode(&bytes));
                serde_wasm_bindgen::from_value(value).expect("valid")
            },
        ),
    ]
}
