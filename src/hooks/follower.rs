//! A channel in a component, which follows the multiplexer of another component.

use std::rc::Rc;

use super::slot::{Content, Listener, Slot};
use crate::channels::{Channel, Mux};
use everstream_core::Error;

/// Puts the channel with this name into a slot, from the multiplexer at hand.
#[derive(Debug)]
pub(super) struct Follower {
    name: String,
    slot: Rc<Slot<Channel>>,
}

impl Follower {
    /// Starts following, until the returned value is dropped.
    pub(super) fn follow(
        mux: Option<&Slot<Mux>>,
        name: String,
        slot: Rc<Slot<Channel>>,
    ) -> Rc<Self> {
        let follower = Rc::new(Self { name, slot });
        match mux {
            Some(mux) => mux.listen(&follower),
            None => follower
                .slot
                .replace(Content::built(Err(Error::Unsupported {
                    what: "a multiplexer",
                    remedy: "provide one in a component around this one",
                }))),
        }
        follower
    }
}

impl Listener<Mux> for Follower {
    fn changed(&self, content: &Content<Mux>) {
        self.slot.replace(match content {
            Content::Nothing => Content::Nothing,
            // `Content::built` has already logged the error.
            Content::Failed(error) => Content::Failed(error.clone()),
            Content::Source(mux) => Content::built(mux.channel(&self.name)),
        });
    }
}
