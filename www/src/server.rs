//! Requests to the demo server, besides the streams.

use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

use crate::dom;
use crate::trouble::Trouble;

/// Sends a `POST` without a body and returns the body of the answer.
pub(crate) async fn post(path: &str) -> Result<String, Trouble> {
    send("POST", path).await
}

/// Sends a `POST` without a body and reads the answer as JSON.
pub(crate) async fn post_for<T: DeserializeOwned>(path: &str) -> Result<T, Trouble> {
    parse(path, &post(path).await?)
}

/// Sends a `GET` and reads the answer as JSON.
pub(crate) async fn get_as<T: DeserializeOwned>(path: &str) -> Result<T, Trouble> {
    parse(path, &send("GET", path).await?)
}

async fn send(method: &str, path: &str) -> Result<String, Trouble> {
    let options = RequestInit::new();
    options.set_method(method);
    let answer = dom::window()?.fetch_with_str_and_init(path, &options);
    let response: Response = JsFuture::from(answer).await?.unchecked_into();
    if !response.ok() {
        return Err(Trouble::Status {
            path: path.to_owned(),
            status: response.status(),
        });
    }
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}

fn parse<T: DeserializeOwned>(path: &str, text: &str) -> Result<T, Trouble> {
    serde_json::from_str(text).map_err(|error| Trouble::Answer {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}
