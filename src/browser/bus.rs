//! What all tabs of an origin hear: a `BroadcastChannel`.

use gloo_events::EventListener;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// Open for as long as it lives. The tab itself does not hear what it says.
pub(crate) struct Bus {
    channel: BroadcastChannel,
    _listener: EventListener,
}

impl Bus {
    /// `None` where there is no such thing.
    pub(crate) fn open(name: &str, on_text: impl Fn(String) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let listener = EventListener::new(&channel, "message", move |event| {
            let message: &MessageEvent = event.unchecked_ref();
            if let Some(text) = message.data().as_string() {
                on_text(text);
            }
        });
        Some(Self {
            channel,
            _listener: listener,
        })
    }

    pub(crate) fn say(&self, text: &str) {
        // It fails only once it is closed.
        let _ = self.channel.post_message(&JsValue::from_str(text));
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.channel.close();
    }
}
