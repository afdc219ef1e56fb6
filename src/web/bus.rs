//! A channel to all tabs of the origin: a `BroadcastChannel`.

use gloo_events::EventListener;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};

/// An open channel, closed on drop. The tab does not receive its own messages.
pub(crate) struct Bus {
    channel: BroadcastChannel,
    _listener: EventListener,
}

impl Bus {
    /// Opens the channel. `None` if the browser has no `BroadcastChannel`.
    pub(crate) fn open(name: &str, on_bytes: impl Fn(Vec<u8>) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let listener = EventListener::new(&channel, "message", move |event| {
            let message: &MessageEvent = event.unchecked_ref();
            if let Ok(bytes) = message.data().dyn_into::<Uint8Array>() {
                on_bytes(bytes.to_vec());
            }
        });
        Some(Self {
            channel,
            _listener: listener,
        })
    }

    pub(crate) fn say(&self, bytes: &[u8]) {
        // Posting fails only on a closed channel.
        let _ = self.channel.post_message(&Uint8Array::from(bytes));
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.channel.close();
    }
}
