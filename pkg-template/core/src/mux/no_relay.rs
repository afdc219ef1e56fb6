//! Where nothing is shared, a multiplexer works for its own page alone.

use super::records::Notices;
use everstream_core::Error;
use everstream_core::connection::State;
use everstream_core::parse::Event;

/// There is none.
pub(super) enum Relay {}

impl Relay {
    pub(super) fn notices(&mut self, _: &Notices) {
        match *self {}
    }

    pub(super) fn event(&mut self, _: u32, _: &Event<'_>, _: (&str, bool)) {
        match *self {}
    }

    pub(super) fn moved(&mut self, _: (&str, bool)) {
        match *self {}
    }

    pub(super) fn skipped(&mut self, _: u32, _: Error) {
        match *self {}
    }

    pub(super) fn state(&mut self, _: &State) {
        match *self {}
    }
}
