//! The memory cost of clients that don't read. The test has a binary to itself, so that it alone
//! determines the memory of the process.
#![cfg(target_os = "linux")]

mod support;

use everstream_server::{hub::Hub, sse::Event};
use support::Served;

/// A program has at most one allocator, so this line compiles only as long as the library installs none.
#[global_allocator]
static ALLOCATOR: std::alloc::System = std::alloc::System;

const CLIENTS: usize = 8;
const EVENT: usize = 1 << 10;
/// Number of events, 100 MB in all.
const EVENTS: usize = 100_000_000 / EVENT;

/// Maximum size of the log, in bytes.
const LOG: usize = 1 << 20;

/// Maximum cost of a client, in bytes: its queue of 256 KiB at the default, the bytes that the HTTP
/// server has taken out of the queue to write, and the allocator's share.
const PER_CLIENT: usize = 1 << 20;

/// Returns the memory that this process holds, in bytes. See `proc_pid_status(5)`.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let size = lines.find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes = size.trim().strip_suffix(" kB").unwrap();
    kibibytes.parse::<usize>().unwrap() * 1024
}

#[tokio::test]
async fn clients_that_do_not_read_cost_no_more_than_a_mebibyte_each() {
    let served = Served::start(Hub::builder().log_capacity(usize::MAX, LOG)).await;
    let channels: Vec<String> = (0..CLIENTS).map(|client| format!("c{client}")).collect();
    let mut clients = Vec::new();
    for channel in &channels {
        clients.push(served.open(&format!("?channel={channel}")).await);
    }
    let before = resident();
    let data = "x".repeat(EVENT);
    let mut most = before;
    for event in 0..EVENTS {
        // Each client has events of its own; otherwise the queues would share their memory.
        let channel = &channels[event % CLIENTS];
        let event_of_it = Event::new(data.clone());
        served.hub.publish(channel, event_of_it).await.unwrap();
        if event % 64 == 0 {
            tokio::task::yield_now().await;
            most = most.max(resident());
        }
    }
    let growth = most - before;
    let limit = LOG + CLIENTS * PER_CLIENT;
    println!("{growth} bytes for {CLIENTS} clients and a log of {LOG}");
    assert!(growth <= limit, "{growth} bytes are more than {limit}");
    assert_eq!(
        served.hub.connections().len(),
        CLIENTS,
        "all are still there"
    );
    drop(clients);
}
