//! The page's clock and its frames.

use gloo_timers::future::TimeoutFuture;
use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

use crate::dom;
use crate::trouble::Trouble;

/// The pause between two drawn frames. The plots move by a pixel in about this time, and no number changes
/// faster.
const PAUSE_MS: u32 = 50;

/// Returns the milliseconds since the page was opened.
pub(crate) fn now() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |performance| performance.now())
}

/// Waits until the browser is about to paint, which it never is while the page is hidden.
pub(crate) async fn next_frame() -> Result<(), Trouble> {
    let window = dom::window()?;
    let mut refused = None;
    let frame = Promise::new(&mut |resolve, _| {
        refused = window.request_animation_frame(&resolve).err();
    });
    if let Some(error) = refused {
        return Err(error.into());
    }
    JsFuture::from(frame).await?;
    Ok(())
}

/// Draws each frame until the page is closed.
pub(crate) async fn each_frame(
    mut draw: impl FnMut(f64) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    loop {
        TimeoutFuture::new(PAUSE_MS).await;
        next_frame().await?;
        draw(now())?;
    }
}
