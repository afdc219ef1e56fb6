//! The page's clock and its frames.

use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

use crate::dom;
use crate::trouble::Trouble;

/// Milliseconds since the page was opened.
pub(crate) fn now() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |performance| performance.now())
}

/// Waits until the browser is about to paint; while the page is hidden, it is not.
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
