//! Healthy servers of all kinds: none has a fault.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event as AxumEvent, KeepAlive};
use axum::routing::get;
use everstream_server::hub::Hub;
use everstream_server::sse::Event;
use everstream_testbed::net::Server as Testbed;
use futures_util::future::join_all;
use futures_util::stream::{Stream, unfold};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::nginx::Nginx;
use super::program::{PATIENCE, doctor};
use super::server::serve;
use super::streams;

/// The server of a few lines in Node, and in Python.
const NODE: &str = include_str!("server.mjs");
const PYTHON: &str = include_str!("server.py");

#[tokio::test]
async fn healthy_servers_have_no_fault() {
    let server = serve(streams::handle).await;
    let own = |path: &str| format!("http://{server}{path}");
    let nginx = Nginx::start(server).await;
    let hub = hub().await;
    let axum = listen(Router::new().route("/events", get(axum_events))).await;
    let testbed = testbed().await;
    let (_node, node) = script("node", &["--input-type=module", "--eval", NODE]).await;
    let (_python, python) = script("python3", &["-c", PYTHON]).await;
    let urls = [
        own("/events"),
        own("/crlf"),
        own("/quiet"),
        own("/answer"),
        own("/batches"),
        own("/fast"),
        own("/moved"),
        nginx.http("/channels"),
        nginx.tls("/channels"),
        nginx.tls("/unbuffered"),
        nginx.h2("/large"),
        format!("http://{hub}/events?channel=prices"),
        format!("http://{axum}/events"),
        format!("http://{testbed}/demo/ticker"),
        node,
        python,
    ];
    let certificate = nginx.certificate();
    let examined = urls.iter().map(|url| doctor(url, 20, Some(&certificate)));
    let diagnoses = join_all(examined).await;
    for (url, diagnosis) in urls.iter().zip(&diagnoses) {
        assert_eq!(diagnosis.codes(), [""; 0], "{url}: {diagnosis:?}");
        assert_eq!(diagnosis.status, Some(0), "{url}");
        let [events, comments] = ["events", "comments"].map(|key| diagnosis.report[key].as_u64());
        // A server that sends nothing shows nothing.
        assert!(
            events > Some(1) || comments > Some(1),
            "{url}: {diagnosis:?}"
        );
    }
}

/// Serves a router for the life of the test's runtime.
async fn listen(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// The hub of this repository, with a price each half second.
async fn hub() -> SocketAddr {
    let hub = Hub::builder().build();
    let address = listen(Router::new().nest("/events", hub.router())).await;
    tokio::spawn(async move {
        for price in 0.. {
            let published = hub.publish("prices", Event::new(format!("{price}"))).await;
            published.expect("it is published");
            sleep(Duration::from_millis(500)).await;
        }
    });
    address
}

/// The server of the demo and of the browsers' tests.
async fn testbed() -> SocketAddr {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Testbed::bind(loopback).await.expect("a port");
    let address = server.address();
    let app = everstream_testbed::app(None, server.restarter());
    tokio::spawn(server.run(app, std::future::pending()));
    address
}

/// A stream as axum's users write it: the number of seconds is the ID.
async fn axum_events(headers: HeaderMap) -> Sse<impl Stream<Item = Result<AxumEvent, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last: Option<u64> = last.and_then(|id| id.parse().ok());
    let events = unfold(last.unwrap_or_default(), move |id| async move {
        // The server sends the missed events at once.
        if last.is_none_or(|last| id > last) {
            sleep(Duration::from_secs(1)).await;
        }
        let event = AxumEvent::default().id((id + 1).to_string()).data("tick");
        Some((Ok(event), id + 1))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// Runs a server that prints its URL first.
async fn script(program: &str, arguments: &[&str]) -> (Child, String) {
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        // Python tells of each client that leaves.
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run {program}: {error}"));
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let url = timeout(PATIENCE, lines.next_line())
        .await
        .expect("it starts");
    let url = url.expect("text").expect("a URL");
    (child, url)
}
