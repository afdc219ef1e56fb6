//! The streams of the test's own server, by path: each has one fault, or none.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::server::{FOREVER, Request, Stream, event};

/// A page, as an application's fallback route sends it.
const PAGE: &str = "<!doctype html><title>App</title><div id=root></div>";

const STREAM: &str = "200 OK\r\nContent-Type: text/event-stream";

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Answers by path.
pub(crate) async fn handle(request: Request) -> io::Result<()> {
    match request.path().to_owned().as_str() {
        // Faults
        "/no-answer" => request_that_hangs(request).await,
        "/html" | "/sign-in" => {
            request
                .answer("200 OK\r\nContent-Type: text/html", PAGE)
                .await
        }
        "/login" => {
            let head = "302 Found\r\nLocation: /sign-in?next=%2Flogin&state=secret";
            request.answer(head, "").await
        }
        "/loop" => request.answer("302 Found\r\nLocation: /loop", "").await,
        "/unauthorized" => request.answer("401 Unauthorized", "who are you?").await,
        "/no-content" => request.answer("204 No Content", "").await,
        "/json" => {
            request
                .answer("200 OK\r\nContent-Type: application/json", "{}")
                .await
        }
        "/untyped" => request.open("200 OK").await?.resume(event).await,
        "/no-blank-line" => {
            let without = |id| format!("data: tick {id}\n");
            request.stream().await?.resume(without).await
        }
        "/latin-1" => latin1(request).await,
        "/unfinished" => {
            let mut stream = request.stream().await?;
            stream
                .send("id: 1\ndata: a\n\nid: 2\ndata: [DONE]\n")
                .await?;
            stream.end().await
        }
        "/comments-together" => comments_together(request).await,
        "/cut-at-age" => {
            let mut stream = request.stream().await?;
            let after = stream.after.unwrap_or_else(|| stream.newest());
            stream.log(after, ms(1550), event).await?;
            stream.break_off();
            Ok(())
        }
        "/crash" => crash(request).await,
        "/silent" => {
            let mut stream = request.stream().await?;
            stream.send(event(1)).await?;
            stream.linger().await
        }
        "/charset" => {
            let head = "200 OK\r\nContent-Type: text/event-stream; charset=iso-8859-1";
            request.open(head).await?.resume(event).await
        }
        "/encoded" => {
            let accepted = request.header("accept-encoding").unwrap_or_default();
            if accepted.contains("gzip") {
                let head = format!("{STREAM}\r\nContent-Encoding: gzip");
                return request.open(&head).await?.linger().await;
            }
            request.stream().await?.resume(event).await
        }
        "/content-length" => {
            let after: u64 = request
                .header("last-event-id")
                .map_or(0, |id| id.parse().unwrap_or_default());
            let body: Vec<String> = (after + 1..=2).map(event).collect();
            let body = body.concat();
            request.answer(STREAM, &body).await
        }
        "/no-ids" => {
            let without = |id| format!("data: tick {id}\n\n");
            request.stream().await?.resume(without).await
        }
        "/no-log" => {
            let mut stream = request.stream().await?;
            let newest = stream.newest();
            stream.log(newest, FOREVER, event).await
        }
        "/starts-over" => {
            let mut stream = request.stream().await?;
            stream.log(0, FOREVER, event).await
        }
        "/large" => {
            let large = |id| format!("id: {id}\ndata: {}\n\n", "x".repeat(500));
            request.stream().await?.resume(large).await
        }
        path => healthy(path, request).await,
    }
}

/// The streams without a fault.
async fn healthy(path: &str, request: Request) -> io::Result<()> {
    match path {
        "/events" | "/channels" => request.stream().await?.resume(event).await,
        "/unbuffered" => {
            let head = format!("{STREAM}\r\nX-Accel-Buffering: no");
            let large = |id| format!("id: {id}\ndata: {}\n\n", "x".repeat(500));
            request.open(&head).await?.resume(large).await
        }
        // Line ends of Windows, a byte order mark, the ID behind the data, as FastAPI sends it.
        "/crlf" => {
            let head = "200 OK\r\nContent-Type: text/event-stream; charset=utf-8";
            let mut stream = request.open(head).await?;
            stream
                .send("\u{FEFF}: ping\r\n\r\nretry: 2000\r\n\r\n")
                .await?;
            let crlf = |id| format!("event: tick\r\ndata: {{}}\r\nid: {id}\r\n\r\n");
            stream.resume(crlf).await
        }
        // Nothing happens, and a comment says so.
        "/quiet" => {
            let mut stream = request.stream().await?;
            loop {
                stream.send(":\n\n").await?;
                Stream::pause(ms(5000)).await;
            }
        }
        // An answer that is complete, and that a client can read on.
        "/answer" => {
            let mut stream = request.stream().await?;
            for id in stream.after.unwrap_or_default() + 1..=5 {
                stream.send(event(id)).await?;
                Stream::pause(ms(50)).await;
            }
            stream.end().await
        }
        // The server sends several whole events together, every two seconds.
        "/batches" => {
            let mut stream = request.stream().await?;
            let mut id = stream.after.unwrap_or_default();
            loop {
                let next = if id % 100 == 0 { 100 } else { 100 - id % 100 };
                let batch: Vec<String> = (id + 1..=id + next).map(event).collect();
                stream.send(batch.concat()).await?;
                id += next;
                Stream::pause(ms(2000)).await;
            }
        }
        // Fast, and cut into chunks without regard to events.
        "/fast" => {
            let mut stream = request.stream().await?;
            let from = stream.after.unwrap_or_default() + 1;
            for first in (from..).step_by(10) {
                let events: Vec<String> = (first..first + 10).map(event).collect();
                let events = events.concat();
                let (head, tail) = events.split_at(events.len() / 3);
                stream.send(head).await?;
                stream.send(tail).await?;
                Stream::pause(ms(10)).await;
            }
            Ok(())
        }
        "/moved" => {
            let head = "307 Temporary Redirect\r\nLocation: /events";
            request.answer(head, "").await
        }
        _ => request.answer("404 Not Found", "nothing here").await,
    }
}

async fn request_that_hangs(mut request: Request) -> io::Result<()> {
    use tokio::io::AsyncReadExt;

    request.socket.read_u8().await.map(drop)
}

async fn latin1(request: Request) -> io::Result<()> {
    let mut stream = request.stream().await?;
    let after = stream.after.unwrap_or_default();
    for id in after + 1.. {
        let mut event = format!("id: {id}\ndata: Stra").into_bytes();
        event.extend_from_slice(b"\xDFe\n\n");
        stream.send(event).await?;
        Stream::pause(ms(100)).await;
    }
    Ok(())
}

/// A heartbeat each second, through a proxy that hands on what it has each three seconds.
async fn comments_together(request: Request) -> io::Result<()> {
    let mut stream = request.stream().await?;
    stream.send(": hello\n\n").await?;
    loop {
        Stream::pause(ms(3000)).await;
        stream.send(": ping\n\n".repeat(3)).await?;
    }
}

/// Breaks off once in the life of the process, and resumes from then on.
async fn crash(request: Request) -> io::Result<()> {
    static CRASHED: AtomicBool = AtomicBool::new(false);

    let mut stream = request.stream().await?;
    // The request for a replay is not the one that crashes.
    if stream.after.is_none() && !CRASHED.swap(true, Ordering::Relaxed) {
        let newest = stream.newest();
        stream.log(newest, ms(750), event).await?;
        stream.break_off();
        return Ok(());
    }
    stream.resume(event).await
}
