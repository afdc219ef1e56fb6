//! Clients that don't read.

mod support;

use std::{
    convert::Infallible,
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use everstream_server::{hub::Hub, serve::Server, sse::Event};
use support::{Ending, Request, Served, Stream, data, field, position};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    time::{Instant, sleep},
};

const HEARTBEAT: Duration = Duration::from_millis(50);

const EVENT: usize = 1 << 10;

/// Publishes more than the sockets buffer.
async fn flood(served: &Served, events: usize) {
    let data = "x".repeat(EVENT);
    for _ in 0..events {
        served
            .hub
            .publish("a", Event::new(data.clone()))
            .await
            .unwrap();
    }
}

fn seq(frame: &str) -> usize {
    position(frame).rsplit_once('-').unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn a_slow_client_is_served_from_the_log() {
    let served = Served::start(Hub::builder().client_queue(4, 1 << 20)).await;
    let mut slow = served.open("?channel=a").await;
    flood(&served, 9_000).await;
    for expected in 1..=9_000 {
        assert_eq!(seq(&slow.next().await), expected, "none lost, none twice");
    }
    flood(&served, 1).await;
    assert_eq!(seq(&slow.next().await), 9_001);
}

#[tokio::test]
async fn where_the_log_has_moved_on_there_is_a_gap() {
    let builder = Hub::builder()
        .client_queue(4, 1 << 20)
        .log_capacity(100, 1 << 30);
    let served = Served::start(builder).await;
    let mut slow = served.open("?channel=a&channel=b").await;
    flood(&served, 20_000).await;
    let (mut last, mut gaps) = (0, 0);
    while last < 20_000 {
        let frame = slow.next().await;
        if field(&frame, "event") == Some("@gap") {
            let missed = &data(&frame)["channels"];
            assert_eq!(*missed, serde_json::json!(["a"]), "`b` has no events");
            assert!(seq(&frame) > last);
            gaps += 1;
        } else {
            assert_eq!(seq(&frame), last + 1, "what is missing was announced");
        }
        last = seq(&frame);
    }
    assert!(gaps > 0, "20 MB do not fit between the two");
}

#[tokio::test]
async fn a_slow_client_holds_up_nobody() {
    let served = Served::start(Hub::builder().client_queue(4, 1 << 20)).await;
    let _slow = served.open("?channel=a").await;
    let mut quick = served.open("?channel=b").await;
    flood(&served, 20_000).await;
    served.publish("b", &["in time"]).await;
    assert_eq!(quick.brief().await, "b 20001: in time");
}

/// Returns a hub that drops clients that don't read.
fn impatient() -> Hub {
    let builder = Hub::builder().heartbeat(HEARTBEAT);
    builder
        .limits(|limits| limits.unread_heartbeats = 4)
        .build()
}

/// Fails if a future takes far longer than it may.
async fn within<T>(time: Duration, what: impl Future<Output = T>) -> T {
    tokio::select! {
        done = what => done,
        () = sleep(time * 50) => panic!("it takes more than fifty times {time:?}"),
    }
}

async fn until_gone(hub: &Hub, connection: &str) {
    while hub.connections().iter().any(|it| it.id == connection) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn who_does_not_read_is_given_up_after_some_heartbeats() {
    let served = Served::of(impatient()).await;
    let slow = served.open("?channel=a").await;
    let mut quick = served.open("?channel=b").await;
    let begun = Instant::now();
    flood(&served, 20_000).await;
    within(HEARTBEAT * 4, until_gone(&served.hub, &slow.connection())).await;
    assert!(begun.elapsed() >= HEARTBEAT * 3, "it had its time");
    assert_eq!(served.control(&slow, 1, &["b"]).status().await, 404);
    served.publish("b", &["in time"]).await;
    loop {
        let brief = quick.brief().await;
        if !brief.starts_with("@ping") {
            assert_eq!(brief, "b 20001: in time");
            break;
        }
    }
}

#[tokio::test]
async fn who_reads_slowly_is_not() {
    let served = Served::of(impatient()).await;
    let mut slow = served.open("?channel=a").await;
    flood(&served, 9_000).await;
    let begun = Instant::now();
    let mut last = 0;
    while begun.elapsed() < HEARTBEAT * 20 {
        // Enough frames for the server to write something in each heartbeat.
        for _ in 0..300 {
            if last < 9_000 {
                last += 1;
                assert_eq!(seq(&slow.next().await), last);
            }
        }
        sleep(HEARTBEAT / 2).await;
    }
    assert_eq!(served.hub.connections().len(), 1);
}

#[tokio::test]
async fn the_server_of_this_crate_closes_the_connection_too() {
    let served = Served::by(Server::new(), impatient()).await;
    let mut slow = served.open("?channel=a").await;
    flood(&served, 20_000).await;
    within(HEARTBEAT * 4, until_gone(&served.hub, &slow.connection())).await;
    let (rest, ending) = slow.response.rest().await;
    assert_ne!(ending, Ending::Clean, "it was cut off");
    assert!(rest.len() < 20_000 * EVENT, "not everything was sent");
}

#[tokio::test]
async fn who_takes_nothing_of_any_answer_is_cut_off() {
    const TIME: Duration = Duration::from_millis(200);
    let (dropped, mut gone) = oneshot::channel::<()>();
    let dropped = Arc::new(Mutex::new(Some(dropped)));
    let endless = move || {
        let guard = dropped.lock().unwrap().take();
        let chunks = futures_util::stream::repeat_with(move || {
            let _ = &guard;
            Ok::<_, Infallible>(bytes::Bytes::from(vec![b'x'; 1 << 16]))
        });
        async move { axum::body::Body::from_stream(chunks) }
    };
    let app = Router::new().route("/", axum::routing::get(endless));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::new().write_timeout(TIME);
    let serving = tokio::spawn(server.run(listener, app, std::future::pending()));
    let unread = Request::new(address, "GET", "/").open().await;
    within(TIME, &mut gone)
        .await
        .expect_err("the answer was dropped");
    drop(unread);
    serving.abort();
}

#[tokio::test]
async fn who_does_not_read_holds_up_no_shutdown() {
    const GRACE: Duration = Duration::from_millis(300);
    let hub = Hub::builder().build();
    let app = Router::new().nest("/events", hub.router());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (terminate, terminated) = oneshot::channel::<()>();
    let shutting_down = hub.clone();
    let shutdown = async move {
        terminated.await.unwrap();
        shutting_down.shutdown();
    };
    let serving = tokio::spawn(Server::new().grace(GRACE).run(listener, app, shutdown));
    let get = |query: &str| Request::new(address, "GET", &format!("/events{query}"));
    let mut slow = Stream::of(get("?channel=a").send().await.unwrap()).await;
    let mut quick = Stream::of(get("?channel=b").send().await.unwrap()).await;
    for _ in 0..20_000 {
        hub.publish("a", Event::new("x".repeat(EVENT)))
            .await
            .unwrap();
        // The server can send as much as the buffers on the way take.
        tokio::task::yield_now().await;
    }
    let begun = Instant::now();
    terminate.send(()).unwrap();
    assert_eq!(quick.response.rest().await, (String::new(), Ending::Clean));
    within(GRACE, serving).await.unwrap().unwrap();
    assert!(begun.elapsed() >= GRACE, "it had its time");
    assert_ne!(slow.response.rest().await.1, Ending::Clean);
}
