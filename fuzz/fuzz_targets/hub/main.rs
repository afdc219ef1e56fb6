//! Malformed requests: the hub never panics and refuses them with a 4xx status. Each stream that it opens is
//! an event stream that begins with the introduction.

#![no_main]

use core::fmt::Write as _;
use core::time::Duration;
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use axum::Router;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{Method, Request, Response, header};
use everstream_core::parse::{Frame, Parser};
use everstream_server::hub::Hub;
use everstream_server::sse;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;
use tokio_stream::StreamExt;
use tower::ServiceExt;

/// The longest body of a refusal, in bytes.
const MOST_REFUSED: usize = 4096;
/// The most streams that are open at once.
const MOST_STREAMS: usize = 8;

#[derive(Arbitrary, Debug)]
struct Visit<'b> {
    steps: Vec<Step<'b>>,
}

#[derive(Arbitrary, Debug)]
enum Step<'b> {
    Get {
        query: &'b str,
        last_event_id: Option<&'b [u8]>,
    },
    /// A query in the form that clients use.
    Open {
        channels: Vec<Name<'b>>,
        from: Option<(Name<'b>, &'b str)>,
        last_event_id: Option<u8>,
    },
    Form(&'b [u8]),
    Control(&'b [u8]),
    /// A change of the set in the form that clients use.
    Change {
        which: u8,
        revision: u8,
        channels: Vec<Name<'b>>,
    },
    Publish(Name<'b>, &'b str),
    Leave(u8),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Name<'b> {
    Known(u8),
    Any(&'b str),
}

impl<'b> Name<'b> {
    fn text(self) -> &'b str {
        match self {
            Self::Known(which) => ["a", "b", "c/1", "ä"][usize::from(which) % 4],
            Self::Any(text) => text,
        }
    }
}

/// An open stream, and the name of its connection.
struct Stream {
    connection: String,
    body: BodyDataStream,
}

struct Visitor {
    hub: Hub,
    app: Router,
    streams: Vec<Stream>,
    published: Vec<String>,
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
});

fuzz_target!(|visit: Visit<'_>| {
    RUNTIME.block_on(async {
        let hub = Hub::builder()
            .heartbeat(Duration::from_hours(1))
            .limits(|limits| limits.channels = 8)
            .build();
        let app = hub.router();
        let mut visitor = Visitor {
            hub,
            app,
            streams: Vec::new(),
            published: Vec::new(),
        };
        for step in &visit.steps {
            visitor.take(step).await;
        }
        visitor.hub.shutdown();
        for stream in &mut visitor.streams {
            while let Some(chunk) = stream.body.next().await {
                chunk.expect("a stream ends cleanly");
            }
        }
    });
});

impl Visitor {
    async fn take(&mut self, step: &Step<'_>) {
        match step {
            Step::Get {
                query,
                last_event_id,
            } => self.get(&encoded(query), *last_event_id).await,
            Step::Open {
                channels,
                from,
                last_event_id,
            } => {
                let names: Vec<_> = channels.iter().map(|name| encoded(name.text())).collect();
                let mut query: Vec<_> =
                    names.iter().map(|name| format!("channel={name}")).collect();
                query.extend(from.iter().map(|(name, id)| {
                    let pair = format!("{}={id}", encoded(name.text()));
                    format!("from={}", encoded(&pair))
                }));
                let id = last_event_id.map(|which| self.id(which));
                self.get(&query.join("&"), id.as_deref().map(str::as_bytes))
                    .await;
            }
            Step::Form(body) => {
                let request = Request::builder()
                    .method(Method::POST)
                    .uri("/")
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(Body::from(body.to_vec()));
                self.open(request.expect("a request")).await;
            }
            Step::Control(body) => self.control(body.to_vec()).await,
            Step::Change {
                which,
                revision,
                channels,
            } => {
                let which = usize::from(*which).checked_rem(self.streams.len());
                let connection = which.map_or("nobody", |which| &self.streams[which].connection);
                let channels: Vec<_> = channels.iter().map(|name| name.text()).collect();
                let body = serde_json::json!({
                    "connection": connection,
                    "revision": revision,
                    "channels": channels,
                });
                self.control(body.to_string().into_bytes()).await;
            }
            Step::Publish(name, data) => {
                if let Ok(position) = self.hub.publish(name.text(), sse::Event::new(*data)).await {
                    self.published.push(position.to_string());
                }
            }
            Step::Leave(which) => {
                if let Some(which) = usize::from(*which).checked_rem(self.streams.len()) {
                    self.streams.swap_remove(which);
                }
            }
        }
    }

    /// Returns the ID of a published event, or one that no event has.
    fn id(&self, which: u8) -> String {
        let which = usize::from(which).checked_rem(self.published.len());
        which.map_or_else(
            || "elsewhere-7".to_owned(),
            |which| self.published[which].clone(),
        )
    }

    async fn get(&mut self, query: &str, last_event_id: Option<&[u8]>) {
        let mut request = Request::builder().uri(format!("/?{query}"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        // No client can send a request whose header is invalid.
        if let Ok(request) = request.body(Body::empty()) {
            self.open(request).await;
        }
    }

    async fn open(&mut self, request: Request<Body>) {
        let response = self.answer(request).await;
        if !response.status().is_success() {
            return refused(response).await;
        }
        let mut body = response.into_body().into_data_stream();
        let first = body
            .next()
            .await
            .expect("an introduction")
            .expect("a chunk");
        let mut parser = Parser::new();
        let mut connection = String::new();
        let mut received = parser.feed(&first);
        while let Some(frame) = received.next() {
            if let Frame::Event(event) = frame.expect("a small event")
                && connection.is_empty()
            {
                assert_eq!(event.event_type, "@connected");
                let data: serde_json::Value = serde_json::from_str(event.data).expect("JSON");
                data["connection"]
                    .as_str()
                    .expect("a name")
                    .clone_into(&mut connection);
            }
        }
        assert!(
            !connection.is_empty(),
            "the first thing is the introduction"
        );
        self.streams.push(Stream { connection, body });
        if self.streams.len() > MOST_STREAMS {
            self.streams.remove(0);
        }
    }

    async fn control(&mut self, body: Vec<u8>) {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/control")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body));
        let response = self.answer(request.expect("a request")).await;
        if response.status().is_success() {
            assert_eq!(response.status(), 202);
        } else {
            refused(response).await;
        }
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let Ok(response) = self.app.clone().oneshot(request).await;
        response
    }
}

/// Checks that a refusal has a 4xx status and a short body.
async fn refused(response: Response<Body>) {
    let status = response.status();
    assert!(status.is_client_error(), "{status}");
    let body = to_bytes(response.into_body(), MOST_REFUSED).await;
    body.expect("few words");
}

/// Percent-encodes everything but letters and digits.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"=&%+".contains(&byte) {
            encoded.push(byte.into());
        } else {
            write!(encoded, "%{byte:02x}").expect("memory");
        }
    }
    encoded
}
