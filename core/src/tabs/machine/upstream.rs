//! Input from the leader's connection.

use super::{Position, Tab};
use crate::connection::State;
use crate::error::Error;
use crate::parse::Event;
use crate::tabs::entry::Fact;

/// Names one of the connections that a tab has held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UpstreamId(pub(super) u32);

impl Tab {
    fn is_in_use(&self, id: UpstreamId) -> bool {
        matches!(&self.role, Position::Leading(leading) if leading.upstream == id)
    }

    /// Handles an event. `position` is where the connection would resume after it.
    pub fn handle_event(
        &mut self,
        id: UpstreamId,
        channel: &str,
        event: &Event<'_>,
        position: &str,
    ) {
        // An event of a channel that no tab asks for any more is for nobody.
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

    /// Tells the tab that the connection has come to this position by something other than an event. The
    /// connection now serves these channels, which it hadn't served since it opened.
    pub fn handle_progress(&mut self, id: UpstreamId, position: &str, in_force: Vec<Box<str>>) {
        if self.is_in_use(id) {
            self.progress(position, in_force);
        }
    }

    /// Tells the tab that events may be missing, in one channel or in all.
    pub fn handle_gap(&mut self, id: UpstreamId, channel: Option<&str>) {
        if self.is_in_use(id) {
            self.write(Fact::Gap(channel.map(Into::into)), None);
        }
    }

    /// Tells the tab that an event was skipped, of one channel or of an unknown one.
    pub fn handle_skipped(&mut self, id: UpstreamId, channel: Option<&str>, error: Error) {
        if self.is_in_use(id) {
            let channel = channel.map(Into::into);
            self.write(Fact::Skipped { channel, error }, None);
        }
    }

    /// Tells the tab that all channels have come to where the connection is.
    pub fn handle_replayed(&mut self, id: UpstreamId) {
        if self.is_in_use(id) {
            self.end_replays();
        }
    }

    /// Handles a failure that concerns no single channel.
    pub fn handle_failed(&mut self, id: UpstreamId, error: Error) {
        if self.is_in_use(id) {
            self.write(Fact::Failed(error), None);
        }
    }

    /// Tells the tab that the server has ended or refused a channel.
    pub fn handle_end(&mut self, id: UpstreamId, channel: &str, error: Option<Error>) {
        if self.is_in_use(id) {
            self.forget_channel(channel);
            let channel = channel.into();
            self.write(Fact::End { channel, error }, None);
        }
    }

    /// Handles a change of the connection's state. A connection that is closed for good ends sharing for all
    /// tabs.
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
