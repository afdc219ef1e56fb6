//! Sources that share a connection. These are all in one page, which works like several tabs.

use everstream::{EventSource, Role, Sharing, SharingChanges};
use futures_util::StreamExt;
use gloo_timers::future::TimeoutFuture;
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::wait::eventually;
use crate::support::{Scenario, Tick, seconds, until, within};

async fn endless() -> Scenario {
    Scenario::new(json!({
        "events": 1_000_000,
        "intervalMs": 20,
        "attempts": [{ "kind": "serve" }],
    }))
    .await
}

fn shared(scenario: &Scenario) -> EventSource {
    EventSource::builder(scenario.url())
        .shared("everyone")
        .build()
        .expect("a source")
}

async fn until_it_is(changes: &mut SharingChanges, role: Role, tabs: usize) {
    let what = format!("{role:?} of {tabs}");
    let is_so = |sharing: &Sharing| sharing.role == role && sharing.tabs == tabs;
    within(seconds(30), &what, async {
        while !is_so(&changes.next().await.expect("a change")) {}
    })
    .await;
}

#[wasm_bindgen_test]
async fn sources_of_one_scope_have_one_connection_and_say_who_holds_it() {
    let scenario = endless().await;
    let first = shared(&scenario);
    let mut first_is = first.sharing_changes();
    until_it_is(&mut first_is, Role::Leader, 1).await;
    let second = shared(&scenario);
    let mut second_is = second.sharing_changes();
    assert_eq!(
        second_is.next().await,
        second.sharing(),
        "the present one comes first"
    );
    until_it_is(&mut second_is, Role::Follower, 2).await;
    until_it_is(&mut first_is, Role::Leader, 2).await;
    let mut ticks = second.on::<Tick>("tick");
    let before = within(seconds(30), "an event", ticks.next()).await;
    let report = scenario.report().await;
    assert_eq!((report.attempts.len(), report.active), (1, 1));

    first.close();
    until(
        &mut second.states(),
        "the next connection",
        |state| matches!(state, everstream::State::Open { resumed, .. } if resumed.is_resumed()),
    )
    .await;
    until_it_is(&mut second_is, Role::Leader, 1).await;
    let mut last = before.expect("an item").expect("a tick").n;
    for _ in 0..100 {
        let tick = within(seconds(30), "an event", ticks.next()).await;
        let Tick { n } = tick.expect("an item").expect("a tick");
        assert_eq!(n, last + 1);
        last = n;
    }
    while first_is.next().await.is_some() {}

    second.close();
    while second_is.next().await.is_some() {}
    let all: Vec<Sharing> = second.sharing_changes().collect().await;
    assert_eq!(
        all,
        Vec::from_iter(second.sharing()),
        "what it was last, and the end"
    );
    eventually(
        "all have left",
        || scenario.report(),
        |report| report.active == 0,
    )
    .await;
}

#[wasm_bindgen_test]
async fn who_does_not_share_has_nothing_to_say() {
    let scenario = endless().await;
    let source = EventSource::new(scenario.url()).expect("a source");
    assert_eq!(source.sharing(), None);
    assert_eq!(source.sharing_changes().next().await, None);
}

/// Counts the messages between tabs, and discards them while `lost` is set.
const TAP: &str = "
    globalThis.tap = { lost: false, said: 0 };
    const post = BroadcastChannel.prototype.postMessage;
    BroadcastChannel.prototype.postMessage = function (message) {
        tap.said += 1;
        if (!tap.lost) post.call(this, message);
    };
    tap.remove = () => { BroadcastChannel.prototype.postMessage = post; };
";

fn run(script: &str) -> JsValue {
    js_sys::eval(&format!("{{ {script} }}")).expect("a script without an error")
}

#[wasm_bindgen_test]
async fn what_was_missed_is_asked_for_as_soon_as_the_page_is_looked_at_again() {
    const LAST: u64 = 60;
    let scenario = Scenario::new(json!({
        "events": LAST,
        "intervalMs": 20,
        "finish": "hold",
        "attempts": [{ "kind": "serve" }],
    }))
    .await;
    let first = shared(&scenario);
    until_it_is(&mut first.sharing_changes(), Role::Leader, 1).await;
    let mut first_ticks = first.on::<Tick>("tick");
    let second = shared(&scenario);
    until_it_is(&mut second.sharing_changes(), Role::Follower, 2).await;
    let mut ticks = second.on::<Tick>("tick");
    let tick = within(seconds(30), "an event", ticks.next()).await;
    let mut last = tick.expect("an item").expect("a tick").n;
    run(TAP);
    run("tap.lost = true");
    within(seconds(30), "the last event", async {
        while first_ticks
            .next()
            .await
            .expect("an item")
            .expect("a tick")
            .n
            < LAST
        {}
    })
    .await;
    // Counts after microtasks alone, as after an event that the browser itself dispatches, so that no timer
    // has fired.
    run(
        "tap.lost = false; tap.said = 0; document.dispatchEvent(new Event('visibilitychange'));
        tap.rounds = 10;
        tap.round = () => tap.rounds-- ? queueMicrotask(tap.round) : (tap.atOnce = tap.said);
        queueMicrotask(tap.round)",
    );
    TimeoutFuture::new(0).await;
    let said = run("tap.atOnce").as_f64().expect("a number");
    assert!(said > 0.0, "at once, and not when a timer fires");
    while last < LAST {
        let tick = within(seconds(30), "what was missed", ticks.next()).await;
        let Tick { n } = tick.expect("an item").expect("a tick");
        assert_eq!(n, last + 1);
        last = n;
    }
    run("tap.remove()");
}
