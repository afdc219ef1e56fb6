//! The arguments of hooks: URLs, event types and subscriptions in all their forms.

use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::Wanted;
use super::page::Page;
use super::scenario::Scenario;

async fn of(events: &[(&str, u64)]) -> Scenario {
    let frames: Vec<_> = events
        .iter()
        .enumerate()
        .map(|(id, (kind, n))| format!("id: {id}\nevent: {kind}\ndata: {{\"n\":{n}}}\n\n"))
        .collect();
    Scenario::new(json!({ "raw": frames, "finish": "hold" })).await
}

#[wasm_bindgen_test]
async fn urls_types_and_subscriptions_come_in_many_forms_and_change() {
    let one = of(&[("tick", 1), ("tick", 2), ("tick", 3)]).await;
    let page = Page::new(Wanted::Forms {
        url: one.url(),
        event_type: "tick",
    });
    for form in [
        "signal", "memo", "closure", "plain", "typed", "logged", "local",
    ] {
        page.shows(form, "3").await;
    }
    page.shows("mapped", "30").await;
    page.shows("filtered", "2").await;
    page.shows("list", "10 20 30").await;
    assert_eq!(one.report().await.attempts.len(), 4);

    // Another event type needs another subscription to the same source.
    page.want(Wanted::Forms {
        url: one.url(),
        event_type: "tock",
    });
    page.shows("typed", "none").await;
    page.shows("plain", "3").await;

    let other = of(&[("tock", 7), ("tick", 4)]).await;
    page.want(Wanted::Forms {
        url: other.url(),
        event_type: "tock",
    });
    for form in ["signal", "memo", "closure", "plain", "logged", "local"] {
        page.shows(form, "4").await;
    }
    page.shows("typed", "7").await;
    page.shows("mapped", "40").await;
    page.shows("filtered", "4").await;
    page.shows("list", "40").await;
    assert_eq!(one.report().await.attempts.len(), 4);
    assert_eq!(other.report().await.attempts.len(), 4);
}
