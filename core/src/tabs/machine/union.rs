//! The union: the channels that any tab asks for, which the leading tab has its connection serve.

use super::claim::Wants;
use super::{Output, Position, Tab};
use crate::tabs::entry::Fact;

impl Tab {
    pub(super) fn update_union(&mut self) {
        let added = self.add_to_union();
        let dropped = self.drop_from_union();
        if added || dropped {
            let union = self.log.standing.union.clone();
            self.outputs.push_back(Output::Channels(union));
        }
    }

    fn wanted(&self) -> Wants {
        let mut wanted = self.wants.clone();
        if let Position::Leading(leading) = &self.role {
            for member in leading.members.values() {
                wanted.extend(member.wants.iter().cloned());
            }
        }
        wanted
    }

    pub(super) fn add_to_union(&mut self) -> bool {
        let wanted = self.wanted();
        let added: Vec<_> = wanted
            .difference(&self.log.standing.union)
            .cloned()
            .collect();
        let any = !added.is_empty();
        if any {
            self.write(Fact::Added(added), None);
            for start in self.replays.clone() {
                self.write(Fact::Replay(Some(start)), None);
            }
        }
        any
    }

    pub(super) fn drop_from_union(&mut self) -> bool {
        let mut needed = self.wanted();
        let Some(leading) = self.leading() else {
            return false;
        };
        if !leading.is_settled {
            needed.extend(leading.inherited.iter().cloned());
        }
        let union = &self.log.standing.union;
        let left: Vec<_> = union.difference(&needed).cloned().collect();
        let any = !left.is_empty();
        if any {
            if let Some(leading) = self.leading() {
                leading.in_force.remove_all(&left);
            }
            self.write(Fact::Left(left), None);
        }
        any
    }

    /// Forgets a channel that the server has ended for everyone.
    pub(super) fn forget_channel(&mut self, name: &str) {
        self.not_in_force(|other| other == name);
        if let Some(leading) = self.leading() {
            for member in leading.members.values_mut() {
                member.wants.remove(name);
            }
        }
    }

    /// Notes that the connection has come to this position, and serves these channels.
    pub(super) fn progress(&mut self, position: &str, channels: Vec<Box<str>>) {
        let Position::Leading(leading) = &mut self.role else {
            return;
        };
        let union = &self.log.standing.union;
        let mut new: Wants = channels.into_iter().collect();
        new.retain(|name| union.contains(name) && !leading.in_force.contains(name));
        leading.in_force.extend(new.iter().cloned());
        let new = Vec::from_iter(new);
        if !new.is_empty() || *self.log.standing.position != *position {
            self.write(Fact::Added(new), Some(position));
        }
    }

    /// Tells a tab that has begun to ask for channels which of them are in force.
    pub(super) fn announce(&mut self, channels: impl IntoIterator<Item = Box<str>>) {
        let Some(leading) = self.leading() else {
            return;
        };
        let mut in_force = Vec::from_iter(channels);
        in_force.retain(|name| leading.in_force.contains(name));
        if !in_force.is_empty() {
            let position = self.log.standing.position.clone();
            self.write(Fact::Added(in_force), Some(&position));
        }
    }

    pub(super) fn not_in_force(&mut self, which: impl Fn(&str) -> bool) {
        if let Some(leading) = self.leading() {
            leading.in_force.retain(|name| !which(name));
        }
    }
}
