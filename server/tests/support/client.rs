//! An HTTP/1.1 client that tells apart what others hide: whether a response ended cleanly, was torn
//! off, or was reset.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part of this module"
)]

use std::{io, net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Far longer than any step here takes, so that a test which waits in vain fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

#[must_use]
pub struct Request {
    address: SocketAddr,
    head: String,
    body: String,
}

/// The end of a response, or of the wait for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The response ended as HTTP prescribes.
    Clean,
    /// The connection was closed before the response ended.
    Closed,
    /// The connection was reset before the response ended.
    Reset,
}

impl Request {
    pub fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        let head = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\n");
        Self {
            address,
            head,
            body: String::new(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.extend([name, ": ", value, "\r\n"]);
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// Sends the request and waits for the head of the response.
    pub async fn send(self) -> Result<Response, Ending> {
        Self::answer(self.open().await).await
    }

    /// Announces a body of `length` bytes, sends one of them, and waits for the head of the response.
    pub async fn half_sent(self, length: usize) -> Response {
        let wire = self.open_half_sent(length, "{").await;
        Self::answer(wire).await.unwrap()
    }

    /// Announces a body of `length` bytes, and sends its beginning or as much of it as the server takes.
    pub async fn open_half_sent(self, length: usize, beginning: &str) -> Wire {
        let head = format!("{}Content-Length: {length}\r\n\r\n", self.head);
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // An error means that the server has answered and closed already.
        let _ = stream.write_all(beginning.as_bytes()).await;
        Wire::new(stream)
    }

    /// Sends the head without the blank line at its end.
    pub async fn open_head_only(self) -> Wire {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(self.head.as_bytes()).await.unwrap();
        Wire::new(stream)
    }

    async fn answer(mut wire: Wire) -> Result<Response, Ending> {
        let head = wire.head().await?;
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        Ok(Response {
            wire,
            status,
            headers,
            text: String::new(),
            ending: None,
        })
    }

    /// Sends the request without waiting for an answer.
    pub async fn open(self) -> Wire {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let length = self.body.len();
        let request = format!("{}Content-Length: {length}\r\n\r\n{}", self.head, self.body);
        stream.write_all(request.as_bytes()).await.unwrap();
        Wire::new(stream)
    }

    /// Returns the status, and drops the rest of the response.
    pub async fn status(self) -> u16 {
        self.send().await.unwrap().status
    }

    /// Returns the body of a response that must succeed.
    pub async fn json(self) -> Value {
        let mut response = self.send().await.unwrap();
        assert!(
            (200..300).contains(&response.status),
            "status {}",
            response.status
        );
        serde_json::from_str(&response.whole().await).unwrap()
    }
}

pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// Reads until the connection ends.
    pub async fn drained(mut self) -> Ending {
        loop {
            if let Err(ending) = self.fill().await {
                return ending;
            }
            self.buffer.clear();
        }
    }

    /// Sends a byte of a header every `pause` until the connection ends. Returns the number of bytes.
    pub async fn slowloris(mut self, pause: Duration) -> usize {
        for sent in 0.. {
            if self.stream.write_all(b"x").await.is_err() {
                return sent;
            }
            let mut byte = [0];
            if let Ok(ended) = timeout(pause, self.stream.read(&mut byte)).await {
                assert!(ended.is_err() || ended.is_ok_and(|read| read == 0));
                return sent;
            }
        }
        unreachable!("a connection ends before all numbers do")
    }

    async fn fill(&mut self) -> Result<(), Ending> {
        let read = self.stream.read_buf(&mut self.buffer);
        match timeout(PATIENCE, read).await.expect("something arrives") {
            Ok(0) => Err(Ending::Closed),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Err(Ending::Reset),
            Err(error) => panic!("{error}"),
        }
    }

    /// Returns the bytes before the next `separator`, and drops the separator.
    async fn take_until(&mut self, separator: &[u8]) -> Result<Vec<u8>, Ending> {
        loop {
            let found = self
                .buffer
                .windows(separator.len())
                .position(|bytes| bytes == separator);
            if let Some(at) = found {
                let taken = self.buffer.drain(..at).collect();
                self.buffer.drain(..separator.len());
                return Ok(taken);
            }
            self.fill().await?;
        }
    }

    async fn take(&mut self, count: usize) -> Result<Vec<u8>, Ending> {
        while self.buffer.len() < count {
            self.fill().await?;
        }
        Ok(self.buffer.drain(..count).collect())
    }

    async fn head(&mut self) -> Result<String, Ending> {
        Ok(String::from_utf8(self.take_until(b"\r\n\r\n").await?).unwrap())
    }

    /// Waits for the connection to end, which must not carry another byte.
    pub async fn end(mut self) -> Ending {
        self.fill().await.expect_err("no more bytes")
    }
}

pub struct Response {
    wire: Wire,
    pub status: u16,
    headers: Vec<(String, String)>,
    /// Text of the body that has been read and not returned yet.
    text: String,
    ending: Option<Ending>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the next event or comment without its blank line, or `None` at the end of the response.
    pub async fn frame(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.text.find("\n\n") {
                let frame = self.text[..at].to_owned();
                self.text.drain(..at + 2);
                return Some(frame);
            }
            if self.ending.is_some() {
                return None;
            }
            self.read().await;
        }
    }

    /// Returns the next frame of this event type, and skips the others.
    pub async fn event(&mut self, event_type: &str) -> String {
        let first = format!("event: {event_type}\n");
        loop {
            let frame = self.frame().await.expect("the stream goes on");
            if frame.starts_with(&first) {
                return frame;
            }
        }
    }

    /// Returns the rest of the body, and how it ended.
    pub async fn rest(&mut self) -> (String, Ending) {
        loop {
            if let Some(ending) = self.ending {
                return (std::mem::take(&mut self.text), ending);
            }
            self.read().await;
        }
    }

    /// Returns the rest of a body that must end cleanly.
    pub async fn whole(&mut self) -> String {
        let (text, ending) = self.rest().await;
        assert_eq!(ending, Ending::Clean);
        text
    }

    /// Whether no byte arrives for `time`.
    pub async fn is_silent_for(&mut self, time: Duration) -> bool {
        self.text.is_empty()
            && self.ending.is_none()
            && timeout(time, self.wire.stream.readable()).await.is_err()
    }

    async fn read(&mut self) {
        if let Err(ending) = self.try_read().await {
            self.ending = Some(ending);
        }
    }

    async fn try_read(&mut self) -> Result<(), Ending> {
        let no_body = self.status == 204;
        let (chunk, is_last) = match self.header("content-length").map(str::parse) {
            _ if no_body => (Vec::new(), true),
            Some(length) => (self.wire.take(length.unwrap()).await?, true),
            None => {
                let size = String::from_utf8(self.wire.take_until(b"\r\n").await?).unwrap();
                let size = usize::from_str_radix(&size, 16).unwrap();
                let chunk = self.wire.take(size).await?;
                self.wire.take(2).await?;
                (chunk, size == 0)
            }
        };
        self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        if is_last { Err(Ending::Clean) } else { Ok(()) }
    }
}

/// Returns the value of a field in a frame.
pub fn field<'a>(frame: &'a str, name: &str) -> Option<&'a str> {
    frame
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Returns the ID in a frame, as a number.
pub fn id(frame: &str) -> u64 {
    field(frame, "id").unwrap().parse().unwrap()
}

/// Returns the data in a frame, parsed as JSON.
pub fn data(frame: &str) -> Value {
    serde_json::from_str(field(frame, "data").unwrap()).unwrap()
}
