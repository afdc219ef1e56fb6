//! The behaviour that every hook owes, in every framework.

use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use super::Wanted;
use super::hub::Hub;
use super::page::Page;
use super::scenario::Scenario;
use super::wait::eventually;

/// Creates a scenario that sends `events` events in one burst and then holds the connection open.
pub(super) async fn held(events: u64) -> Scenario {
    Scenario::new(json!({ "events": events, "finish": "hold" })).await
}

pub(super) async fn until_left(scenario: &Scenario) {
    let left = "the server sees the close";
    eventually(left, || scenario.report(), |report| report.active == 0).await;
}

pub(super) async fn attempts(scenario: &Scenario) -> usize {
    scenario.report().await.attempts.len()
}

pub(super) fn all_of(count: u64) -> String {
    format!("{count} events to {count}, 0 out of order, 0 errors")
}

#[wasm_bindgen_test]
async fn it_mounts_and_updates() {
    let scenario = held(5).await;
    let page = Page::new(Wanted::Url(scenario.url()));
    page.shows("latest", "5").await;
    page.shows("child", "5").await;
    page.shows("variant", "5").await;
    page.shows("text", r#"{"n":5}"#).await;
    page.shows("list", "2:3 3:4 4:5").await;
    page.shows("fold", &all_of(5)).await;
    let state = page.until("state", |state| state.starts_with("open"));
    page.shows("child-state", &state.await).await;
    page.shows("error", "none").await;
}

#[wasm_bindgen_test]
async fn all_hooks_of_a_source_share_one_connection() {
    let scenario = held(5).await;
    let page = Page::new(Wanted::Url(scenario.url()));
    page.shows("child", "5").await;
    page.shows("fold", &all_of(5)).await;
    assert_eq!(attempts(&scenario).await, 1);
}

#[wasm_bindgen_test]
async fn no_event_of_a_burst_is_collapsed() {
    const BURST: u64 = 20_000;
    let scenario = held(BURST).await;
    let page = Page::new(Wanted::Url(scenario.url()));
    page.until("fold", |fold| fold.contains(&format!("to {BURST},")))
        .await;
    page.shows("fold", &all_of(BURST)).await;
    page.shows("latest", &BURST.to_string()).await;
}

#[wasm_bindgen_test]
async fn another_url_closes_and_opens() {
    let (one, other) = (held(5).await, held(3).await);
    let page = Page::new(Wanted::Url(one.url()));
    page.shows("fold", &all_of(5)).await;
    page.want(Wanted::Url(other.url()));
    page.shows("fold", &all_of(3)).await;
    page.shows("latest", "3").await;
    page.shows("list", "0:1 1:2 2:3").await;
    until_left(&one).await;
    assert_eq!(other.report().await.active, 1);
}

#[wasm_bindgen_test]
async fn other_options_close_and_open() {
    let scenario = held(5).await;
    let page = Page::new(Wanted::Url(scenario.url()));
    page.shows("fold", &all_of(5)).await;
    page.want(Wanted::Fetch(scenario.url()));
    let twice = "it is opened again";
    eventually(
        twice,
        || scenario.report(),
        |report| report.attempts.len() == 2,
    )
    .await;
    page.shows("fold", &all_of(5)).await;
    let one = "the first one is closed";
    eventually(one, || scenario.report(), |report| report.active == 1).await;
}

#[wasm_bindgen_test]
async fn the_same_url_again_changes_nothing() {
    let (scenario, other) = (held(5).await, held(2).await);
    let page = Page::new(Wanted::Url(scenario.url()));
    page.shows("fold", &all_of(5)).await;
    page.want(Wanted::Url(scenario.url()));
    // The click follows the URL, so its effect shows that the URL has been examined.
    page.click("touch");
    page.shows("touched", "1").await;
    page.shows("fold", &all_of(5)).await;
    assert_eq!(attempts(&scenario).await, 1);
    page.want(Wanted::Url(other.url()));
    page.shows("fold", &all_of(2)).await;
    assert_eq!(attempts(&scenario).await, 1);
}

#[wasm_bindgen_test]
async fn unmounting_closes() {
    let scenario = held(5).await;
    let page = Page::new(Wanted::Url(scenario.url()));
    page.shows("fold", &all_of(5)).await;
    assert_eq!(scenario.report().await.active, 1);
    page.unmount().await;
    until_left(&scenario).await;
    assert_eq!(page.text("fold"), None);
}

#[wasm_bindgen_test]
async fn unmounting_while_it_connects_closes() {
    let scenario = Scenario::with(1, json!([{ "kind": "hang" }])).await;
    let page = Page::new(Wanted::Url(scenario.url()));
    let asked = "the request has arrived";
    eventually(asked, || scenario.report(), |report| report.active == 1).await;
    page.unmount().await;
    until_left(&scenario).await;
}

#[wasm_bindgen_test]
async fn a_storm_of_remounts_leaves_nothing_open() {
    const STORM: usize = 1000;
    let scenario = held(3).await;
    let page = Page::new(Wanted::Nothing);
    for round in 0..STORM {
        page.unmount().await;
        page.want(Wanted::Url(scenario.url()));
        match round % 4 {
            // Remounts as soon as the component is there, while it connects, or when it has events.
            0 => page.until("state", |_| true).await,
            1 | 2 => page.until("state", |state| state != "idle").await,
            _ => page.until("latest", |latest| latest == "3").await,
        };
    }
    page.shows("fold", &all_of(3)).await;
    let one = "only the last one is open";
    eventually(one, || scenario.report(), |report| report.active == 1).await;
    let opened = attempts(&scenario).await;
    assert!(
        (STORM / 4..=STORM).contains(&opened),
        "{opened} connections"
    );
    page.unmount().await;
    until_left(&scenario).await;
}

#[wasm_bindgen_test]
async fn nothing_wanted_keeps_what_was_received() {
    let scenario = held(5).await;
    let page = Page::new(Wanted::Nothing);
    page.shows("state", "idle").await;
    page.want(Wanted::Url(scenario.url()));
    page.shows("fold", &all_of(5)).await;
    page.want(Wanted::Nothing);
    until_left(&scenario).await;
    page.shows("state", "idle").await;
    page.shows("fold", &all_of(5)).await;
}

#[wasm_bindgen_test]
async fn closing_by_hand_keeps_what_was_received() {
    let scenario = held(5).await;
    let page = Page::new(Wanted::Url(scenario.url()));
    page.shows("fold", &all_of(5)).await;
    page.click("close");
    until_left(&scenario).await;
    page.shows("state", "closed").await;
    page.shows("fold", &all_of(5)).await;
}

#[wasm_bindgen_test]
async fn an_error_is_shown_and_reopening_tries_again() {
    let attempts = json!([{ "kind": "status", "status": 404 }, { "kind": "serve" }]);
    let scenario = scenario_held(2, attempts).await;
    let page = Page::new(Wanted::Fetch(scenario.url()));
    let state = page
        .until("state", |state| state.starts_with("closed"))
        .await;
    assert!(state.contains("404"), "{state}");
    let error = page.until("error", |error| error != "none").await;
    assert!(error.contains("404"), "{error}");
    page.shows("fold", "0 events to 0, 0 out of order, 1 errors")
        .await;
    page.click("reopen");
    page.shows("fold", &all_of(2)).await;
    page.shows("error", "none").await;
}

#[wasm_bindgen_test]
async fn waiting_is_shown() {
    let attempts = json!([
        { "kind": "status", "status": 503, "headers": { "retry-after": "1" } },
        { "kind": "serve" },
    ]);
    let scenario = scenario_held(2, attempts).await;
    let page = Page::new(Wanted::Fetch(scenario.url()));
    let state = page
        .until("state", |state| state.starts_with("waiting"))
        .await;
    assert!(state.contains("503"), "{state}");
    page.shows("fold", &all_of(2)).await;
}

#[wasm_bindgen_test]
async fn a_bad_url_is_shown() {
    let page = Page::new(Wanted::Url("http://[".into()));
    page.until("state", |state| state.starts_with("closed: `http://[`"))
        .await;
    page.until("error", |error| error.contains("not a valid URL"))
        .await;
}

#[wasm_bindgen_test]
async fn a_bad_payload_is_shown_until_the_next_event() {
    let frames = [
        "id: 1\nevent: tick\ndata: {\"n\":1}\n\n",
        "id: 2\nevent: tick\ndata: oh\n\n",
        "id: 3\nevent: tick\ndata: {\"n\":2}\n\n",
    ];
    let bad_last = Scenario::new(json!({ "raw": frames[..2], "finish": "hold" })).await;
    let page = Page::new(Wanted::Url(bad_last.url()));
    page.until("error", |error| error.contains("`tick` event"))
        .await;
    page.shows("latest", "1").await;
    let good_last = Scenario::new(json!({ "raw": frames, "finish": "hold" })).await;
    page.want(Wanted::Url(good_last.url()));
    page.shows("latest", "2").await;
    page.shows("error", "none").await;
    page.shows("fold", "2 events to 2, 0 out of order, 1 errors")
        .await;
}

#[wasm_bindgen_test]
async fn a_lost_connection_loses_nothing_in_the_fold() {
    let attempts = json!([
        { "kind": "serve", "stopAfter": 40, "stop": "cut" },
        { "kind": "status", "status": 502 },
        { "kind": "serve", "stopAfter": 40, "stop": "reset" },
        { "kind": "serve" },
    ]);
    // An interval between events, because browsers deliver nothing of a burst that is cut off at once.
    let scenario = Scenario::new(json!({
        "events": 120,
        "intervalMs": 2,
        "attempts": attempts,
        "finish": "hold",
    }))
    .await;
    let page = Page::new(Wanted::Fetch(scenario.url()));
    page.shows("fold", &all_of(120)).await;
    page.shows("latest", "120").await;
    assert!(scenario.report().await.attempts.len() >= 4);
}

#[wasm_bindgen_test]
async fn channels_share_a_connection_and_follow_their_name() {
    let hub = Hub::new().await;
    let channel = |name| Wanted::Channel {
        url: hub.url(),
        name,
    };
    let page = Page::new(channel("one"));
    page.until("state", |state| state.starts_with("open")).await;
    page.until("other", |other| {
        other == "0 events to 0, 0 out of order, 0 errors"
    })
    .await;
    hub.publish_numbers(&["one".into(), "other".into()], 5, 0)
        .await;
    page.shows("fold", &all_of(5)).await;
    page.shows("latest", "5").await;
    page.shows("other", &all_of(5)).await;

    page.want(channel("two"));
    page.shows("fold", &all_of(0)).await;
    page.until("state", |state| state.starts_with("open")).await;
    hub.publish_numbers(&["one".into(), "two".into()], 3, 0)
        .await;
    page.shows("fold", &all_of(3)).await;
    page.shows("other", &all_of(5)).await;
    let report = hub.report().await;
    assert_eq!((report.open, report.opened), (1, 1));

    page.unmount().await;
    let left = "the server sees the close";
    eventually(left, || hub.report(), |report| report.open == 0).await;
}

#[wasm_bindgen_test]
async fn another_multiplexer_has_its_channels_begin_anew() {
    let (one, other) = (Hub::new().await, Hub::new().await);
    let page = Page::new(Wanted::Channel {
        url: one.url(),
        name: "numbers",
    });
    page.until("state", |state| state.starts_with("open")).await;
    one.publish_numbers(&["numbers".into()], 5, 0).await;
    page.shows("fold", &all_of(5)).await;
    page.want(Wanted::Channel {
        url: other.url(),
        name: "numbers",
    });
    page.shows("fold", &all_of(0)).await;
    page.until("state", |state| state.starts_with("open")).await;
    other.publish_numbers(&["numbers".into()], 2, 0).await;
    page.shows("fold", &all_of(2)).await;
    let left = "the first one is left";
    eventually(left, || one.report(), |report| report.open == 0).await;
}

#[wasm_bindgen_test]
async fn a_channel_of_nothing_says_what_is_missing() {
    let page = Page::new(Wanted::Orphan);
    let state = page
        .until("state", |state| state.starts_with("closed"))
        .await;
    assert!(state.contains("provide one"), "{state}");
}

async fn scenario_held(events: u64, attempts: Value) -> Scenario {
    Scenario::new(json!({ "events": events, "attempts": attempts, "finish": "hold" })).await
}
