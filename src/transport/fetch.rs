//! `fetch` and its stream.

use core::fmt;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;

use futures_core::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit};

use super::Happening;
use super::draft::Continued;
use super::reader::Reader;
use super::request::{Body, HeadersRequest, Pairs, Request};
use crate::browser::describe;
use crate::browser::yield_to_tasks;
use everstream_core::Error;
use everstream_core::connection::{Attempt, Resume, TransportKind};
use everstream_core::http::{AnswerKind, Response, check_request_header};
use everstream_core::mux::Answer;

/// How much of an unexpected answer's body is kept, in bytes, and how long it may take to come.
const EXCERPT: usize = 64 * 1024;
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
    pub(crate) fn open(
        request: &Request,
        attempt: &Attempt,
        before: Option<Arc<Response>>,
    ) -> Self {
        let controller = AbortController::new().ok();
        let requesting = send(request.clone(), attempt.clone(), before, controller.clone());
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

    /// Has the browser get the next chunk while this one is worked on.
    pub(crate) fn read_ahead(&self) {
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
            Stage::Requesting(_) => "requesting",
            Stage::Reading(_) => "reading",
            Stage::Empty | Stage::Done => "done",
        };
        f.debug_struct("Fetch")
            .field("stage", &stage)
            .finish_non_exhaustive()
    }
}

/// Prepares the request, sends it, and has the core judge whether the answer is to be read.
async fn send(
    request: Request,
    attempt: Attempt,
    before: Option<Arc<Response>>,
    controller: Option<AbortController>,
) -> (Happening, Option<Reader>) {
    let request = match prepared(request, &attempt, before, controller.as_ref()).await {
        Ok(request) => request,
        Err(failed) => return (failed, None),
    };
    let accept = request.header("accept").unwrap_or("text/event-stream");
    let answer = match stream_init(&request, &attempt, accept, controller.as_ref()) {
        Ok(init) => JsFuture::from(request.scope.fetch(&request.url_for(&attempt), &init)).await,
        Err(thrown) => Err(thrown),
    };
    let answer: web_sys::Response = match answer.map(JsCast::dyn_into) {
        Ok(Ok(answer)) => answer,
        Ok(Err(other)) | Err(other) => return (Happening::Failure(describe(&other)), None),
    };
    let response = head(&answer);
    let kind = response.kind(accept);
    if kind != AnswerKind::Unexpected {
        if let Some(plan) = &request.plan {
            plan.answered(attempt.resume.position(), &response);
        }
        let happening = Happening::Response {
            response,
            kind,
            excerpt: String::new(),
        };
        return (happening, Reader::of(&answer));
    }
    let excerpt = match Reader::of(&answer) {
        Some(mut reader) => excerpt(&mut reader).await,
        None => String::new(),
    };
    let happening = Happening::Response {
        response,
        kind,
        excerpt,
    };
    (happening, None)
}

/// The request of this attempt, after everybody who has a say in it; or what happens instead.
async fn prepared(
    request: Request,
    attempt: &Attempt,
    before: Option<Arc<Response>>,
    controller: Option<&AbortController>,
) -> Result<Request, Happening> {
    let provided = provided_headers(&request, attempt)
        .await
        .map_err(Happening::Headers)?;
    let mut request = planned(request, &provided, controller).await?;
    for (name, value) in provided {
        request.headers.push((name, value));
    }
    if attempt.continues {
        request = continued(&request, attempt, before).await?;
    }
    if let Some(prepare) = &request.prepare {
        let draft = request.draft(attempt, attempt.resume.position());
        let drafted = prepare(draft)
            .await
            .map_err(|message| Happening::Headers(Error::Headers { message }))?;
        request = request.drafted(drafted).map_err(Happening::Futile)?;
    }
    if request.asks_the_caller() {
        // The caller's code may have closed the source: then this is never polled again.
        yield_to_tasks().await;
    }
    Ok(request)
}

/// The request that continues an answer.
async fn continued(
    request: &Request,
    attempt: &Attempt,
    response: Option<Arc<Response>>,
) -> Result<Request, Happening> {
    let request = request.continued();
    let Some(proceed) = &request.proceed else {
        return Ok(request);
    };
    let continued = Continued {
        last_event_id: attempt.position.clone(),
        response,
        request: request.draft(attempt, &attempt.position),
    };
    match proceed(continued).await {
        Ok(Some(draft)) => request.drafted(draft).map_err(Happening::Futile),
        Ok(None) => Err(Happening::NoContinuation),
        Err(message) => Err(Happening::Headers(Error::Headers { message })),
    }
}

/// The request of this attempt, where there is a plan, or why there is none.
async fn planned(
    request: Request,
    provided: &Pairs,
    controller: Option<&AbortController>,
) -> Result<Request, Happening> {
    let Some(plan) = &request.plan else {
        return Ok(request);
    };
    if let Some(before) = plan.prepare() {
        let before = request.planned(before);
        let answer = send_and_read(&before, provided, controller).await;
        plan.prepared(&answer)
            .map_err(|error| match answer.status {
                // As if it had been the answer to the request for the stream. A conflict is one with the
                // stream of before, which the server will lose too.
                Some(status) if status >= 400 && status != 409 => Happening::Response {
                    response: Response {
                        status,
                        url: before.url,
                        ..Response::default()
                    },
                    kind: AnswerKind::Unexpected,
                    excerpt: answer.body[..answer.body.floor_char_boundary(EXCERPT)].to_owned(),
                },
                _ => Happening::Headers(error),
            })?;
    }
    match plan.request() {
        Some(planned) => request
            .planned(planned)
            .checked()
            .map_err(Happening::Futile),
        None => Ok(request),
    }
}

/// Sends a request that is no event stream and reads what is answered.
pub(crate) async fn exchange(
    request: Request,
    unauthorized: bool,
    controller: AbortController,
) -> Answer {
    let attempt = Attempt {
        number: 1,
        transport: TransportKind::Fetch,
        resume: Resume::None,
        position: String::new(),
        unauthorized,
        continues: false,
    };
    match provided_headers(&request, &attempt).await {
        Ok(provided) => send_and_read(&request, &provided, Some(&controller)).await,
        Err(error) => Answer {
            status: None,
            body: error.to_string(),
        },
    }
}

async fn send_and_read(
    request: &Request,
    provided: &Pairs,
    controller: Option<&AbortController>,
) -> Answer {
    let sent = async {
        let init = init(request, &headers(request, provided)?, controller);
        let answer = JsFuture::from(request.scope.fetch(&request.url, &init)).await?;
        let answer: web_sys::Response = answer.dyn_into()?;
        let status = answer.status();
        let body = JsFuture::from(answer.text()?).await?;
        Ok::<_, JsValue>((status, body.as_string().unwrap_or_default()))
    };
    match sent.await {
        Ok((status, body)) => Answer {
            status: Some(status),
            body,
        },
        Err(thrown) => Answer {
            status: None,
            body: describe(&thrown),
        },
    }
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

fn stream_init(
    request: &Request,
    attempt: &Attempt,
    accept: &str,
    controller: Option<&AbortController>,
) -> Result<RequestInit, JsValue> {
    let headers = headers(request, &Pairs::new())?;
    headers.set("accept", accept)?;
    if let Resume::Header(id) = &attempt.resume {
        // Headers take one character for each byte, and the standard wants the ID in UTF-8.
        let bytes: String = id.bytes().map(char::from).collect();
        headers.set("last-event-id", &bytes)?;
    }
    Ok(init(request, &headers, controller))
}

/// The headers that were asked for.
fn headers(request: &Request, provided: &Pairs) -> Result<Headers, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in request.headers.iter().chain(provided) {
        headers.set(name, value)?;
    }
    Ok(headers)
}

fn init(request: &Request, headers: &Headers, controller: Option<&AbortController>) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(&request.method);
    init.set_headers(headers);
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
