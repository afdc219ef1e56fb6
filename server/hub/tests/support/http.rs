//! HTTP/1.1 as far as these tests need it. A broken connection is an error, and doesn't end the test.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::PATIENCE;

#[must_use]
pub struct Request {
    address: SocketAddr,
    head: String,
    body: String,
}

impl Request {
    pub fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        Self {
            address,
            head: format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\n"),
            body: String::new(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.extend([name, ": ", value, "\r\n"]);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    pub async fn send(self) -> io::Result<Answer> {
        let length = self.body.len();
        let text = format!("{}Content-Length: {length}\r\n\r\n{}", self.head, self.body);
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(text.as_bytes()).await?;
        let mut answer = Answer {
            stream,
            raw: Vec::new(),
            head: String::new(),
            status: 0,
            is_chunked: false,
            text: String::new(),
            has_ended: false,
        };
        let head = answer.take_until(b"\r\n\r\n").await?;
        answer.head = String::from_utf8(head).unwrap().to_lowercase();
        answer.status = answer.head.split(' ').nth(1).unwrap().parse().unwrap();
        answer.is_chunked = answer.head.contains("transfer-encoding: chunked");
        Ok(answer)
    }

    /// Returns the status and the body of an answer that ends.
    pub async fn whole(self) -> (u16, String) {
        let mut answer = self.send().await.unwrap();
        (answer.status, answer.rest().await.unwrap())
    }
}

pub struct Answer {
    stream: TcpStream,
    raw: Vec<u8>,
    pub head: String,
    pub status: u16,
    is_chunked: bool,
    /// Text of the body that has been read and not returned yet.
    text: String,
    has_ended: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Returns the next frame, or `None` when the stream has ended as HTTP prescribes.
    pub async fn frame(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(at) = self.text.find("\n\n") {
                let frame = self.text[..at].to_owned();
                self.text.drain(..at + 2);
                return Ok(Some(frame));
            }
            if self.has_ended {
                return Ok(None);
            }
            self.read().await?;
        }
    }

    /// Returns the rest of the body.
    pub async fn rest(&mut self) -> io::Result<String> {
        while !self.has_ended {
            self.read().await?;
        }
        Ok(std::mem::take(&mut self.text))
    }

    async fn read(&mut self) -> io::Result<()> {
        let chunk = if self.is_chunked {
            let size = String::from_utf8(self.take_until(b"\r\n").await?).unwrap();
            let size = usize::from_str_radix(&size, 16).unwrap();
            self.has_ended = size == 0;
            let chunk = self.take(size).await?;
            self.take(2).await?;
            chunk
        } else {
            self.has_ended = true;
            let length = self
                .header("content-length")
                .map_or(0, |length| length.parse().unwrap());
            self.take(length).await?
        };
        self.text += std::str::from_utf8(&chunk).unwrap();
        Ok(())
    }

    async fn take_until(&mut self, separator: &[u8]) -> io::Result<Vec<u8>> {
        loop {
            let mut windows = self.raw.windows(separator.len());
            if let Some(at) = windows.position(|bytes| bytes == separator) {
                let taken = self.raw.drain(..at).collect();
                self.raw.drain(..separator.len());
                return Ok(taken);
            }
            self.fill().await?;
        }
    }

    async fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.raw.len() < count {
            self.fill().await?;
        }
        Ok(self.raw.drain(..count).collect())
    }

    async fn fill(&mut self) -> io::Result<()> {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.raw));
        match read.await.expect("something arrives")? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Returns the value of a field in a frame.
pub fn field<'a>(frame: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = frame.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
