//! An HTTP/1.1 server for streams: it lets go of those who don't send, don't read, or don't leave.
//!
//! `axum::serve` waits for ever for a request's head, for a client that doesn't read, and at a shutdown
//! for both. This server has a time for each.
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

/// How long to wait before accepting again where the process has no more sockets.
const NO_SOCKETS: Duration = Duration::from_secs(1);

/// The options of a server, and what runs it.
///
/// For the handlers of the application, the requests carry
/// [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo).
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
    /// A server with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long a connection may be without a request: from its beginning, and from the end of a
    /// response, until the head of the next request has arrived as a whole. 15 seconds unless set.
    pub fn request_timeout(mut self, time: Duration) -> Self {
        self.request = time;
        self
    }

    /// Sets for how long a client may take nothing of what is written to it. 60 seconds unless set.
    pub fn write_timeout(mut self, time: Duration) -> Self {
        self.write = time;
        self
    }

    /// Sets how long responses under way may take to end at a shutdown. 10 seconds unless set.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Serves an application until `shutdown` resolves, and then what is under way for as long as
    /// [`grace`](Self::grace) says.
    ///
    /// Streams don't end by themselves: have `shutdown` call [`Hub::shutdown`](crate::hub::Hub::shutdown)
    /// last.
    ///
    /// # Errors
    ///
    /// When the listener fails for good.
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

/// Whether it is the connection that failed, and not the listener.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Whether the process or the system has as many files open as it may: `EMFILE` and `ENFILE`, which
/// have no kind of their own.
fn is_out_of_sockets(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}
