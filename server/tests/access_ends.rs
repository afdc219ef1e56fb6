//! Access belongs to a stream and not only to its opening: it expires, and it can be revoked. Events
//! published before a grant stay closed unless the grant opens them.

#[path = "support/rights.rs"]
mod rights;
mod support;

use std::time::Duration;

use everstream_server::hub::{Disconnect, Grant, Hub};
use rights::Rights;
use serde_json::json;
use support::{Ending, PATIENCE, Request, Served, Stream, field, position};
use tokio::time::{Instant, sleep, timeout};

const FORBIDDEN: &str = r#"{"code":"forbidden","message":"not yours"}"#;
const REVOKED: &str = r#"{"code":"revoked","message":"access to this channel was taken back"}"#;

async fn served() -> (Served, Rights) {
    let rights = Rights::default();
    for channel in ["a", "secret"] {
        rights.grant("alice", channel);
        rights.grant("bob", channel);
    }
    let builder = Hub::builder().access(rights.clone());
    let served = Served::start(builder.log_capacity(100_000, 1 << 30)).await;
    (served, rights)
}

fn of(user: &str, request: Request) -> Request {
    request.header("X-User", user)
}

async fn open(served: &Served, user: &str, query: &str) -> Stream {
    Stream::of(of(user, served.get(query)).send().await.unwrap()).await
}

#[tokio::test]
async fn a_channel_that_is_taken_back_brings_nothing_more() {
    let (served, rights) = served().await;
    let mut alice = open(&served, "alice", "?channel=a&channel=secret").await;
    let mut bob = open(&served, "bob", "?channel=secret").await;
    served.publish("secret", &["before"]).await;
    rights.withdraw("alice", "secret");
    served.hub.revoke("alice", "secret").await.unwrap();
    served.publish("secret", &["after"]).await;
    served.publish("a", &["shown"]).await;
    let refused = format!("@error secret -: {REVOKED}");
    let first = alice.brief().await;
    // The event may have been sent before the revocation, or withdrawn from the queue by it.
    if first == "secret 1: before" {
        assert_eq!(alice.brief().await, refused);
    } else {
        assert_eq!(first, refused);
    }
    assert_eq!(alice.brief().await, "a 4: shown");
    assert_eq!(bob.briefs(2).await, ["secret 1: before", "secret 3: after"]);
    let connections = served.hub.connections();
    let alice = connections
        .iter()
        .find(|it| it.identity == "alice")
        .unwrap();
    assert_eq!(alice.channels, ["a"]);
}

#[tokio::test]
async fn a_channel_that_is_taken_back_is_not_replayed() {
    let (served, rights) = served().await;
    let alice = open(&served, "alice", "?channel=secret").await;
    let before = position(&alice.first).to_owned();
    served.publish("secret", &["hidden"]).await;
    rights.withdraw("alice", "secret");
    served.hub.revoke("alice", "secret").await.unwrap();
    let query = format!("?channel=a&channel=secret&from={before}%20secret&lastEventId={before}");
    let mut again = open(&served, "alice", &query).await;
    served.publish("a", &["shown"]).await;
    let expected = [format!("@error secret -: {FORBIDDEN}"), "a 3: shown".into()];
    assert_eq!(again.briefs(2).await, expected);
}

#[tokio::test]
async fn each_control_request_is_judged_for_every_channel() {
    let (served, rights) = served().await;
    let mut alice = open(&served, "alice", "?channel=a&channel=secret").await;
    rights.withdraw("alice", "secret");
    let control = of("alice", served.control(&alice, 1, &["a", "secret"]));
    assert_eq!(control.status().await, 202);
    served.publish("secret", &["hidden"]).await;
    served.publish("a", &["shown"]).await;
    let expected = [
        r#"@subscribed 0: {"revision":1}"#.to_owned(),
        format!("@error secret -: {FORBIDDEN}"),
        "a 2: shown".to_owned(),
    ];
    assert_eq!(alice.briefs(3).await, expected);
}

#[tokio::test]
async fn a_channel_taken_back_while_a_stream_is_judged_does_not_slip_in() {
    let (served, rights) = served().await;
    let barrier = rights.hold_one();
    let request = of("alice", served.get("?channel=secret"));
    let opening = tokio::spawn(request.send());
    barrier.arrived().await;
    rights.withdraw("alice", "secret");
    served.hub.revoke("alice", "secret").await.unwrap();
    barrier.release();
    let mut alice = Stream::of(opening.await.unwrap().unwrap()).await;
    assert_eq!(alice.brief().await, format!("@error secret -: {FORBIDDEN}"));
    assert_eq!(served.hub.connections()[0].channels, [""; 0]);
}

#[tokio::test]
async fn a_channel_taken_back_while_a_change_is_judged_does_not_slip_in() {
    let (served, rights) = served().await;
    let mut alice = open(&served, "alice", "?channel=a").await;
    let barrier = rights.hold_one();
    let from = json!({ "secret": position(&alice.first) });
    served.publish("secret", &["hidden"]).await;
    let control = served.control_from(&alice, 1, &["secret", "a"], &from);
    let control = tokio::spawn(of("alice", control).status());
    barrier.arrived().await;
    rights.withdraw("alice", "secret");
    served.hub.revoke("alice", "secret").await.unwrap();
    barrier.release();
    assert_eq!(control.await.unwrap(), 202);
    let expected = [
        r#"@subscribed 2: {"revision":1}"#.to_owned(),
        format!("@error secret -: {FORBIDDEN}"),
    ];
    assert_eq!(alice.briefs(2).await, expected);
    assert_eq!(served.hub.connections()[0].channels, ["a"]);
}

#[tokio::test]
async fn a_refusal_comes_behind_the_set_that_it_is_of_or_not_at_all() {
    let (served, rights) = served().await;
    rights.withdraw("alice", "secret");
    let mut alice = open(&served, "alice", "?channel=a").await;
    let control = |revision, set: &[&str]| of("alice", served.control(&alice, revision, set));
    // The barrier holds the judgement of the first revision, so that the second revision overtakes it.
    let barrier = rights.hold_one();
    let overtaken = tokio::spawn(control(1, &["secret"]).status());
    barrier.arrived().await;
    assert_eq!(control(2, &["a"]).status().await, 202);
    barrier.release();
    assert_eq!(overtaken.await.unwrap(), 202);
    for revision in [3, 4] {
        let status = control(revision, &["a", "secret"]).status().await;
        assert_eq!(status, 202);
    }
    served.publish("a", &["1"]).await;
    let refused = format!("@error secret -: {FORBIDDEN}");
    let subscribed = |revision: u64| format!(r#"@subscribed 0: {{"revision":{revision}}}"#);
    let expected = [
        subscribed(2),
        subscribed(3),
        refused.clone(),
        subscribed(4),
        refused,
        "a 1: 1".to_owned(),
    ];
    let mut briefs = alice.briefs(5).await;
    // The hub may announce only the next set if no event lies behind this one.
    if briefs[0] == subscribed(2) {
        briefs.push(alice.brief().await);
    } else {
        briefs.insert(0, subscribed(2));
    }
    assert_eq!(briefs, expected);
}

#[tokio::test]
async fn a_principal_banned_while_a_stream_is_judged_does_not_slip_in() {
    let (served, rights) = served().await;
    let barrier = rights.hold_one();
    let request = of("alice", served.get("?channel=a"));
    let opening = tokio::spawn(request.status());
    barrier.arrived().await;
    rights.ban("alice");
    let alice = Disconnect::Identity("alice");
    served.hub.disconnect(alice).await.unwrap();
    barrier.release();
    assert_eq!(opening.await.unwrap(), 401);
}

#[tokio::test]
async fn streams_are_ended_by_identity_and_by_name() {
    let (served, _) = served().await;
    let mut first = open(&served, "alice", "?channel=a").await;
    let mut second = open(&served, "alice", "?channel=a").await;
    let mut bob = open(&served, "bob", "?channel=a").await;
    let name = first.connection();
    let first_alone = Disconnect::Connection(&name);
    served.hub.disconnect(first_alone).await.unwrap();
    assert_eq!(first.response.rest().await, (String::new(), Ending::Clean));
    served.publish("a", &["1"]).await;
    assert_eq!(second.brief().await, "a 2: 1");
    let alice = Disconnect::Identity("alice");
    served.hub.disconnect(alice).await.unwrap();
    assert_eq!(second.response.rest().await, (String::new(), Ending::Clean));
    served.publish("a", &["2"]).await;
    assert_eq!(bob.briefs(2).await, ["a 2: 1", "a 4: 2"]);
}

#[tokio::test]
async fn a_stream_ends_with_its_credentials_and_nothing_is_lost() {
    const HOLDS: Duration = Duration::from_millis(300);

    let (served, _) = served().await;
    let request = of("alice", served.get("?channel=a"));
    let begun = Instant::now();
    let request = request.header("X-Expires-In", &HOLDS.as_millis().to_string());
    let mut stream = Stream::of(request.send().await.unwrap()).await;
    served.publish("a", &["1"]).await;
    assert_eq!(stream.brief().await, "a 1: 1");
    // The stream must end at its time even if it never waits, so the test publishes without a pause.
    let (mut last, mut published) = (served.hub.head(), 1);
    let plain_timer = tokio::spawn(sleep(HOLDS * 10));
    loop {
        published += 1;
        served.publish("a", &[&published.to_string()]).await;
        match stream.response.frame().await {
            Some(frame) => last = position(&frame).parse().unwrap(),
            None => break,
        }
    }
    assert!(begun.elapsed() >= HOLDS);
    assert!(
        !plain_timer.is_finished(),
        "it outlived its credentials by far"
    );

    let request = of("alice", served.get("?channel=a"));
    let request = request.header("Last-Event-ID", &last.to_string());
    let mut again = Stream::of(request.send().await.unwrap()).await;
    for expected in last.seq() + 1..=published {
        assert_eq!(again.brief().await, format!("a {expected}: {expected}"));
    }
}

#[tokio::test]
async fn a_quiet_stream_ends_with_its_credentials_too() {
    const HOLDS: Duration = Duration::from_millis(200);

    let (served, _) = served().await;
    let request = of("alice", served.get("?channel=a"));
    let request = request.header("X-Expires-In", &HOLDS.as_millis().to_string());
    let mut stream = Stream::of(request.send().await.unwrap()).await;
    let plain_timer = sleep(HOLDS * 20);
    tokio::select! {
        (rest, ending) = stream.response.rest() => {
            assert_eq!((&*rest, ending), ("", Ending::Clean));
        }
        () = plain_timer => panic!("a heartbeat takes 15 s, and the credentials don't hold so long"),
    }
    let expired = of("alice", served.get("?channel=a")).header("X-Expires-In", "0");
    let mut expired = expired.send().await.unwrap();
    assert_eq!(expired.status, 401);
    assert!(expired.whole().await.contains("expired"));
}

#[tokio::test]
async fn what_was_published_before_a_grant_is_closed() {
    let (served, rights) = served().await;
    let start = served.hub.head();
    served.publish("room", &["1", "2"]).await;
    let joined = served.hub.snapshot_position();
    served.publish("room", &["3", "4"]).await;
    rights.grant_as("alice", "room", Grant::since(joined.clone()));
    rights.grant_as("bob", "room", Grant::from_now_on());
    let gap = |seq: u64| format!(r#"@gap {seq}: {{"channels":["room"]}}"#);

    // One stream resumes by the connection's last event ID, the other by the channel's own position.
    let resumed = format!("?channel=room&lastEventId={start}");
    let replayed = format!("?channel=room&from={start}%20room");
    let mut alice = open(&served, "alice", &resumed).await;
    assert_eq!(alice.briefs(3).await, [&gap(0), "room 3: 3", "room 4: 4"]);
    let mut alice = open(&served, "alice", &replayed).await;
    assert_eq!(alice.briefs(3).await, [&gap(4), "room 3: 3", "room 4: 4"]);
    let within = format!("?channel=room&lastEventId={joined}");
    let mut alice = open(&served, "alice", &within).await;
    assert_eq!(alice.briefs(2).await, ["room 3: 3", "room 4: 4"], "no gap");

    let mut by_position = open(&served, "bob", &resumed).await;
    assert_eq!(by_position.brief().await, gap(0));
    let mut by_channel = open(&served, "bob", &replayed).await;
    assert_eq!(by_channel.brief().await, gap(4));
    let mut unknown = open(&served, "bob", "?channel=room&lastEventId=other-7").await;
    let gap_alone = r#"@gap -: {"channels":["room"]}"#;
    assert_eq!(unknown.brief().await, gap_alone);
    let mut new = open(&served, "bob", "?channel=room").await;
    served.publish("room", &["5"]).await;
    for stream in [&mut by_position, &mut by_channel, &mut unknown, &mut new] {
        assert_eq!(stream.brief().await, "room 5: 5");
    }

    // A change of the set must not open the history either.
    let mut bob = open(&served, "bob", "?channel=a").await;
    let from = json!({ "room": start.to_string() });
    let control = served.control_from(&bob, 1, &["a", "room"], &from);
    assert_eq!(of("bob", control).status().await, 202);
    let expected = [r#"@subscribed 5: {"revision":1}"#, &gap(5)];
    assert_eq!(bob.briefs(2).await, expected);
    served.publish("room", &["6"]).await;
    assert_eq!(bob.brief().await, "room 6: 6");
}

#[tokio::test]
async fn a_state_read_behind_its_position_is_complete() {
    let served = Served::start(Hub::builder()).await;
    served.publish("a", &["in the state"]).await;
    let position = served.hub.snapshot_position();
    // This event is published while the state is read and the page is on its way.
    served.publish("a", &["later"]).await;
    let query = format!("?channel=a&from={position}%20a");
    let mut stream = served.open(&query).await;
    assert_eq!(stream.brief().await, "a 2: later");
}

#[tokio::test]
async fn queued_events_of_a_channel_taken_back_are_not_sent() {
    let (served, rights) = served().await;
    let mut alice = open(&served, "alice", "?channel=a&channel=secret").await;
    // The filling exceeds all buffers on the way, so that the last events wait in the hub.
    let filling = "x".repeat(1 << 10);
    for _ in 0..20_000 {
        served.publish("secret", &[&filling]).await;
        tokio::task::yield_now().await;
    }
    rights.withdraw("alice", "secret");
    let revoked = served.hub.revoke("alice", "secret").await.unwrap();
    served.publish("a", &["end"]).await;
    let (mut sent, mut is_refused) = (0, false);
    let reading = async {
        loop {
            let frame = alice.next().await;
            match field(&frame, "event").unwrap() {
                "secret" => {
                    assert!(!is_refused, "{frame}");
                    sent += 1;
                }
                "@error secret" => is_refused = true,
                other => break assert_eq!(other, "a"),
            }
        }
    };
    timeout(PATIENCE, reading).await.unwrap();
    assert!(is_refused);
    assert!(sent < revoked.seq() - 1, "all {sent} were sent");
}
