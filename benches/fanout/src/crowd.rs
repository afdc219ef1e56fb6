//! The clients: many connections that read as little as counting events requires.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A character that occurs once in each event, and nowhere else on the wire.
const MARK: u8 = b'^';

/// How many connections are opened at a time: fewer than a listener's backlog holds.
const AT_ONCE: usize = 200;

/// How many connections come from one address: fewer than it has ports.
const PER_ADDRESS: usize = 5_000;

/// The time limit of each step.
const PATIENCE: Duration = Duration::from_secs(30);

/// The open connections, all of which subscribe to the same channel.
///
/// Must be used in a [`LocalSet`](tokio::task::LocalSet).
#[derive(Debug)]
pub(crate) struct Crowd {
    /// The readers, whose connections close when they are dropped.
    _readers: JoinSet<()>,
    size: usize,
    arrivals: Rc<Arrivals>,
    publisher: TcpStream,
}

#[derive(Debug)]
struct Arrivals {
    count: Cell<usize>,
    awaited: Cell<usize>,
    complete: Notify,
    closed: Cell<usize>,
    /// The shared buffer. A reader owns it until its next await.
    buffer: RefCell<Box<[u8]>>,
}

impl Arrivals {
    fn new() -> Self {
        Self {
            count: Cell::new(0),
            awaited: Cell::new(usize::MAX),
            complete: Notify::new(),
            closed: Cell::new(0),
            buffer: RefCell::new(vec![0; 64 << 10].into()),
        }
    }

    fn count(&self, bytes: &[u8]) {
        let before = self.count.get();
        let count = before + memchr::memchr_iter(MARK, bytes).count();
        self.count.set(count);
        // The notification must happen once: bytes after the last mark may come in a piece of their own.
        if (before + 1..=count).contains(&self.awaited.get()) {
            self.complete.notify_one();
        }
    }
}

impl Crowd {
    /// Opens the connections, and waits until the server has answered each.
    pub(crate) async fn gather(server: SocketAddr, size: usize) -> Result<Self> {
        let mut opening = JoinSet::new();
        let mut open = Vec::with_capacity(size);
        for number in 0..size {
            if opening.len() == AT_ONCE {
                open.push(opened(opening.join_next().await)?);
            }
            opening.spawn_local(timeout(PATIENCE, subscribe(server, number)));
        }
        while !opening.is_empty() {
            open.push(opened(opening.join_next().await)?);
        }

        let arrivals = Rc::new(Arrivals::new());
        let mut readers = JoinSet::new();
        for stream in open {
            readers.spawn_local(read(stream, Rc::clone(&arrivals)));
        }
        Ok(Self {
            _readers: readers,
            size,
            arrivals,
            publisher: TcpStream::connect(server).await?,
        })
    }

    /// Publishes events, and returns how long they take to reach every connection.
    pub(crate) async fn receive(&mut self, events: usize) -> Result<Duration> {
        let expected = events * self.size;
        self.arrivals.count.set(0);
        self.arrivals.awaited.set(expected);
        let start = Instant::now();
        let request = format!(
            "POST /publish?count={events} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
        );
        self.publisher.write_all(request.as_bytes()).await?;
        let all = async {
            self.arrivals.complete.notified().await;
            let time = start.elapsed();
            head(&mut self.publisher, "HTTP/1.1 204").await?;
            Ok(time)
        };
        let outcome = timeout(PATIENCE, all).await;
        let count = self.arrivals.count.get();
        let closed = self.arrivals.closed.get();
        ensure!(
            count == expected && closed == 0,
            "{count} of {expected} events have arrived, {closed} connections were closed"
        );
        outcome.context("the server does not answer")?
    }
}

type Opened = Result<Result<TcpStream>, tokio::time::error::Elapsed>;

fn opened(joined: Option<Result<Opened, tokio::task::JoinError>>) -> Result<TcpStream> {
    let joined = joined.context("there is a connection to wait for")?;
    joined?.context("a connection was not answered in time")?
}

/// Opens a stream, and reads the head of its answer.
async fn subscribe(server: SocketAddr, number: usize) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let block = u8::try_from(number / PER_ADDRESS)?;
    let own = IpAddr::from(Ipv4Addr::new(127, 0, 0, 2 + block));
    socket.bind(SocketAddr::new(own, 0))?;
    let mut stream = socket.connect(server).await?;
    let request = "GET /stream?channel=prices HTTP/1.1\r\nHost: localhost\r\n\
                   Accept: text/event-stream\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    head(&mut stream, "HTTP/1.1 200").await?;
    Ok(stream)
}

/// Reads the head of an answer, and perhaps a part of its body, which has no event yet.
async fn head(stream: &mut TcpStream, expected: &str) -> Result<()> {
    let mut head = Vec::with_capacity(1024);
    while memchr::memmem::find(&head, b"\r\n\r\n").is_none() {
        ensure!(
            stream.read_buf(&mut head).await? > 0,
            "an answer was cut off"
        );
    }
    if !head.starts_with(expected.as_bytes()) {
        bail!(
            "{expected} was expected: {}",
            String::from_utf8_lossy(&head)
        );
    }
    Ok(())
}

/// Counts a connection's events while it is open.
async fn read(stream: TcpStream, arrivals: Rc<Arrivals>) {
    while stream.readable().await.is_ok() {
        let mut buffer = arrivals.buffer.borrow_mut();
        match stream.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => arrivals.count(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    arrivals.closed.set(arrivals.closed.get() + 1);
}
