//! Sources that are opened and dropped, so that tests can count what is left of them.

use everstream::{EventSource, State};
use serde::Deserialize;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::options::Options;
use crate::{TICK, Tick};

/// The stage at which a source is dropped.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Stage {
    /// The source has sent its request.
    Connecting,
    /// The source has received an event.
    Event,
    /// The source waits before it retries.
    Waiting,
}

/// Opens a source and drops it as soon as it has reached `stage`, `times` times in sequence.
///
/// # Errors
///
/// Returns an error when a source doesn't reach the stage.
#[wasm_bindgen]
pub async fn cycle(url: String, options: String, stage: String, times: u32) -> Result<(), JsError> {
    let options = Options::read(&options)?;
    let stage = serde_json::from_value(stage.into())?;
    for _ in 0..times {
        reach(options.open(&url)?, stage).await?;
    }
    Ok(())
}

/// Waits until the source reaches the stage. The source is dropped on return, with everything that it holds.
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
