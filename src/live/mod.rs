//! Live state: a snapshot and a stream of changes as one stream of states. The core's machine decides.

mod state;
mod stream;
mod time;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

pub use state::{LiveError, LiveState};
pub use stream::{Live, live};
