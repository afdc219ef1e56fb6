//! The accept loop of the testbed's server.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::Router;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::connection::{Orders, drive};

/// How long responses under way may take to finish when the server goes down.
const GRACE: Duration = Duration::from_millis(250);

/// A bound HTTP/1.1 server.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    restarter: Restarter,
    restarts: mpsc::Receiver<Duration>,
    listening: watch::Sender<bool>,
}

/// Takes a [`Server`] down for a while; cheap to clone.
#[derive(Clone, Debug)]
pub struct Restarter {
    requests: mpsc::Sender<Duration>,
    listening: watch::Receiver<bool>,
}

impl Restarter {
    /// Asks the server to close its listener, tear down every connection (other than those told to
    /// [`finish`](super::Connection::finish)), and listen again on the same port after `pause`.
    ///
    /// While a restart is pending, another has no effect.
    pub fn restart(&self, pause: Duration) {
        // A full queue means that a restart is pending, a closed one that the server has stopped for good.
        let _ = self.requests.try_send(pause);
    }

    /// Waits until the server listens (`true`) or has stopped listening (`false`).
    pub async fn until_listening(&mut self, listening: bool) {
        // An error means that the server is gone and will never listen again.
        if self
            .listening
            .wait_for(|now| *now == listening)
            .await
            .is_err()
            && listening
        {
            std::future::pending::<()>().await;
        }
    }
}

enum Interruption {
    Restart(Duration),
    Shutdown,
}

impl Server {
    /// Binds `address`; port 0 picks a free port.
    ///
    /// # Errors
    ///
    /// Fails when the address can't be bound.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (requests, restarts) = mpsc::channel(1);
        let (listening, state) = watch::channel(true);
        let restarter = Restarter {
            requests,
            listening: state,
        };
        Ok(Self {
            listener,
            address,
            restarter,
            restarts,
            listening,
        })
    }

    /// Returns the bound address, with the port that was picked.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns a handle that restarts this server.
    pub fn restarter(&self) -> Restarter {
        self.restarter.clone()
    }

    /// Serves `app` until `shutdown` resolves.
    ///
    /// Responses under way then have 250 ms to finish. Streams never finish by themselves, so they are cut.
    ///
    /// # Errors
    ///
    /// Fails when connections can no longer be accepted, or when the address is taken after a restart.
    pub async fn run(self, app: Router, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Self {
            mut listener,
            address,
            mut restarts,
            listening,
            restarter: _restarter,
        } = self;
        let mut shutdown = pin!(shutdown);
        loop {
            let mut connections = Connections::new(app.clone());
            let interruption = loop {
                tokio::select! {
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => connections.serve(stream),
                        // The error concerns this one connection; the listener still works.
                        Err(error) if is_of_connection(&error) => {}
                        Err(error) => return Err(error),
                    },
                    Some(_) = connections.tasks.join_next() => {}
                    Some(pause) = restarts.recv() => break Interruption::Restart(pause),
                    () = &mut shutdown => break Interruption::Shutdown,
                }
            };
            drop(listener);
            match interruption {
                Interruption::Shutdown => {
                    connections.finish().await;
                    return Ok(());
                }
                Interruption::Restart(pause) => {
                    connections.tear_down().await;
                    listening.send_replace(false);
                    tokio::select! {
                        () = sleep(pause) => {}
                        () = &mut shutdown => return Ok(()),
                    }
                    listener = TcpListener::bind(address).await?;
                    listening.send_replace(true);
                }
            }
        }
    }
}

fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// The connections accepted by one listener. Dropping the value tears them down.
struct Connections {
    app: Router,
    orders: Orders,
    tasks: JoinSet<()>,
}

impl Connections {
    fn new(app: Router) -> Self {
        Self {
            app,
            orders: Orders::default(),
            tasks: JoinSet::new(),
        }
    }

    fn serve(&mut self, stream: TcpStream) {
        // Small events must not wait for each other (Nagle's algorithm). An error means that the peer
        // is gone.
        if stream.set_nodelay(true).is_ok() {
            self.tasks
                .spawn(drive(stream, self.app.clone(), self.orders.clone()));
        }
    }

    async fn finish(mut self) {
        self.orders.finish.cancel();
        self.join().await;
    }

    async fn tear_down(mut self) {
        self.orders.tear_down.cancel();
        self.join().await;
    }

    async fn join(&mut self) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(GRACE, all).await.is_err() {
            self.tasks.shutdown().await;
        }
    }
}
