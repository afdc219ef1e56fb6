//! One accepted connection.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    sync::{Notify, watch},
    time::timeout,
};
use tower_service::Service;

use super::{Server, socket::Socket};

/// State that the task, the socket and the requests of a connection share.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Number of requests under way.
    requests: AtomicUsize,
    requests_changed: Notify,
    hung_up: AtomicBool,
    hang_up: Notify,
}

impl State {
    /// Whether the connection is to be reset, since the bytes that its peer hasn't taken are of no
    /// use any more.
    pub(super) fn is_hung_up(&self) -> bool {
        self.hung_up.load(Ordering::Relaxed)
    }

    pub(super) fn set_hung_up(&self) {
        self.hung_up.store(true, Ordering::Relaxed);
    }

    /// Returns once the connection has been without a request for `time`.
    async fn idle_for(&self, time: Duration) {
        loop {
            let changed = self.requests_changed.notified();
            if self.requests.load(Ordering::Acquire) > 0 {
                changed.await;
            } else if timeout(time, changed).await.is_err() {
                return;
            }
        }
    }
}

/// A request extension that ends the connection on which the request came in.
#[derive(Clone, Debug)]
pub(crate) struct Hangup(Arc<State>);

impl Hangup {
    pub(crate) fn hang_up(&self) {
        self.0.set_hung_up();
        self.0.hang_up.notify_one();
    }
}

/// Serves a connection until either side ends it.
pub(super) async fn serve(
    server: Server,
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    mut finish: watch::Receiver<bool>,
) {
    // Small events must not wait for each other (Nagle's algorithm). An error means that the peer is gone.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let state = Arc::new(State::default());
    let socket = Socket::new(stream, server.write, Arc::clone(&state));
    let service = hyper::service::service_fn(|request: Request<Incoming>| {
        answer(app.clone(), peer, Arc::clone(&state), request)
    });
    let http = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    let mut http = pin!(http.with_upgrades());
    let mut is_finishing = false;
    loop {
        tokio::select! {
            // An error means that the peer broke off, as clients of streams do all the time.
            _ = &mut http => return,
            () = state.hang_up.notified() => return,
            () = state.idle_for(server.request) => return,
            _ = finish.wait_for(|finish| *finish), if !is_finishing => {
                is_finishing = true;
                http.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn answer(
    mut app: Router,
    peer: SocketAddr,
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let under_way = UnderWay::begin(Arc::clone(&state));
    let mut request = request.map(Body::new);
    let extensions = request.extensions_mut();
    extensions.insert(ConnectInfo(peer));
    extensions.insert(Hangup(state));
    let response: Response = app.call(request).await?;
    Ok(response.map(|body| {
        Body::new(Tracked {
            body,
            _under_way: under_way,
        })
    }))
}

/// Counts a request as under way until its response has ended.
#[derive(Debug)]
struct UnderWay(Arc<State>);

impl UnderWay {
    fn begin(state: Arc<State>) -> Self {
        state.requests.fetch_add(1, Ordering::Release);
        state.requests_changed.notify_one();
        Self(state)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::Release);
        self.0.requests_changed.notify_one();
    }
}

/// A response body that keeps its request counted until the body is dropped.
struct Tracked {
    body: Body,
    _under_way: UnderWay,
}

impl http_body::Body for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
