//! `fetch` and its stream.

use core::fmt;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;

use futures_core::future::LocalBoxFuture;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit};

use super::describe;
use super::draft::Unsent;
use super::given::GivenAnswer;
use super::link::LinkEvent;
use super::reader::Reader;
use super::request::{Body, Request};
use everstream_core::Error;
use everstream_core::connection::{Attempt, Resume};
use everstream_core::http::{AnswerKind, Response, is_safe_method};

/// How much of the body of an unexpected response is kept, in bytes.
pub(super) const EXCERPT: usize = 64 * 1024;
/// How long the body of an unexpected response may take.
const EXCERPT_TIME: Duration = Duration::from_secs(1);

/// A request by `fetch`, or the stream of its response. Dropping it aborts either.
pub(super) struct Fetch {
    attempt: Attempt,
    controller: Option<AbortController>,
    stage: Stage,
}

enum Stage {
    /// The caller's own code prepares the request.
    Preparing(LocalBoxFuture<'static, Result<Draft, Unsent>>),
    /// The request waits for [`send`](Fetch::send).
    Prepared(Draft),
    /// The request can't be sent.
    Futile(Error),
    Requesting(LocalBoxFuture<'static, (LinkEvent, Option<Reader>)>),
    Reading(Reader),
    /// The response has no body, or none to read.
    Empty,
    Done,
}

/// Applies a multiplexer's changes to a request. The number is the index from which the headers come from the
/// provider.
pub(super) type Plan<'p> = &'p dyn Fn(&Request, usize) -> Result<Request, Error>;

/// A request that is complete except for the multiplexer's changes.
struct Draft {
    request: Request,
    /// The index from which the headers come from the provider.
    provided: usize,
    /// The response, if the caller has given one.
    given: Option<GivenAnswer>,
}

impl Fetch {
    pub(super) fn prepare(
        request: &Request,
        attempt: Attempt,
        before: Option<Arc<Response>>,
    ) -> Self {
        let preparing = prepare(request.clone(), attempt.clone(), before);
        Self {
            attempt,
            controller: AbortController::new().ok(),
            stage: Stage::Preparing(Box::pin(preparing)),
        }
    }

    /// Whether the prepared request must not be repeated.
    pub(super) fn has_side_effects(&self) -> bool {
        matches!(&self.stage, Stage::Prepared(Draft { request, given: None, .. })
            if !request.idempotent && !is_safe_method(&request.method))
    }

    /// Sends the request, with the multiplexer's changes.
    pub(super) fn send(&mut self, plan: Option<Plan<'_>>) {
        let Stage::Prepared(draft) = core::mem::replace(&mut self.stage, Stage::Done) else {
            return;
        };
        let given = draft.given;
        let request = match plan {
            None => Ok(draft.request),
            Some(plan) => plan(&draft.request, draft.provided),
        };
        self.stage = match request {
            Ok(request) => {
                let sent = send(
                    request,
                    self.attempt.clone(),
                    self.controller.clone(),
                    given,
                );
                Stage::Requesting(Box::pin(sent))
            }
            Err(error) => Stage::Futile(error),
        };
    }

    pub(super) fn is_reading(&self) -> bool {
        matches!(self.stage, Stage::Reading(_))
    }

    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<LinkEvent> {
        let (stage, event) = match &mut self.stage {
            Stage::Preparing(preparing) => match preparing.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(draft)) => (Stage::Prepared(draft), LinkEvent::Prepared),
                Poll::Ready(Err(why)) => (Stage::Done, LinkEvent::Unsent(why)),
            },
            Stage::Futile(error) => {
                let why = Unsent::Futile(error.clone());
                (Stage::Done, LinkEvent::Unsent(why))
            }
            Stage::Requesting(requesting) => {
                let Poll::Ready((event, reader)) = requesting.as_mut().poll(context) else {
                    return Poll::Pending;
                };
                (reader.map_or(Stage::Empty, Stage::Reading), event)
            }
            Stage::Reading(reader) => {
                let Poll::Ready(event) = reader.poll_next(context) else {
                    return Poll::Pending;
                };
                if matches!(event, LinkEvent::Chunk(_)) {
                    return Poll::Ready(event);
                }
                (Stage::Done, event)
            }
            Stage::Empty => (Stage::Done, LinkEvent::End),
            Stage::Prepared(_) | Stage::Done => return Poll::Pending,
        };
        self.stage = stage;
        Poll::Ready(event)
    }

    /// Makes the browser fetch the next chunk while this one is processed.
    pub(super) fn read_ahead(&self) {
        if let Stage::Reading(reader) = &self.stage {
            reader.read_ahead();
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
            Stage::Preparing(_) | Stage::Prepared(_) => "preparing",
            Stage::Requesting(_) => "requesting",
            Stage::Reading(_) => "reading",
            Stage::Futile(_) | Stage::Empty | Stage::Done => "done",
        };
        f.debug_struct("Fetch")
            .field("stage", &stage)
            .finish_non_exhaustive()
    }
}

/// Returns the request of this attempt, as prepared by the caller's own code.
async fn prepare(
    mut request: Request,
    attempt: Attempt,
    before: Option<Arc<Response>>,
) -> Result<Draft, Unsent> {
    let provided = request.headers.len();
    let given = request.given.take().and_then(|given| given.take());
    if given.is_some() {
        // Nothing is sent, so no provider is called.
        return Ok(Draft {
            request,
            provided,
            given,
        });
    }
    request
        .provide_headers(attempt.number, attempt.unauthorized)
        .await
        .map_err(Unsent::Unprepared)?;
    if attempt.continues {
        request = request.continued();
        if let Some(proceed) = request.proceed.clone() {
            request = proceed(request, &attempt, before).await?;
        }
    }
    if let Some(prepare) = request.prepare.clone() {
        request = prepare(request, &attempt).await?;
    }
    Ok(Draft {
        request,
        provided,
        given,
    })
}

/// Sends the request, unless a response was given. The core decides whether the response is read as an event
/// stream; the caller's `accepts` may overrule a refusal.
async fn send(
    request: Request,
    attempt: Attempt,
    controller: Option<AbortController>,
    given: Option<GivenAnswer>,
) -> (LinkEvent, Option<Reader>) {
    let (answer, mut reader) = if let Some(given) = given {
        let reader = given.body.map(|body| Reader::given(body, given.cancel));
        (given.response, reader)
    } else {
        let answer = match stream_init(&request, &attempt, controller.as_ref()) {
            Ok(init) => {
                JsFuture::from(request.scope.fetch(&request.url_for(&attempt), &init)).await
            }
            Err(thrown) => Err(thrown),
        };
        let answer: web_sys::Response = match answer.map(JsCast::dyn_into) {
            Ok(Ok(answer)) => answer,
            Ok(Err(other)) | Err(other) => return (LinkEvent::Failure(describe(&other)), None),
        };
        let reader = Reader::of(&answer);
        (answer, reader)
    };
    let response = head(&answer);
    let mut kind = response.kind(request.accept());
    if let Some(accepts) = &request.accepts
        && kind == AnswerKind::Unexpected
        && response.status != 204
        && accepts(&response)
    {
        kind = AnswerKind::EventStream;
    }
    let mut excerpt = String::new();
    if kind == AnswerKind::Unexpected
        && let Some(mut body) = reader.take()
    {
        let (bytes, _) = body.beginning(EXCERPT, Some(EXCERPT_TIME)).await;
        String::from_utf8_lossy(&bytes)
            .trim()
            .clone_into(&mut excerpt);
    }
    let response = LinkEvent::Response {
        response,
        kind,
        excerpt,
    };
    (response, reader)
}

fn stream_init(
    request: &Request,
    attempt: &Attempt,
    controller: Option<&AbortController>,
) -> Result<RequestInit, JsValue> {
    let headers = headers(request)?;
    headers.set("accept", request.accept())?;
    if let Resume::Header(id) = &attempt.resume {
        // Header values hold one byte per character, and the standard requires the ID in UTF-8.
        let bytes: String = id.bytes().map(char::from).collect();
        headers.set("last-event-id", &bytes)?;
    }
    Ok(init(request, &headers, controller))
}

/// Returns the request's headers.
pub(super) fn headers(request: &Request) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    Ok(headers)
}

pub(super) fn init(
    request: &Request,
    headers: &Headers,
    controller: Option<&AbortController>,
) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(&request.method);
    init.set_headers(headers);
    init.set_credentials(request.credentials);
    init.set_cache(request.cache);
    if let Some(redirect) = request.redirect {
        init.set_redirect(redirect);
    }
    if let Some(policy) = request.referrer_policy {
        init.set_referrer_policy(policy);
    }
    init.set_signal(controller.map(AbortController::signal).as_ref());
    match &request.body {
        Some(Body::Text(text)) => init.set_body(&text.into()),
        Some(Body::Bytes(bytes)) => init.set_body(&Uint8Array::from(&bytes[..])),
        None => {}
    }
    init
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
    Response::new(answer.status(), headers, answer.url())
}
