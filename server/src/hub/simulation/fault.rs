//! The faults of a schedule.

use super::{
    super::{Disconnect, Hub, PublishError, log::Record},
    Coverage, count,
    schedule::{CHANNELS, IDENTITIES, Schedule, now},
};

impl Schedule {
    pub(super) fn fault(&mut self, coverage: &Coverage) {
        let kind = self.random.below(12);
        let identity = IDENTITIES[self.random.below(IDENTITIES.len())];
        let channel = CHANNELS[self.random.below(CHANNELS.len())];
        let right = (identity.to_owned(), channel.to_owned());
        match kind {
            0 | 1 => self.revoke(identity, channel, coverage),
            2 => {
                let mut world = self.common.world.lock();
                world.revoked.remove(&right);
                world.rights.insert(right);
            }
            3 => {
                let node = self.some_node();
                let _ = now(self.nodes[node].hub.complete(channel));
            }
            4 => {
                let node = self.some_node();
                let whom = Disconnect::Identity(identity);
                let _ = now(recalled(&self.nodes[node].hub, whom));
            }
            5 => {
                count(&coverage.restores);
                self.common.world.lock().restore();
            }
            6 => self.common.world.lock().save(),
            7 => {
                count(&coverage.poisons);
                self.common.world.lock().poison();
            }
            8 => {
                let mut world = self.common.world.lock();
                world.is_down = !world.is_down;
            }
            9 => self.common.world.lock().loses_answer = true,
            _ => self.kill(coverage),
        }
    }

    /// Takes a channel from an identity: first in the application's rights, and then in the log.
    fn revoke(&mut self, identity: &str, channel: &str, coverage: &Coverage) {
        let right = (identity.to_owned(), channel.to_owned());
        self.common.world.lock().rights.remove(&right);
        count(&coverage.revocations);
        let node = self.some_node();
        let records = [Record::Revoke { identity, channel }];
        let _ = now(self.nodes[node].hub.append(&records, None));
    }

    fn kill(&mut self, coverage: &Coverage) {
        count(&coverage.kills);
        let number = self.some_node();
        for player in &mut self.players {
            if player
                .client
                .stream
                .as_ref()
                .is_some_and(|(node, _)| *node == number)
            {
                player.client.lose_stream();
            }
            if player
                .opening
                .as_ref()
                .is_some_and(|(node, _)| *node == number)
            {
                player.opening = None;
            }
            // No node answers requests that went through this node.
            if !player.changing.is_empty() {
                player.changing.clear();
                player.client.lose_stream();
            }
        }
        self.nodes[number] = self.start_node();
    }
}

/// Does what `Hub::disconnect` does, without waiting for this node to have read the entry.
async fn recalled(hub: &Hub, whom: Disconnect<'_>) -> Result<(), PublishError> {
    let Disconnect::Identity(identity) = whom else {
        return Ok(());
    };
    hub.append(&[Record::DisconnectIdentity { identity }], None)
        .await?;
    Ok(())
}
