//! Streams of changes yield an item only when something changed.

use everstream::{Channel, Transport};
use futures_util::FutureExt;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{is_open, mux, names};
use crate::support::hub::Hub;
use crate::support::{seconds, until, within};

/// A dashboard that watches every channel's state receives a channel's own changes alone.
#[wasm_bindgen_test]
async fn a_channel_more_is_told_to_none_of_the_others() {
    for settings in [json!({}), json!({ "control": false })] {
        let hub = Hub::with(settings.clone()).await;
        let mux = mux(&hub, Transport::Fetch);
        let channels: Vec<_> = names(100)
            .iter()
            .map(|name| mux.channel(name).expect("a channel"))
            .collect();
        let mut states: Vec<_> = channels.iter().map(Channel::states).collect();
        for states in &mut states {
            until(states, "the channel is in force", is_open).await;
        }
        let one_more = mux.channel("another").expect("a channel");
        let told_to_it = until_in_force(&one_more).await;
        let mut told = 0;
        for states in &mut states {
            while let Some(Some(_)) = states.next().now_or_never() {
                told += 1;
            }
        }
        assert_eq!(told, 0, "{settings}");
        assert!(told_to_it <= 3, "{settings}: {told_to_it}");
    }
}

/// Counts the states that a channel shows until it is in force.
async fn until_in_force(channel: &Channel) -> u32 {
    let mut states = channel.states();
    let mut told = 0;
    within(seconds(30), "the channel is in force", async {
        while let Some(state) = states.next().await {
            told += 1;
            if is_open(&state) {
                return;
            }
        }
    })
    .await;
    told
}
