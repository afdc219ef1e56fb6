//! The parser over any stream of bytes: in memory, and over `reqwest` against a server on loopback.
#![cfg(not(target_arch = "wasm32"))]

use core::time::Duration;
use std::io;

use everstream_core::connection::EndReason;
use everstream_core::{EventStream, MessageEvent, StreamError};
use futures_core::FusedStream;
use futures_util::{Stream, StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const STREAM: &str =
    "retry: 250\nid: 1\nevent: price\ndata: 1\n\n: ping\n\nid: 2\n\ndata: 2\ndata: 3\n\n";

fn bytes(text: &str, size: usize) -> impl Stream<Item = Result<Vec<u8>, io::Error>> + use<> {
    let chunks: Vec<_> = text
        .as_bytes()
        .chunks(size)
        .map(|chunk| Ok(chunk.to_vec()))
        .collect();
    stream::iter(chunks)
}

fn event(event_type: &str, data: &str, id: &str) -> MessageEvent {
    MessageEvent::new(event_type, data.to_owned()).with_last_event_id(id)
}

#[tokio::test]
async fn however_the_bytes_are_chunked_position_and_reconnection_time_are_the_last_items() {
    for size in 1..=STREAM.len() {
        let mut events = EventStream::new(bytes(STREAM, size)).with_last_event_id("0");
        assert_eq!((events.last_event_id(), events.retry()), ("0", None));
        let first = events.next().await.expect("an item").expect("an event");
        assert_eq!(first, event("price", "1", "1"), "{size}");
        // The parser hasn't reached the following block without data.
        assert_eq!(events.last_event_id(), "1", "{size}");
        assert_eq!(events.retry(), Some(Duration::from_millis(250)));
        let second = events.next().await.expect("an item").expect("an event");
        assert_eq!(second, event("message", "2\n3", "2"), "{size}");
        assert_eq!(events.end(), None);
        assert!(!events.is_terminated());
        assert!(events.next().await.is_none());
        assert_eq!(events.end(), Some(EndReason::Body));
        assert!(events.is_terminated());
    }
}

#[tokio::test]
async fn a_mark_ends_it_and_drops_what_is_behind_the_bytes() {
    let (sender, receiver) = futures_channel::mpsc::unbounded::<Result<&'static str, io::Error>>();
    let mut events = EventStream::new(receiver).until("[DONE]");
    let sent = sender.unbounded_send(Ok("data: 1\n\ndata: [DONE]\n\ndata: 2\n\n"));
    sent.expect("it is open");
    let first = events.next().await.expect("an item").expect("an event");
    assert_eq!(first.json(), Ok(1));
    assert!(!sender.is_closed());
    // The stream ends though the bytes don't.
    assert!(events.next().await.is_none());
    assert!(sender.is_closed());
    assert_eq!(events.end(), Some(EndReason::Until));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn the_unfinished_block_is_told_or_delivered() {
    let text = "id: 1\ndata: 1\n\nid: 2\nevent: late\ndata: 2";
    let mut events = EventStream::new(bytes(text, 5));
    assert!(matches!(events.next().await, Some(Ok(_))));
    let Some(Err(StreamError::Unfinished(unfinished))) = events.next().await else {
        panic!("the unfinished event was not told")
    };
    assert_eq!((&*unfinished.event_type, &*unfinished.data), ("late", "2"));
    assert_eq!((events.last_event_id(), events.end()), ("1", None));
    assert!(events.next().await.is_none());

    let mut events = EventStream::new(bytes(text, 5)).deliver_unfinished(true);
    assert!(matches!(events.next().await, Some(Ok(_))));
    let last = events.next().await.expect("an item").expect("an event");
    assert_eq!(last, event("late", "2", "2"));
    assert!(events.next().await.is_none());
    assert_eq!(events.end(), Some(EndReason::Body));

    // The cut may also take the blank line after the done marker.
    for deliver in [true, false] {
        for text in ["data: [DONE]", "data: [DONE]\n", "id: 7\r\ndata:[DONE]\r"] {
            let mut events = EventStream::new(bytes(text, 3))
                .until("[DONE]")
                .deliver_unfinished(deliver);
            assert!(events.next().await.is_none());
            assert_eq!(events.end(), Some(EndReason::Until));
        }
    }
    let mut events = EventStream::new(bytes("data: [DON", 3)).until("[DONE]");
    let last = events.next().await;
    assert!(matches!(last, Some(Err(StreamError::Unfinished(_)))));
}

#[tokio::test]
async fn what_is_too_large_is_skipped_and_what_follows_is_not() {
    let text = format!("data: {}\n\nid: 9\ndata: small\n\n", "x".repeat(5000));
    for size in [1, 700, 10_000] {
        let mut events = EventStream::new(bytes(&text, size)).with_max_event_size(100);
        let first = events.next().await.expect("an item");
        let error = first.expect_err("it is over the limit");
        assert!(matches!(&error, StreamError::TooLarge(told) if told.limit == 100));
        assert!(!error.is_terminal());
        let second = events.next().await.expect("an item").expect("an event");
        assert_eq!(second, event("message", "small", "9"));
        assert!(events.next().await.is_none());
    }
}

#[tokio::test]
async fn a_failure_of_the_bytes_is_the_last_item_with_its_source() {
    let failing = bytes("data: 1\n\ndata: 2\n", 4)
        .chain(stream::iter([Err(io::Error::other("cut"))]))
        .chain(bytes("data: 3\n\n", 4));
    let mut events = EventStream::new(failing);
    assert!(matches!(events.next().await, Some(Ok(_))));
    let error = events.next().await.expect("an item").expect_err("it fails");
    assert!(error.is_terminal());
    let source = std::error::Error::source(&error).expect("a source");
    assert_eq!(source.to_string(), "cut");
    let StreamError::Bytes { unfinished, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(unfinished.expect("an unfinished event").data, "2");
    assert!(events.next().await.is_none());
    assert_eq!(events.end(), None);
}

/// Answers one request with the pieces of a body, each as an HTTP chunk.
async fn answer(mut connection: TcpStream, pieces: &[&str]) -> (String, io::Result<()>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let byte = connection.read_u8().await.expect("a request");
        request.push(byte);
    }
    let request = String::from_utf8(request).expect("text");
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let write = async {
        connection.write_all(head.as_bytes()).await?;
        for piece in pieces {
            let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
            connection.write_all(chunk.as_bytes()).await?;
            connection.flush().await?;
        }
        Ok(())
    };
    (request, write.await)
}

/// The caller resumes a `reqwest` answer that the server has cut off.
#[tokio::test]
async fn reqwest_resumes_where_the_answer_broke_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let mut requests = Vec::new();
        for pieces in [
            &["id: a\ndata: 1\n\nda", "ta: lo"][..],
            &["data: 2\n\n", "data: [DONE]\n\n"],
        ] {
            let (connection, _) = listener.accept().await.expect("a connection");
            // The client drops the answer after the marker, in the middle of the body.
            let (request, written) = answer(connection, pieces).await;
            written.expect("it is written");
            requests.push(request);
        }
        requests
    });
    let client = reqwest::Client::new();
    let mut seen = Vec::new();
    let mut last_event_id = String::new();
    let mut losses = 0;
    loop {
        let mut request = client.get(&url);
        if !last_event_id.is_empty() {
            request = request.header("last-event-id", &last_event_id);
        }
        let response = request.send().await.expect("an answer");
        let mut events = EventStream::new(response.bytes_stream())
            .with_last_event_id(&*last_event_id)
            .until("[DONE]");
        while let Some(item) = events.next().await {
            match item {
                Ok(event) => seen.push((event.data, event.last_event_id)),
                Err(StreamError::Bytes { unfinished, .. }) => {
                    assert_eq!(unfinished.expect("an unfinished event").data, "lo");
                    losses += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        if events.end() == Some(EndReason::Until) {
            break;
        }
        events.last_event_id().clone_into(&mut last_event_id);
    }
    let expected = [("1", "a"), ("2", "a")].map(|(data, id)| (data.to_owned(), id.to_owned()));
    assert_eq!((seen, losses), (expected.to_vec(), 1));
    let requests = server.await.expect("the server");
    assert!(!requests[0].contains("last-event-id"));
    assert!(requests[1].contains("last-event-id: a"), "{}", requests[1]);
}
