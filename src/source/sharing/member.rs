//! What a source does for those who share with it.

use std::rc::{Rc, Weak};

use super::relay::Relay;
use crate::sharing::{Channels, Line, Member, Upstream};
use crate::source::event_source::EventSource;
use crate::source::handle::Shared;
use crate::source::template::Template;
use everstream_core::Error;
use everstream_core::tabs::Sharing;

pub(super) struct SourceMember {
    template: Rc<Template>,
    shared: Weak<Shared>,
}

impl SourceMember {
    pub(super) fn new(template: Rc<Template>, shared: &Rc<Shared>) -> Self {
        let shared = Rc::downgrade(shared);
        Self { template, shared }
    }
}

impl Member for SourceMember {
    fn open(&self, line: Line, position: &str, _: &Channels) -> Result<Box<dyn Upstream>, Error> {
        let relay = Rc::new(Relay::new(line));
        let source = self.template.open_for_tabs(&relay, position.to_owned())?;
        Ok(Box::new(source))
    }

    fn change_sharing(&self, sharing: Sharing) {
        if let Some(shared) = self.shared.upgrade() {
            shared.sharing.change(sharing);
        }
    }
}

impl Upstream for EventSource {
    /// There is only one.
    fn ask_for(&self, _: &Channels) {}

    fn reconnect(&self) {
        self.reconnect();
    }
}
