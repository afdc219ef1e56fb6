//! Two nodes on one Redis that are killed in turn.

mod support;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use support::{Answer, Folder, HubProcess, KEY, PATIENCE, Redis, Request, config, field, token};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

const KILLS: usize = 20;

/// Publishes numbers, each with its own key, at either node until the node confirms. Returns the
/// count of numbers and of retries.
async fn publish(
    nodes: [SocketAddr; 2],
    done: watch::Receiver<bool>,
    published: watch::Sender<usize>,
) -> (usize, usize) {
    let (mut number, mut retries) = (0, 0);
    while !*done.borrow() {
        let mut attempt = number;
        loop {
            let request = Request::new(nodes[attempt % 2], "POST", "/publish?channel=numbers");
            let request = request
                .bearer(KEY)
                .header("Idempotency-Key", &format!("number-{number}"))
                .body(&number.to_string());
            let answer = request.send().await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                break;
            }
            (attempt, retries) = (attempt + 1, retries + 1);
            // Both nodes may be down for a moment: one is starting while the other is killed.
            sleep(std::time::Duration::from_millis(2)).await;
        }
        number += 1;
        published.send_replace(number);
    }
    (number, retries)
}

/// Opens a stream at either node.
async fn open(nodes: [SocketAddr; 2], attempt: &mut usize, last: Option<&str>) -> Answer {
    let token = token("reader", &["numbers"], 600);
    loop {
        *attempt += 1;
        let mut request = Request::new(nodes[*attempt % 2], "GET", "/events?channel=numbers");
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        match request.bearer(&token).send().await {
            Ok(answer) if answer.status == 200 => return answer,
            _ => sleep(std::time::Duration::from_millis(2)).await,
        }
    }
}

/// Reads as a client does, at either node, and resumes from its last event ID. Returns the numbers
/// that arrived and how often it opened a stream.
async fn read(
    nodes: [SocketAddr; 2],
    total: watch::Receiver<Option<usize>>,
    opened: watch::Sender<bool>,
) -> (Vec<usize>, usize) {
    let (mut last, mut got, mut opens, mut attempt) = (None::<String>, Vec::new(), 0, 0);
    loop {
        let mut stream = open(nodes, &mut attempt, last.as_deref()).await;
        opens += 1;
        while let Ok(Some(frame)) = stream.frame().await {
            let event = field(&frame, "event").unwrap();
            assert!(
                !event.starts_with("@gap") && !event.starts_with("@error"),
                "{frame}"
            );
            if let Some(id) = field(&frame, "id") {
                last = Some(id.to_owned());
            }
            match event {
                "numbers" => got.push(field(&frame, "data").unwrap().parse().unwrap()),
                "@connected" => {
                    opened.send_replace(true);
                }
                _ => {}
            }
            let total = *total.borrow();
            if total.is_some_and(|total| got.len() >= total) {
                return (got, opens);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_killed_in_turn_twenty_times_deliver_every_event_exactly_once() {
    let redis = Redis::start().await;
    let folder = Folder::new();
    let addresses = [support::free_address(), support::free_address()];
    // The heartbeat makes the reader learn of the end even when no event comes.
    let configs: Vec<PathBuf> = addresses
        .iter()
        .enumerate()
        .map(|(number, address)| {
            let top = format!("listen = '{address}'\nheartbeat_seconds = 0.5");
            let log = format!("[log]\nredis = 'redis://{}/'\n", redis.address);
            folder.write(&format!("{number}.toml"), &config(&top, &log))
        })
        .collect();
    let mut nodes = [
        HubProcess::start(&configs[0]).await,
        HubProcess::start(&configs[1]).await,
    ];
    let (done, is_done) = watch::channel(false);
    let (published, mut has_published) = watch::channel(0);
    let (total, is_total) = watch::channel(None);
    let (opened, mut has_opened) = watch::channel(false);
    let reading = tokio::spawn(read(addresses, is_total, opened));
    timeout(PATIENCE, has_opened.wait_for(|opened| *opened))
        .await
        .unwrap()
        .unwrap();
    let publishing = tokio::spawn(publish(addresses, is_done, published));

    for kill in 0..KILLS {
        // The kill must come while events are under way, whichever node they take.
        let some = *has_published.borrow() + 20;
        let more = has_published.wait_for(|published| *published >= some);
        timeout(PATIENCE, more).await.unwrap().unwrap();
        let node = kill % 2;
        nodes[node].kill().await;
        nodes[node] = HubProcess::start(&configs[node]).await;
    }
    done.send_replace(true);
    let (count, retries) = timeout(PATIENCE, publishing).await.unwrap().unwrap();
    total.send_replace(Some(count));
    let (got, opens) = timeout(PATIENCE, reading).await.unwrap().unwrap();
    let expected: Arc<[usize]> = (0..count).collect();
    assert_eq!(got, *expected);
    // A run without retries and reconnects would have tested nothing.
    assert!(
        count > KILLS * 20 && retries > 0 && opens > 5,
        "{count} {retries} {opens}"
    );
    println!("{count} events, published again {retries} times, read over {opens} streams");
}
