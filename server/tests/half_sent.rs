//! Requests that are never sent to their end. The test has a binary to itself, so that it alone
//! determines the memory of the process.
#![cfg(target_os = "linux")]

mod support;

use std::time::Duration;

use axum::http::request::Parts;
use everstream_server::{
    hub::{Access, Grant, Hub, Refusal},
    serve::Server,
};
use support::{Ending, Served, Wire};
use tokio::time::{Instant, sleep};

const ATTACKERS: usize = 200;
const TIME: Duration = Duration::from_millis(500);
/// Number of bytes that each attacker sends of the mebibyte that it announces.
const SENT: usize = 64 << 10;

/// An access check that knows no credentials.
struct Nobody;

impl Access for Nobody {
    type Principal = String;

    async fn principal(&self, _: &Parts) -> Result<String, Refusal> {
        Err(Refusal::unauthenticated())
    }

    fn identity(&self, name: &String) -> String {
        name.clone()
    }

    async fn may_subscribe(&self, _: &String, _: &str) -> Result<Grant, Refusal> {
        Err(Refusal::new("forbidden", "nobody may have it"))
    }
}

/// Returns the memory that this process holds, in bytes. See `proc_pid_status(5)`.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let size = lines.find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes = size.trim().strip_suffix(" kB").unwrap();
    kibibytes.parse::<usize>().unwrap() * 1024
}

/// Waits for each connection to end.
async fn ends(attackers: Vec<Wire>) -> Vec<Ending> {
    let mut endings = Vec::new();
    for attacker in attackers {
        endings.push(attacker.drained().await);
    }
    endings
}

#[tokio::test]
async fn half_sent_requests_cost_little_and_are_gone_in_time() {
    let hub = Hub::builder().access(Nobody).build();
    let served = Served::by(Server::new().request_timeout(TIME), hub).await;
    let before = resident();
    let begun = Instant::now();
    let body = "x".repeat(SENT);
    let mut posts = Vec::new();
    let mut heads = Vec::new();
    for attacker in 0..ATTACKERS {
        let below = if attacker % 2 == 0 { "" } else { "/control" };
        let post = served
            .post(below)
            .header("Content-Type", "application/json");
        posts.push(post.open_half_sent(1 << 20, &body).await);
        heads.push(served.get("?channel=a").open_head_only().await);
    }
    let plain_timer = sleep(TIME * 20);
    let all = async {
        // Clients without credentials are answered and closed, whatever length they have announced.
        let posts = ends(posts).await;
        (posts, ends(heads).await)
    };
    tokio::select! {
        (posts, heads) = all => {
            assert_eq!((posts.len(), heads.len()), (ATTACKERS, ATTACKERS));
        }
        () = plain_timer => panic!("some are still there after twenty times their time"),
    }
    assert!(begun.elapsed() >= TIME, "a head has its time");
    let growth = resident().saturating_sub(before);
    println!("{growth} bytes for {ATTACKERS} half-sent posts and as many half-sent heads");
    assert!(growth < 20_000_000, "{growth} bytes");
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_does_not_hold_a_connection() {
    let served = Served::by(Server::new().request_timeout(TIME), Hub::builder().build()).await;
    let wire = served.get("?channel=a").open_head_only().await;
    let slowloris = wire.slowloris(TIME / 10);
    tokio::select! {
        sent = slowloris => assert!(sent >= 5, "it had its time: {sent}"),
        () = sleep(TIME * 20) => panic!("it holds its connection for twenty times its time"),
    }
    // The limit doesn't apply to an open stream, nor to a connection that is used again in time.
    let mut stream = served.open("?channel=a").await;
    sleep(TIME * 2).await;
    served.publish("a", &["still there"]).await;
    assert_eq!(stream.brief().await, "a 1: still there");
}
