//! A server of HTTP/1.1 whose streams are written byte by byte, as their faults need it.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, sleep_until};

/// The time between two events of the server's log.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// A request, and the connection that it came by.
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) socket: TcpStream,
    /// The time of the log's beginning. The event with ID n happens n ticks later.
    pub(crate) began: Instant,
}

/// Starts a server for the life of the test's runtime.
pub(crate) async fn serve<F>(handle: impl Fn(Request) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let began = Instant::now();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match socket.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            // A client that leaves ends its handler with an error.
            tokio::spawn(handle(Request {
                head,
                socket,
                began,
            }));
        }
    });
    address
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        let target = self.head.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (header, value) = line.split_once(':')?;
            header.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Answers with a whole body.
    pub(crate) async fn answer(mut self, head: &str, body: &str) -> io::Result<()> {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        self.socket.write_all(answer.as_bytes()).await
    }

    /// Begins a body of unknown length.
    pub(crate) async fn open(mut self, head: &str) -> io::Result<Stream> {
        let head =
            format!("HTTP/1.1 {head}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        self.socket.write_all(head.as_bytes()).await?;
        let after = self.header("last-event-id").and_then(|id| id.parse().ok());
        Ok(Stream {
            after,
            socket: self.socket,
            began: self.began,
        })
    }

    /// Begins an event stream.
    pub(crate) async fn stream(self) -> io::Result<Stream> {
        self.open("200 OK\r\nContent-Type: text/event-stream").await
    }
}

/// The body of an answer.
pub(crate) struct Stream {
    socket: TcpStream,
    began: Instant,
    /// The last event ID that was asked for.
    pub(crate) after: Option<u64>,
}

impl Stream {
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let bytes = bytes.as_ref();
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.socket.write_all(&chunk).await
    }

    /// Ends the body as HTTP prescribes.
    pub(crate) async fn end(mut self) -> io::Result<()> {
        self.socket.write_all(b"0\r\n\r\n").await?;
        self.socket.shutdown().await
    }

    /// Returns the newest event's ID.
    pub(crate) fn newest(&self) -> u64 {
        let ticks = self.began.elapsed().as_millis() / TICK.as_millis();
        u64::try_from(ticks).unwrap_or_default()
    }

    /// Sends the events after an ID, and then each as it happens, for some time.
    pub(crate) async fn log(
        &mut self,
        after: u64,
        time: Duration,
        format: impl Fn(u64) -> String,
    ) -> io::Result<()> {
        let until = Instant::now() + time;
        let mut id = after;
        while Instant::now() < until {
            id += 1;
            let happens = self.began + TICK * u32::try_from(id).unwrap_or(u32::MAX);
            sleep_until(happens.min(until)).await;
            if happens <= until {
                self.send(format(id)).await?;
            }
        }
        Ok(())
    }

    /// Sends the log from the last event ID, or from now on, as long as anybody reads.
    pub(crate) async fn resume(mut self, format: impl Fn(u64) -> String) -> io::Result<()> {
        let after = self.after.unwrap_or_else(|| self.newest());
        self.log(after, FOREVER, format).await
    }

    /// Keeps the connection open until the client leaves.
    pub(crate) async fn linger(mut self) -> io::Result<()> {
        let mut some = [0; 1];
        self.socket.read(&mut some).await.map(drop)
    }

    /// Closes the connection within the answer.
    pub(crate) fn break_off(self) {
        drop(self.socket);
    }

    pub(crate) async fn pause(time: Duration) {
        sleep(time).await;
    }
}

/// Longer than any test.
pub(crate) const FOREVER: Duration = Duration::from_secs(600);

/// An event with an ID and some data.
pub(crate) fn event(id: u64) -> String {
    format!("id: {id}\ndata: tick {id}\n\n")
}
