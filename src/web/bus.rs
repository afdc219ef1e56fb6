//! What all tabs of an origin hear: a `BroadcastChannel`.

use gloo_events::EventListener;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};

/// Open for as long as it lives. The tab itself does not hear what it says.
pub(crate) struct Bus {
    channel: BroadcastChannel,
    _listener: EventListener,
}

impl Bus {
    /// `None` where there is no such thing.
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
        // It fails only once it is closed.
        let _ = self.channel.post_message(&Uint8Array::from(bytes));
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.channel.close();
    }
}
