//! `fetch` and its stream.

use core::fmt;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll};
use core::time::Duration;

use futures_core::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit};

use super::Happening;
use super::reader::Reader;
use super::request::{Body, HeadersRequest, Pairs, Request};
use crate::browser::describe;
use crate::connection::{Attempt, Resume};
use crate::error::Error;
use crate::http::{Response, check_request_header};

/// How much of an unexpected answer's body is kept, in bytes, and how long it may take to come.
const EXCERPT: usize = 1024;
const EXCERPT_TIME: Duration = Duration::from_secs(1);

/// A request by `fetch`, or the stream of its answer. Dropping it aborts either.
pub(crate) struct Fetch {
    controller: Option<AbortController>,
    stage: Stage,
}

enum Stage {
    Requesting(LocalBoxFuture<'static, (Happening, Option<Reader>)>),
    Reading(Reader),
    /// The answer has no body, or none that is to be read.
    Empty,
    Done,
}

impl Fetch {
    pub(crate) fn open(request: &Request, attempt: &Attempt) -> Self {
        let controller = AbortController::new().ok();
        let requesting = send(request.clone(), attempt.clone(), controller.clone());
        Self {
            controller,
            stage: Stage::Requesting(Box::pin(requesting)),
        }
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Happening> {
        match &mut self.stage {
            Stage::Requesting(requesting) => {
                let Poll::Ready((happening, reader)) = requesting.as_mut().poll(context) else {
                    return Poll::Pending;
                };
                self.stage = reader.map_or(Stage::Empty, Stage::Reading);
                Poll::Ready(happening)
            }
            Stage::Reading(reader) => {
                let Poll::Ready(happening) = reader.poll_next(context) else {
                    return Poll::Pending;
                };
                if !matches!(happening, Happening::Chunk(_)) {
                    self.stage = Stage::Done;
                }
                Poll::Ready(happening)
            }
            Stage::Empty => {
                self.stage = Stage::Done;
                Poll::Ready(Happening::End)
            }
            Stage::Done => Poll::Pending,
        }
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Requesting(_) => "requesting",
            Stage::Reading(_) => "reading",
            Stage::Empty | Stage::Done => "done",
        };
        f.debug_struct("Fetch")
            .field("stage", &stage)
            .finish_non_exhaustive()
    }
}

/// Asks for headers, sends the request and judges whether the answer is to be read.
async fn send(
    request: Request,
    attempt: Attempt,
    controller: Option<AbortController>,
) -> (Happening, Option<Reader>) {
    let provided = match provided_headers(&request, &attempt).await {
        Ok(headers) => headers,
        Err(error) => return (Happening::Headers(error), None),
    };
    let answer = match build(&request, &attempt, &provided, controller.as_ref()) {
        Ok(built) => JsFuture::from(request.scope.fetch(&built)).await,
        Err(thrown) => Err(thrown),
    };
    let answer: web_sys::Response = match answer.map(JsCast::dyn_into) {
        Ok(Ok(answer)) => answer,
        Ok(Err(other)) | Err(other) => return (Happening::Failure(describe(&other)), None),
    };
    let response = head(&answer);
    if response.is_event_stream() {
        let happening = Happening::Response {
            response,
            excerpt: String::new(),
        };
        return (happening, Reader::of(&answer));
    }
    let excerpt = match Reader::of(&answer) {
        Some(mut reader) => excerpt(&mut reader).await,
        None => String::new(),
    };
    (Happening::Response { response, excerpt }, None)
}

async fn provided_headers(request: &Request, attempt: &Attempt) -> Result<Pairs, Error> {
    let Some(provider) = &request.provider else {
        return Ok(Pairs::new());
    };
    let asked = HeadersRequest {
        attempt: attempt.number,
        unauthorized: attempt.unauthorized,
    };
    let headers = provider(asked)
        .await
        .map_err(|message| Error::Headers { message })?;
    for (name, value) in &headers {
        check_request_header(name, value)?;
    }
    Ok(headers)
}

fn build(
    request: &Request,
    attempt: &Attempt,
    provided: &Pairs,
    controller: Option<&AbortController>,
) -> Result<web_sys::Request, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "text/event-stream")?;
    for (name, value) in request.headers.iter().chain(provided) {
        headers.set(name, value)?;
    }
    if let Resume::Header(id) = &attempt.resume {
        // Headers take one character for each byte, and the standard wants the ID in UTF-8.
        let bytes: String = id.bytes().map(char::from).collect();
        headers.set("last-event-id", &bytes)?;
    }
    let init = RequestInit::new();
    init.set_method(&request.method);
    init.set_headers(&headers);
    init.set_credentials(request.credentials);
    init.set_cache(request.cache);
    if let Some(policy) = request.referrer_policy {
        init.set_referrer_policy(policy);
    }
    init.set_signal(controller.map(AbortController::signal).as_ref());
    match &request.body {
        Some(Body::Text(text)) => init.set_body(&text.into()),
        Some(Body::Bytes(bytes)) => init.set_body(&Uint8Array::from(&bytes[..])),
        None => {}
    }
    web_sys::Request::new_with_str_and_init(&request.url_for(attempt), &init)
}

fn head(answer: &web_sys::Response) -> Response {
    let headers = answer
        .headers()
        .entries()
        .into_iter()
        .filter_map(|entry| {
            let entry = entry.ok()?.dyn_into::<js_sys::Array>().ok()?;
            Some((entry.get(0).as_string()?, entry.get(1).as_string()?))
        })
        .collect();
    Response {
        status: answer.status(),
        headers,
        url: answer.url(),
    }
}

/// The beginning of the body, as far as it comes in time.
async fn excerpt(reader: &mut Reader) -> String {
    let mut bytes = Vec::new();
    {
        let milliseconds = u32::try_from(EXCERPT_TIME.as_millis()).unwrap_or(u32::MAX);
        let mut timeout = pin!(TimeoutFuture::new(milliseconds));
        while bytes.len() < EXCERPT {
            let happening = core::future::poll_fn(|context| {
                if timeout.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Happening::End);
                }
                reader.poll_next(context)
            });
            let Happening::Chunk(chunk) = happening.await else {
                break;
            };
            let room = u32::try_from(EXCERPT - bytes.len()).unwrap_or(0);
            bytes.extend(chunk.subarray(0, room.min(chunk.length())).to_vec());
        }
    }
    String::from_utf8_lossy(&bytes).trim().to_owned()
}
