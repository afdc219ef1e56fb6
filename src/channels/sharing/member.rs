//! What a multiplexer does for those who share with it.

use std::rc::{Rc, Weak};

use super::super::handle::Shared;
use super::super::mux::Mux;
use super::Make;
use super::leader::Leader;
use super::relay::Relay;
use crate::sharing::{Arrival, Channels, Line, Member, Upstream};
use crate::source::Template;
use everstream_core::Error;
use everstream_core::connection::Config;
use everstream_core::tabs::{Sharing, read_position};

pub(super) struct MuxMember {
    template: Template,
    make: Make,
    shared: Weak<Shared>,
}

impl MuxMember {
    pub(super) fn new(template: Template, make: Make, shared: &Rc<Shared>) -> Self {
        Self {
            template,
            make,
            shared: Rc::downgrade(shared),
        }
    }
}

impl Member for MuxMember {
    fn open(
        &self,
        line: Line,
        position: &str,
        channels: &Channels,
    ) -> Result<Box<dyn Upstream>, Error> {
        let given = &self.template.config;
        let (mut position, was_behind) = read_position(position);
        if channels.is_empty() && *position != *given.last_event_id {
            // What came while nobody asked for anything is missed by nobody.
            position = "";
            line.tell(Arrival::Progress(position, Vec::new()));
        }
        let config = Config {
            last_event_id: position.to_owned(),
            ..given.clone()
        };
        let template = Template {
            config,
            ..self.template.clone()
        };
        let upstream = (self.make)(template);
        let relay = Relay::new(line.clone(), &upstream, Weak::clone(&self.shared), position);
        let relay = Rc::new(relay);
        let first = upstream.relay.set(Rc::clone(&relay)).is_ok();
        debug_assert!(first, "it is new");
        if let Some(member) = self.shared.upgrade()
            && let Some(shares) = member.shares.get()
        {
            *shares.upstream.borrow_mut() = Rc::downgrade(&upstream);
        }
        let leader = Leader::new(Mux::start(upstream), relay);
        leader.ask_for(channels);
        if was_behind {
            // Of the channels that were new, nobody knows how far they had come.
            line.tell(Arrival::Gap(None));
        }
        Ok(Box::new(leader))
    }

    fn change_sharing(&self, sharing: Sharing) {
        if let Some(shared) = self.shared.upgrade() {
            shared.sharing.change(sharing);
        }
    }
}
