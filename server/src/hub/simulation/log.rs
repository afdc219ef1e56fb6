//! One node's end of the log that the nodes share.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Weak},
    task::Poll,
};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    super::{
        LogError, Position, Shared,
        log::{Log, Pending, Record, awaited, follow, readable},
        presence::Counted,
        switchboard::{Change, Switchboard, Wish, change},
        window::Entry,
    },
    world::{Place, World, place, position},
};

/// How many entries are read of the log at once.
const PAGE: usize = 3;

/// How often a wait is looked at before it is given up.
const PATIENCE: usize = 40;

/// A task that one node has to do for another.
pub(super) type Letter = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The state that all nodes have in common.
#[derive(Default)]
pub(super) struct Common {
    pub(super) world: Mutex<World>,
    /// The nodes that can be written to.
    pub(super) nodes: Mutex<Vec<(String, Weak<Shared>)>>,
    pub(super) letters: Mutex<Vec<Letter>>,
}

pub(super) struct Modelled {
    pub(super) common: Arc<Common>,
    pub(super) switchboard: Arc<Mutex<Switchboard>>,
    pub(super) name: String,
}

/// Lets everything else have a turn.
pub(super) async fn breathe() {
    let mut is_over = false;
    poll_fn(|_| {
        if is_over {
            return Poll::Ready(());
        }
        is_over = true;
        Poll::Pending
    })
    .await;
}

/// Waits for a node to have read up to a place. Returns whether it has, before the wait is given up.
async fn reaches(switchboard: &Mutex<Switchboard>, wanted: Place) -> bool {
    for _ in 0..PATIENCE {
        let head = place(&switchboard.lock().head());
        if head.0 == wanted.0 && head.1 >= wanted.1 {
            return true;
        }
        breathe().await;
    }
    false
}

impl Modelled {
    fn known(&self) -> Place {
        place(&self.switchboard.lock().head())
    }

    fn append_now(&self, records: &[Record<'_>]) -> Result<Position, LogError> {
        let known = self.known();
        let mut world = self.common.world.lock();
        if world.is_down {
            return Err(LogError::new("down"));
        }
        let first = world.append(known, records);
        if std::mem::take(&mut world.loses_answer) {
            return Err(LogError::without_answer("lost"));
        }
        Ok(position(first))
    }

    fn history_now(
        &self,
        epoch: &str,
        after: u64,
        until: u64,
    ) -> Result<Vec<(u64, Entry)>, LogError> {
        let world = self.common.world.lock();
        if world.is_down {
            return Err(LogError::new("down"));
        }
        let epoch: u64 = epoch.parse().expect("epochs are numbers");
        let mut wanted = world
            .log
            .iter()
            .filter(|(seq, _)| world.epoch == epoch && after < *seq && *seq <= until);
        loop {
            let page: Vec<_> = wanted.by_ref().take(PAGE).collect();
            if page.is_empty() {
                return Ok(Vec::new());
            }
            let page = page.iter().map(|(seq, stored)| {
                let record = stored.record()?;
                Some((*seq, record.entry(&position((epoch, *seq)))))
            });
            let entries = readable(page.collect());
            if !entries.is_empty() {
                return Ok(entries);
            }
        }
    }

    async fn reach_or_tire(&self, wanted: &Position) -> Result<(), LogError> {
        let known = self.known();
        if place(wanted) <= known {
            return Ok(());
        }
        let head = {
            let mut world = self.common.world.lock();
            if world.is_down {
                return Err(LogError::new("down"));
            }
            world.touch(known);
            world.head()
        };
        let Some(target) = awaited(wanted, &position(head)) else {
            return Ok(());
        };
        if reaches(&self.switchboard, place(&target)).await {
            return Ok(());
        }
        Err(LogError::new("this node lags behind it"))
    }

    async fn ask_node(
        &self,
        connection: &str,
        revision: u64,
        wish: &Wish,
    ) -> Result<Change, LogError> {
        if self.common.world.lock().is_down {
            return Err(LogError::new("down"));
        }
        let node =
            self.common.nodes.lock().iter().find_map(|(name, node)| {
                connection.starts_with(&**name).then(|| node.upgrade())?
            });
        let Some(node) = node else {
            return Ok(Change::NotFound);
        };
        let (answer, answered) = oneshot::channel();
        let (connection, wish) = (connection.to_owned(), wish.clone());
        self.common.letters.lock().push(Box::pin(async move {
            // A node that receives a letter first waits for the positions of its own epoch.
            let switchboard = &node.switchboard;
            let epoch = switchboard.lock().head().epoch().to_owned();
            let wanted = wish
                .positions()
                .filter(|position| position.epoch() == epoch);
            if let Some(last) = wanted.map(place).max() {
                reaches(switchboard, last).await;
            }
            // The asking node may have given up.
            let _ = answer.send(change(switchboard, &connection, revision, &wish).await);
        }));
        let mut answered = std::pin::pin!(answered);
        for _ in 0..PATIENCE {
            let polled = poll_fn(|context| Poll::Ready(answered.as_mut().poll(context))).await;
            if let Poll::Ready(Ok(change)) = polled {
                return Ok(change);
            }
            breathe().await;
        }
        Err(LogError::new("the node does not answer"))
    }
}

impl Log for Modelled {
    fn append<'a>(
        &'a self,
        records: &'a [Record<'a>],
        _: Option<&'a str>,
    ) -> Pending<'a, Position> {
        Box::pin(async { self.append_now(records) })
    }

    fn history<'a>(
        &'a self,
        epoch: &'a str,
        after: u64,
        until: u64,
    ) -> Pending<'a, Vec<(u64, Entry)>> {
        Box::pin(async move {
            breathe().await;
            let entries = self.history_now(epoch, after, until);
            breathe().await;
            entries
        })
    }

    fn reach<'a>(&'a self, position: &'a Position) -> Pending<'a, ()> {
        Box::pin(self.reach_or_tire(position))
    }

    fn forward<'a>(
        &'a self,
        connection: &'a str,
        revision: u64,
        wish: &'a Wish,
    ) -> Pending<'a, Change> {
        Box::pin(self.ask_node(connection, revision, wish))
    }

    fn present_elsewhere<'a>(&'a self, _: &'a str) -> Pending<'a, Counted> {
        Box::pin(async { Ok(Counted::new()) })
    }

    fn check(&self) -> Pending<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn node(&self) -> &str {
        &self.name
    }
}

/// Reads the next entry of the log, as a node's reader does. Returns whether there was something to do.
pub(super) fn read_one(common: &Common, switchboard: &Mutex<Switchboard>) -> bool {
    let mut world = common.world.lock();
    if world.is_down {
        return false;
    }
    let known = place(&switchboard.lock().head());
    let epoch = world.epoch;
    let next = world.log.iter().find(|(seq, _)| (epoch, *seq) > known);
    if let Some((seq, stored)) = next {
        let record = stored.record();
        follow(switchboard, &position((epoch, *seq)), record.as_ref());
        return true;
    }
    world.touch(known);
    if world.epoch == known.0 {
        return false;
    }
    switchboard.lock().renew(world.epoch.to_string().into());
    true
}
