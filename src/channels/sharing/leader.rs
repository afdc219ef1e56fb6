//! The multiplexer that a leading tab has for all.

use core::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::channel::Channel;
use super::super::mux::Mux;
use super::relay::{ChannelRelay, Relay};
use crate::sharing::{Channels, Upstream};
use crate::subscribe::intake::Intake;
use crate::subscribe::router::Interest;
use everstream_core::connection::State;

pub(super) struct Leader {
    mux: Mux,
    relay: Rc<Relay>,
    channels: RefCell<BTreeMap<Box<str>, Channel>>,
}

impl Leader {
    pub(super) fn new(mux: Mux, relay: Rc<Relay>) -> Self {
        Self {
            mux,
            relay,
            channels: RefCell::default(),
        }
    }
}

impl Upstream for Leader {
    fn ask_for(&self, channels: &Channels) {
        let mut held = self.channels.borrow_mut();
        held.retain(|name, channel| {
            // One that has ended may be asked for again.
            let stays = channels.contains(name) && !matches!(channel.state(), State::Closed { .. });
            if !stays {
                self.relay.forget(name);
            }
            stays
        });
        for name in channels {
            if held.contains_key(name) {
                continue;
            }
            match self.mux.channel(name) {
                Ok(channel) => {
                    let relay = ChannelRelay::new(name.clone(), Rc::clone(&self.relay));
                    channel.add(Interest::Tap, Rc::new(relay));
                    held.insert(name.clone(), channel);
                }
                Err(error) => self.relay.end(name, Some(error)),
            }
        }
    }

    fn reconnect(&self) {
        self.mux.reconnect();
    }
}
