//! Replay: the events that are sent again, their order, and the gaps that are announced.

mod support;

use std::time::Duration;

use everstream_server::hub::Hub;
use serde_json::json;
use support::{Served, field, position};

/// Starts a hub that keeps three events.
async fn short() -> Served {
    let builder = Hub::builder().log_capacity(3, 1 << 20);
    Served::start(builder.channel_history(0, 0, Duration::ZERO)).await
}

fn epoch(served: &Served) -> String {
    served.hub.head().epoch().to_owned()
}

#[tokio::test]
async fn a_reconnect_gets_what_it_missed() {
    let served = Served::start(Hub::builder()).await;
    served.publish("a", &["1", "2"]).await;
    served.publish("b", &["3"]).await;
    served.publish("a", &["4"]).await;
    let id = format!("{}-1", epoch(&served));
    let resumed = ["a 2: 2", "b 3: 3", "a 4: 4"];
    let query = "?channel=a&channel=b";
    let header = served.get(query).header("Last-Event-ID", &id);
    let mut header = support::Stream::of(header.send().await.unwrap()).await;
    assert_eq!(field(&header.first, "id"), Some(&*id));
    assert_eq!(header.briefs(3).await, resumed);
    let mut parameter = served.open(&format!("{query}&lastEventId={id}")).await;
    assert_eq!(parameter.briefs(3).await, resumed);
    let both = served.get(&format!("{query}&lastEventId=x-9"));
    let both = both.header("Last-Event-ID", &id).send().await.unwrap();
    let mut both = support::Stream::of(both).await;
    assert_eq!(both.briefs(3).await, resumed, "the header wins");
    served.publish("b", &["5"]).await;
    for stream in [&mut header, &mut parameter, &mut both] {
        assert_eq!(stream.brief().await, "b 5: 5");
    }
}

/// A client of plain events knows the answer's header, as Mercure has it, but not `@gap`.
#[tokio::test]
async fn an_answer_that_begins_with_a_gap_names_another_position() {
    let builder = Hub::builder().allow_any_origin().log_capacity(3, 1 << 20);
    let served = Served::start(builder.channel_history(0, 0, Duration::ZERO)).await;
    served.publish("a", &["1", "2", "3", "4", "5"]).await;
    let own = epoch(&served);
    let head = Some(format!("{own}-5"));
    for (id, expected) in [
        // The log was lost, or was never this one.
        ("elsewhere-5".to_owned(), head.clone()),
        ("anything".to_owned(), head.clone()),
        (format!("{own}-9"), head.clone()),
        // The log is too short.
        (format!("{own}-1"), head),
        (format!("{own}-2"), None),
        (format!("{own}-5"), None),
        (String::new(), None),
    ] {
        let request = served.get("?channel=a").header("Last-Event-ID", &id);
        let request = request.header("Origin", "http://page.example");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.header("last-event-id"), expected.as_deref(), "{id}");
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("last-event-id"), "{exposed}");
    }
}

#[tokio::test]
async fn what_is_no_longer_kept_is_a_gap() {
    let served = short().await;
    served.publish("a", &["1", "2", "3", "4", "5"]).await;
    let epoch = epoch(&served);
    let mut at_edge = served
        .open(&format!("?channel=a&lastEventId={epoch}-2"))
        .await;
    assert_eq!(at_edge.briefs(3).await, ["a 3: 3", "a 4: 4", "a 5: 5"]);
    let mut missed = served
        .open(&format!("?channel=a&channel=b&lastEventId={epoch}-1"))
        .await;
    let gap = r#"@gap 2: {"channels":["a"]}"#;
    assert_eq!(missed.briefs(4).await, [gap, "a 3: 3", "a 4: 4", "a 5: 5"]);
}

#[tokio::test]
async fn a_position_of_another_log_is_a_gap() {
    let served = short().await;
    served.publish("a", &["1", "2"]).await;
    for id in ["other-1", "0", "a%20b"] {
        let mut stream = served.open(&format!("?channel=a&lastEventId={id}")).await;
        assert_eq!(
            field(&stream.first, "id"),
            None,
            "a new position would hide the gap from a client that loses the connection here"
        );
        let gap = r#"@gap 0: {"channels":["a"]}"#;
        assert_eq!(stream.briefs(3).await, [gap, "a 1: 1", "a 2: 2"]);
    }
}

#[tokio::test]
async fn a_position_ahead_of_the_log_is_a_gap_that_repeats_nothing() {
    let served = short().await;
    served.publish("a", &["1", "2"]).await;
    let ahead = format!("{}-3", epoch(&served));
    let mut stream = served
        .open(&format!("?channel=a&lastEventId={ahead}"))
        .await;
    assert_eq!(field(&stream.first, "id"), None);
    assert_eq!(stream.brief().await, r#"@gap 2: {"channels":["a"]}"#);
    served.publish("a", &["3"]).await;
    assert_eq!(
        stream.brief().await,
        "a 3: 3",
        "whoever was at 3 has had 1 and 2"
    );
}

#[tokio::test]
async fn a_new_client_begins_now() {
    let served = short().await;
    served.publish("a", &["1"]).await;
    let mut stream = served.open("?channel=a").await;
    assert_eq!(position(&stream.first), served.hub.head().to_string());
    served.publish("a", &["2"]).await;
    assert_eq!(stream.brief().await, "a 2: 2");
}

#[tokio::test]
async fn channels_begin_where_they_are_told() {
    let served = Served::start(Hub::builder()).await;
    served.publish("a", &["1"]).await;
    served.publish("b", &["2"]).await;
    served.publish("c", &["3"]).await;
    served.publish("b", &["4"]).await;
    served.publish("a", &["5"]).await;
    let epoch = epoch(&served);
    let query = format!(
        "?channel=a&channel=b&channel=c&channel=d&lastEventId={epoch}-2\
         &from=now%20a&from={epoch}-0%20b&from={epoch}-3%20c"
    );
    let mut stream = served.open(&query).await;
    assert_eq!(position(&stream.first), format!("{epoch}-2"));
    served.publish("a", &["6"]).await;
    // The hub replays `b` up to the connection's last event ID, and then all channels go on together.
    // `a` begins at the head, and `c` after the event that it has seen.
    assert_eq!(stream.briefs(3).await, ["b 2: 2", "b 4: 4", "a 6: 6"]);
}

#[tokio::test]
async fn a_replay_lies_between_its_set_and_newer_events() {
    let served = Served::start(Hub::builder()).await;
    let mut stream = served.open("?channel=a").await;
    served.publish("b", &["1", "2", "3"]).await;
    let epoch = epoch(&served);
    let from = json!({ "b": format!("{epoch}-1") });
    let control = served.control_from(&stream, 1, &["a", "b"], &from);
    assert_eq!(control.status().await, 202);
    served.publish("a", &["4"]).await;
    let expected = [
        r#"@subscribed 3: {"revision":1}"#,
        "b 2: 2",
        "b 3: 3",
        "a 4: 4",
    ];
    assert_eq!(stream.briefs(4).await, expected);
}

#[tokio::test]
async fn a_replay_from_too_early_is_a_gap_of_that_channel_alone() {
    let served = short().await;
    let mut stream = served.open("?channel=a").await;
    served.publish("b", &["1", "2", "3", "4"]).await;
    let epoch = epoch(&served);
    let from = json!({ "b": format!("{epoch}-0"), "c": "other-7", "d": format!("{epoch}-1") });
    let control = served.control_from(&stream, 1, &["a", "b", "c", "d"], &from);
    assert_eq!(control.status().await, 202);
    let expected = [
        r#"@subscribed 4: {"revision":1}"#,
        r#"@gap 4: {"channels":["b","c"]}"#,
        "b 2: 2",
        "b 3: 3",
        "b 4: 4",
    ];
    assert_eq!(stream.briefs(5).await, expected);
    served.publish("a", &["5"]).await;
    assert_eq!(stream.brief().await, "a 5: 5");
}

#[tokio::test]
async fn a_channel_begun_anew_is_replayed_and_from_now_it_goes_on() {
    let served = Served::start(Hub::builder()).await;
    let mut stream = served.open("?channel=a").await;
    served.publish("a", &["1", "2"]).await;
    assert_eq!(stream.briefs(2).await, ["a 1: 1", "a 2: 2"]);
    let from = json!({ "a": format!("{}-1", epoch(&served)) });
    let control = served.control_from(&stream, 1, &["a"], &from);
    assert_eq!(control.status().await, 202);
    let expected = [r#"@subscribed 2: {"revision":1}"#, "a 2: 2"];
    assert_eq!(stream.briefs(2).await, expected);
    let control = served.control_from(&stream, 2, &["a"], &json!({ "a": "now" }));
    assert_eq!(control.status().await, 202);
    served.publish("a", &["3"]).await;
    let expected = [r#"@subscribed 2: {"revision":2}"#, "a 3: 3"];
    assert_eq!(stream.briefs(2).await, expected);
}

#[tokio::test]
async fn a_replay_of_more_than_a_queue_is_no_gap() {
    const EVENTS: usize = 3_000;

    let served = Served::start(Hub::builder()).await;
    let start = served.hub.head();
    let texts: Vec<String> = (1..=EVENTS).map(|n| n.to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    served.publish("b", &texts).await;
    let mut stream = served.open("?channel=a").await;
    let from = json!({ "b": start.to_string() });
    let control = served.control_from(&stream, 1, &["a", "b"], &from);
    assert_eq!(control.status().await, 202);
    assert!(stream.brief().await.starts_with("@subscribed"));
    for text in texts {
        assert_eq!(stream.brief().await, format!("b {text}: {text}"));
    }
}
