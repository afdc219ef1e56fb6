//! Requests besides the streams, which change a multiplexer's channels or prepare one of its streams.

use futures_core::future::LocalBoxFuture;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use super::describe;
use super::fetch::{EXCERPT, headers, init};
use super::reader::Reader;
use super::request::Request;
use everstream_core::Error;
use everstream_core::mux::{self, Answer};

/// The code for a multiplexer's requests. A program without a multiplexer doesn't link it, since these
/// pointers are the only way to it.
pub(crate) struct Requests {
    pub(super) plan: fn(mux::Request) -> Planned,
    pub(super) send: fn(&Request, mux::Request, bool) -> Sent,
}

/// Applies a multiplexer's changes to a connection's request. The number is the index from which the headers
/// come from the provider.
pub(super) type Planned = Box<dyn Fn(&Request, usize) -> Result<Request, Error>>;

impl Requests {
    pub(crate) const fn new() -> Self {
        Self { plan, send }
    }
}

fn plan(plan: mux::Request) -> Planned {
    Box::new(move |request, provided| request.planned(provided, plan.clone()).checked())
}

/// A request under way. Dropping it aborts the request, which frees the browser's connection.
pub(crate) struct Sent {
    pub(super) answer: LocalBoxFuture<'static, Answer>,
    controller: Option<AbortController>,
}

impl Drop for Sent {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

/// Calls the provider of headers, then sends the request. `unauthorized` is set if the previous request was
/// answered with 401.
fn send(request: &Request, planned: mux::Request, unauthorized: bool) -> Sent {
    let request = request.planned(request.headers.len(), planned);
    let controller = AbortController::new().ok();
    Sent {
        answer: Box::pin(exchange(request, unauthorized, controller.clone())),
        controller,
    }
}

async fn exchange(
    mut request: Request,
    unauthorized: bool,
    controller: Option<AbortController>,
) -> Answer {
    if let Err(error) = request.provide_headers(1, unauthorized).await {
        return failed(error.to_string());
    }
    let answered = answered(&request, controller.as_ref()).await;
    answered.unwrap_or_else(|thrown| failed(describe(&thrown)))
}

async fn answered(
    request: &Request,
    controller: Option<&AbortController>,
) -> Result<Answer, JsValue> {
    let init = init(request, &headers(request)?, controller);
    let answer = JsFuture::from(request.scope.fetch(&request.url, &init)).await?;
    let answer: web_sys::Response = answer.dyn_into()?;
    let (bytes, failure) = match Reader::of(&answer) {
        // No time limit here, since the session aborts a request that takes too long.
        Some(mut body) => body.beginning(EXCERPT, None).await,
        None => (Vec::new(), None),
    };
    if let Some(why) = failure {
        return Ok(failed(why));
    }
    Ok(Answer {
        status: Some(answer.status()),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

fn failed(why: String) -> Answer {
    Answer {
        status: None,
        body: why,
    }
}
