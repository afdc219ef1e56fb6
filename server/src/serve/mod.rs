//! An HTTP/1.1 server for streams, which closes connections whose clients don't send, don't read or
//! don't leave.
//!
//! `axum::serve` waits for ever for the head of a request and for a client that doesn't read, and its
//! shutdown waits for both. This server has a timeout for each.
//!
//! ```no_run
//! use axum::Router;
//! use everstream_server::{
//!     hub::Hub,
//!     serve::{Server, terminated},
//! };
//!
//! # async fn example() -> std::io::Result<()> {
//! let hub = Hub::builder().build();
//! let app = Router::new().nest("/events", hub.router());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! let terminated = terminated()?;
//! let shutdown = async move {
//!     terminated.await;
//!     hub.shutdown();
//! };
//! Server::new().run(listener, app, shutdown).await
//! # }
//! ```

mod connection;
mod signals;
mod socket;

use std::{io, pin::pin, time::Duration};

use axum::Router;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

pub(crate) use self::connection::Hangup;
pub use self::signals::terminated;

/// How long to wait before accepting again when the process has no more sockets.
const NO_SOCKETS: Duration = Duration::from_secs(1);

/// An HTTP/1.1 server with its options.
///
/// Requests carry [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo) for the application's handlers.
#[derive(Clone, Copy, Debug)]
#[must_use = "a server does nothing until it runs"]
pub struct Server {
    request: Duration,
    write: Duration,
    grace: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(15),
            write: Duration::from_secs(60),
            grace: Duration::from_secs(10),
        }
    }
}

impl Server {
    /// Creates a server with the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long a connection may be without a request. Default: 15 seconds.
    ///
    /// The time runs from the start of the connection, and again from the end of each response. The
    /// next request ends it once its head has arrived in full.
    pub fn request_timeout(mut self, time: Duration) -> Self {
        self.request = time;
        self
    }

    /// Sets how long a client may take none of the bytes written to it. Default: 60 seconds.
    pub fn write_timeout(mut self, time: Duration) -> Self {
        self.write = time;
        self
    }

    /// Sets how long responses under way may take to end at a shutdown. Default: 10 seconds.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Serves `app` until `shutdown` resolves, then finishes the responses under way within
    /// [`grace`](Self::grace).
    ///
    /// Streams don't end by themselves: `shutdown` must call
    /// [`Hub::shutdown`](crate::hub::Hub::shutdown) last.
    ///
    /// # Errors
    ///
    /// Fails when the listener fails for good.
    pub async fn run(
        self,
        listener: TcpListener,
        app: Router,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let (finish, finished) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let serving = connection::serve(self, stream, peer, app.clone(), finished.clone());
                        connections.spawn(serving);
                    }
                    Err(error) if is_of_connection(&error) => {}
                    Err(error) if is_out_of_sockets(&error) => sleep(NO_SOCKETS).await,
                    Err(error) => return Err(error),
                },
                Some(_) = connections.join_next() => {}
                () = &mut shutdown => break,
            }
        }
        drop(listener);
        finish.send_replace(true);
        let all = async { while connections.join_next().await.is_some() {} };
        if timeout(self.grace, all).await.is_err() {
            connections.shutdown().await;
        }
        Ok(())
    }
}

/// Whether the connection failed rather than the listener, which can then accept the next one.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Whether the process or the system has reached its limit of open files: `EMFILE` or `ENFILE`, which
/// have no `io::ErrorKind` of their own.
fn is_out_of_sockets(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}
