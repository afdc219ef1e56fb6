//! A minimal HTTP client for a browser's driver: one request, one answer, both JSON.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Sends a request to a loopback port and waits for the answer without a limit.
pub(super) fn request(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    )?;
    read(BufReader::new(stream)).with_context(|| format!("{method} {path} had no proper answer"))
}

/// The answer to a request.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

fn read(mut stream: impl BufRead) -> Result<Answer> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).context("no status")?.parse()?;
    let mut length = None;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse()?);
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            bail!("the answer is encoded");
        }
    }
    // Without a length, the answer ends with the connection.
    let mut body = Vec::new();
    stream
        .take(length.unwrap_or(u64::MAX))
        .read_to_end(&mut body)?;
    Ok(Answer {
        status,
        body: serde_json::from_slice(&body)?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_ends_where_it_says() {
        let wire = b"HTTP/1.1 404 Not Found\r\ncontent-Length: 7\r\nx: y\r\n\r\n{\"a\":1}and more";
        let answer = read(&wire[..]).unwrap();
        assert_eq!(answer.status, 404);
        assert_eq!(answer.body, json!({ "a": 1 }));
    }

    #[test]
    fn without_a_length_it_ends_with_the_connection() {
        let answer = read(&b"HTTP/1.1 200 OK\r\n\r\n[]"[..]).unwrap();
        assert_eq!(answer.body, json!([]));
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        assert!(read(&b""[..]).is_err());
        assert!(read(&b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"[..]).is_err());
    }
}
