//! Sources that are opened and dropped, for the tests to count what is left of them.

use everstream::{EventSource, State};
use serde::Deserialize;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::options::Options;
use crate::{TICK, Tick};

/// How far a source gets before it is dropped.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Stage {
    /// It has sent its request.
    Connecting,
    /// It has received an event.
    Event,
    /// It waits to try again.
    Waiting,
}

/// Opens a source and drops it as soon as it has got to `stage`; as often as asked, one after the
/// other.
///
/// # Errors
///
/// When a source does not get there.
#[wasm_bindgen]
pub async fn cycle(url: String, options: String, stage: String, times: u32) -> Result<(), JsError> {
    let options = Options::read(&options)?;
    let stage = serde_json::from_value(stage.into())?;
    for _ in 0..times {
        reach(options.open(&url)?, stage).await?;
    }
    Ok(())
}

/// The source is dropped at the end of this, with all that hangs on it.
async fn reach(source: EventSource, stage: Stage) -> Result<(), JsError> {
    let mut states = source.states();
    let mut ticks = source.on::<Tick>(TICK);
    if let Stage::Event = stage {
        return match ticks.next().await {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(error.into()),
            None => Err(JsError::new("the source was closed before its first event")),
        };
    }
    while let Some(state) = states.next().await {
        match (stage, state) {
            (Stage::Connecting, State::Connecting { .. })
            | (Stage::Waiting, State::Waiting { .. }) => return Ok(()),
            _ => {}
        }
    }
    Err(JsError::new(&format!("the source never got to {stage:?}")))
}
