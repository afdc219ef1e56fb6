//! The last event ID of sources that share, also when no event has carried it.

use everstream::{EventSource, Role};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::scenario::{Report, Scenario};
use crate::support::wait::eventually;

#[wasm_bindgen_test]
async fn an_id_without_an_event_is_resumed_from_by_the_next_leader() {
    let scenario = Scenario::new(json!({
        "events": 1,
        "raw": ["id: 1\n\n"],
        "finish": "hold",
    }))
    .await;
    let tab = || {
        let builder = EventSource::builder(scenario.url()).shared("everyone");
        builder.build().expect("a source")
    };
    let tabs = [tab(), tab()];
    for source in &tabs {
        let position = || async { source.last_event_id() };
        eventually("it knows the position", position, |id| id == "1").await;
    }
    let (mut leaders, mut followers): (Vec<_>, Vec<_>) = tabs
        .into_iter()
        .partition(|source| source.sharing().expect("it shares").role == Role::Leader);
    leaders.pop().expect("a leader").close();
    let next = followers.pop().expect("a follower");
    let has_come = |report: &Report| report.attempts.len() == 2;
    let report = eventually("another leads", || scenario.report(), has_come).await;
    assert_eq!(report.attempts[1].last_event_id.as_deref(), Some("1"));
    assert_eq!(next.last_event_id(), "1");
}
