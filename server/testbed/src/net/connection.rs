//! One accepted connection: the task that drives it, and the handle that its request handlers hold.

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    pin::Pin,
    task::Poll,
};

use axum::{
    extract::{FromRequestParts, Request},
    http::{StatusCode, request::Parts},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::watch};
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use super::socket::Socket;

/// The state that a handler puts its connection into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Serve,
    Finish,
    Close,
    Reset,
}

/// The connection that a request came in on; an axum extractor under [`Server`](super::Server).
///
/// With it, a handler or a response body breaks off in ways that HTTP doesn't provide for.
#[derive(Clone, Debug)]
pub struct Connection {
    fate: watch::Sender<Fate>,
}

impl Connection {
    /// Closes the TCP connection, however far the response under way has come; never returns.
    ///
    /// The bytes that the body has yielded before go out first.
    pub async fn close(&self) -> ! {
        self.end(Fate::Close).await
    }

    /// Like [`close`](Self::close), but with a TCP reset in place of an orderly end.
    pub async fn reset(&self) -> ! {
        self.end(Fate::Reset).await
    }

    /// Lets the response under way finish and then closes the connection, even if the server restarts
    /// meanwhile.
    pub fn finish(&self) {
        self.fate.send_replace(Fate::Finish);
    }

    async fn end(&self, fate: Fate) -> ! {
        self.fate.send_replace(fate);
        pending().await
    }
}

impl<S: Sync> FromRequestParts<S> for Connection {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or((
            StatusCode::INTERNAL_SERVER_ERROR,
            "not served by everstream_testbed::net",
        ))
    }
}

/// Orders from a server to all its connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    /// Close after the response under way, or at once when idle.
    pub(super) finish: CancellationToken,
    /// Close now.
    pub(super) tear_down: CancellationToken,
}

/// Serves one connection until either side ends it.
pub(super) async fn drive(stream: TcpStream, app: axum::Router, orders: Orders) {
    let (sender, mut fate) = watch::channel(Fate::Serve);
    let connection = Connection { fate: sender };
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        answer(app.clone(), connection.clone(), request)
    });
    let socket = Socket::new(stream);
    let drained = socket.drained();
    // Without the timer, a client could take for ever to send the head of a request.
    let mut http = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(socket), service);
    let mut finishing = false;
    let fate = loop {
        // Polling in this order lets a connection survive if its handler asks to finish before it
        // asks for a restart.
        tokio::select! {
            biased;
            Ok(()) = fate.changed() => match *fate.borrow_and_update() {
                Fate::Serve => {}
                Fate::Finish => {
                    finishing = true;
                    Pin::new(&mut http).graceful_shutdown();
                }
                fate @ (Fate::Close | Fate::Reset) => break fate,
            },
            () = orders.tear_down.cancelled(), if !finishing => return,
            () = orders.finish.cancelled(), if !finishing => {
                finishing = true;
                Pin::new(&mut http).graceful_shutdown();
            }
            // An error means that the peer broke off, as clients of streams do all the time.
            _ = &mut http => return,
        }
    };
    let written_out = poll_fn(|context| {
        // Each poll writes as much as possible, and flushes when all is written.
        let is_over = Pin::new(&mut http).poll(context).is_ready();
        if is_over || drained.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    tokio::select! {
        () = orders.tear_down.cancelled() => {}
        () = written_out => {}
    }
    if fate == Fate::Reset {
        http.into_parts().io.into_inner().reset();
    }
}

async fn answer(
    mut app: axum::Router,
    connection: Connection,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(connection);
    app.call(request).await
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use bytes::Bytes;
    use futures_util::stream;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpSocket,
    };

    use super::*;

    /// Less than HTTP buffers, and far more than the system buffers for the sockets below.
    const CHUNK: usize = 256 << 10;

    async fn chunk_then_close(connection: Connection) -> Body {
        Body::from_stream(stream::unfold(0, move |yielded| {
            let connection = connection.clone();
            async move {
                if yielded == 1 {
                    connection.close().await;
                }
                Some((Ok::<_, Infallible>(Bytes::from(vec![b'x'; CHUNK])), 1))
            }
        }))
    }

    /// Returns both ends of a connection whose system buffers are as small as possible.
    async fn narrow_connection() -> (TcpStream, TcpStream) {
        let (server, client) = (TcpSocket::new_v4().unwrap(), TcpSocket::new_v4().unwrap());
        server.set_send_buffer_size(1).unwrap();
        client.set_recv_buffer_size(1).unwrap();
        server.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = server.listen(1).unwrap();
        let client = client
            .connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        (listener.accept().await.unwrap().0, client)
    }

    #[tokio::test]
    async fn what_was_yielded_goes_out_before_the_connection_is_closed() {
        let (server, mut client) = narrow_connection().await;
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            .await
            .unwrap();
        let app = Router::new().route("/", get(chunk_then_close));
        let mut received = Vec::new();
        let ((), read) = tokio::join!(
            drive(server, app, Orders::default()),
            client.read_to_end(&mut received)
        );
        read.unwrap();
        let chunk = received.split(|byte| *byte != b'x').map(<[u8]>::len).max();
        assert_eq!(chunk, Some(CHUNK));
        assert!(!received.ends_with(b"0\r\n\r\n"), "the response has no end");
    }
}
