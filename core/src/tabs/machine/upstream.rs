//! What comes down the leader's connection.

use super::{Position, Tab};
use crate::connection::State;
use crate::error::Error;
use crate::parse::Event;
use crate::tabs::entry::Fact;

/// One of the connections that a tab has held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UpstreamId(pub(super) u32);

impl Tab {
    fn is_in_use(&self, id: UpstreamId) -> bool {
        matches!(&self.role, Position::Leading(leading) if leading.upstream == id)
    }

    /// An event, and where the connection would resume behind it.
    pub fn handle_event(
        &mut self,
        id: UpstreamId,
        channel: &str,
        event: &Event<'_>,
        position: &str,
    ) {
        // What comes when nobody asks for the channel any more is for nobody.
        if self.is_in_use(id) && self.log.standing.union.contains(channel) {
            let fact = Fact::Event {
                channel: channel.into(),
                event_type: event.event_type.into(),
                data: event.data.into(),
                id: event.last_event_id.into(),
            };
            let position = (position != event.last_event_id).then_some(position);
            self.write(fact, position);
        }
    }

    /// The connection has come to this position by something else than an event, and serves these channels
    /// now, which it has not served since it opened.
    pub fn handle_progress(&mut self, id: UpstreamId, position: &str, in_force: Vec<Box<str>>) {
        if self.is_in_use(id) {
            self.progress(position, in_force);
        }
    }

    /// Events may be missing, in one channel or in all.
    pub fn handle_gap(&mut self, id: UpstreamId, channel: Option<&str>) {
        if self.is_in_use(id) {
            self.write(Fact::Gap(channel.map(Into::into)), None);
        }
    }

    /// An event was skipped, of one channel or of an unknown one.
    pub fn handle_skipped(&mut self, id: UpstreamId, channel: Option<&str>, error: Error) {
        if self.is_in_use(id) {
            let channel = channel.map(Into::into);
            self.write(Fact::Skipped { channel, error }, None);
        }
    }

    /// Something went wrong that concerns no channel alone.
    pub fn handle_failed(&mut self, id: UpstreamId, error: Error) {
        if self.is_in_use(id) {
            self.write(Fact::Failed(error), None);
        }
    }

    /// The server has ended a channel, or refused it.
    pub fn handle_end(&mut self, id: UpstreamId, channel: &str, error: Option<Error>) {
        if self.is_in_use(id) {
            self.forget_channel(channel);
            let channel = channel.into();
            self.write(Fact::End { channel, error }, None);
        }
    }

    /// The connection's state has changed. That it is closed for good ends it for all tabs.
    pub fn handle_state(&mut self, id: UpstreamId, state: &State) {
        if !self.is_in_use(id) {
            return;
        }
        if let State::Closed { error } = state {
            self.write(Fact::Closed(error.clone()), None);
            return;
        }
        if let State::Open { .. } = state {
            self.log.standing.opened = true;
        } else {
            self.not_in_force(|_| true);
        }
        if let Position::Leading(leading) = &mut self.role {
            leading.state = state.clone();
            leading.state_number += 1;
            self.state = Some((leading.term, leading.state_number));
            self.outputs.push_back(super::Output::State(state.clone()));
            self.beat(|_| {});
        }
    }
}
