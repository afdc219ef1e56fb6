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
}
