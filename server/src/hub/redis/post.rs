//! Letters between nodes, such as control requests that arrive at another node than the connection's.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::StreamExt;
use parking_lot::Mutex;
use redis::aio::PubSub;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{mpsc, oneshot},
    time::{interval, timeout},
};

use super::{Backoff, Commands, Keys, Locator, PATIENCE, Progress};
use crate::{
    hub::{
        LogError,
        presence::Counted,
        switchboard::{Change, Switchboard, Wish, change},
    },
    random,
};

/// How often a node says that it lives, and how long that sign holds.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);
const HOLDS: Duration = Duration::from_secs(10);

/// A node's letter box. A connection's name begins with that of its node, so that each node knows where
/// to write.
#[derive(Clone)]
pub(super) struct Post {
    keys: Keys,
    node: String,
    commands: Commands,
    progress: Progress,
    awaited: Arc<Mutex<HashMap<String, Waiting>>>,
}

/// A task that waits for answers.
#[derive(Debug)]
enum Waiting {
    Change(oneshot::Sender<Change>),
    Present(mpsc::UnboundedSender<Counted>),
}

/// The letters that nodes write to each other.
#[derive(Debug, Serialize, Deserialize)]
enum Letter {
    Request {
        number: String,
        sender: String,
        connection: String,
        revision: u64,
        wish: Box<Wish>,
    },
    Answer {
        number: String,
        change: Change,
    },
    /// Asks all nodes which identities have a channel there.
    WhoIsPresent {
        number: String,
        sender: String,
        channel: String,
    },
    Present {
        number: String,
        present: Counted,
    },
}

impl Post {
    pub(super) fn new(keys: Keys, node: String, commands: Commands, progress: Progress) -> Self {
        Self {
            keys,
            node,
            commands,
            progress,
            awaited: Arc::default(),
        }
    }

    /// Opens the letter box.
    pub(super) async fn open(&self, locator: &Locator) -> Result<PubSub, LogError> {
        let mut inbox = locator.find().await?.get_async_pubsub().await?;
        inbox.subscribe(self.keys.node(&self.node)).await?;
        inbox.subscribe(self.keys.all_nodes()).await?;
        self.live().await?;
        Ok(inbox)
    }

    /// Reads letters forever. While Redis is away, waits until it is back.
    pub(super) async fn run(
        self,
        locator: Locator,
        inbox: PubSub,
        switchboard: Arc<Mutex<Switchboard>>,
    ) {
        let (mut inbox, mut backoff) = (Some(inbox), Backoff::new());
        loop {
            match inbox.take() {
                Some(inbox) => {
                    backoff.reset();
                    self.read(inbox, &switchboard).await;
                }
                None => backoff.wait().await,
            }
            inbox = self.open(&locator).await.ok();
        }
    }

    async fn read(&self, inbox: PubSub, switchboard: &Arc<Mutex<Switchboard>>) {
        let mut letters = inbox.into_on_message();
        let mut signs_of_life = interval(SIGN_OF_LIFE);
        loop {
            tokio::select! {
                letter = letters.next() => {
                    let Some(letter) = letter else { return };
                    // A letter of another version of this crate can't be read, so no node answers it.
                    if let Ok(letter) = serde_json::from_slice(letter.get_payload_bytes()) {
                        self.receive(letter, switchboard);
                    }
                }
                _ = signs_of_life.tick() => {
                    // A failure means that Redis is away, which the letters reveal as well.
                    let _ = self.live().await;
                }
            }
        }
    }

    fn receive(&self, letter: Letter, switchboard: &Arc<Mutex<Switchboard>>) {
        match letter {
            Letter::Answer { number, change } => {
                if let Some(Waiting::Change(waiting)) = self.awaited.lock().remove(&number) {
                    // The waiting task may have given up.
                    let _ = waiting.send(change);
                }
            }
            Letter::WhoIsPresent {
                number,
                sender,
                channel,
            } => {
                // The node has asked itself, too, since Redis counts it among those that must answer.
                let present = if sender == self.node {
                    Counted::new()
                } else {
                    switchboard.lock().present(&channel)
                };
                let post = self.clone();
                tokio::spawn(async move {
                    // The other node waits in vain for a lost answer, as it does after a change.
                    let _ = post
                        .send(&sender, &Letter::Present { number, present })
                        .await;
                });
            }
            Letter::Present { number, present } => {
                if let Some(Waiting::Present(waiting)) = self.awaited.lock().get(&number) {
                    let _ = waiting.send(present);
                }
            }
            Letter::Request {
                number,
                sender,
                connection,
                revision,
                wish,
            } => {
                let (post, switchboard) = (self.clone(), Arc::clone(switchboard));
                tokio::spawn(async move {
                    post.progress
                        .reach_all(&switchboard, wish.positions())
                        .await;
                    let changing = change(&switchboard, &connection, revision, &wish);
                    let change = changing.await;
                    let answer = Letter::Answer { number, change };
                    // The other node waits in vain for a lost answer, and says so.
                    let _ = post.send(&sender, &answer).await;
                });
            }
        }
    }

    /// Makes the node that holds a connection change its set.
    pub(super) async fn forward(
        &self,
        connection: &str,
        revision: u64,
        wish: &Wish,
    ) -> Result<Change, LogError> {
        let Some((node, _)) = connection.split_once('.') else {
            return Ok(Change::NotFound);
        };
        let node = format!("{node}.");
        let number = random::name();
        let (answer, answered) = oneshot::channel();
        self.awaited
            .lock()
            .insert(number.clone(), Waiting::Change(answer));
        let _awaiting = Awaiting(&self.awaited, &number);
        let letter = Letter::Request {
            number: number.clone(),
            sender: self.node.clone(),
            connection: connection.to_owned(),
            revision,
            wish: Box::new(wish.clone()),
        };
        let silent = || LogError::new("the node that holds the connection does not answer");
        if self.send(&node, &letter).await? == 0 {
            return if self.lives(&node).await? {
                Err(silent())
            } else {
                Ok(Change::NotFound)
            };
        }
        match timeout(PATIENCE, answered).await {
            Ok(Ok(change)) => Ok(change),
            _ => Err(silent()),
        }
    }

    /// Asks all other nodes which identities have a channel.
    pub(super) async fn present_elsewhere(&self, channel: &str) -> Result<Counted, LogError> {
        let number = random::name();
        let (answer, mut answers) = mpsc::unbounded_channel();
        self.awaited
            .lock()
            .insert(number.clone(), Waiting::Present(answer));
        let _awaiting = Awaiting(&self.awaited, &number);
        let letter = Letter::WhoIsPresent {
            number: number.clone(),
            sender: self.node.clone(),
            channel: channel.to_owned(),
        };
        // Redis tells how many nodes have received the letter, which is how many answers there will be.
        let received = self.send_to(self.keys.all_nodes(), &letter).await?;
        let mut present = Counted::new();
        let collecting = async {
            for _ in 0..received {
                present.extend(answers.recv().await.unwrap_or_default());
            }
        };
        match timeout(PATIENCE, collecting).await {
            Ok(()) => Ok(present),
            Err(_) => Err(LogError::new("another node does not answer")),
        }
    }

    /// Sends a letter, and returns how many nodes have received it: one or none.
    async fn send(&self, node: &str, letter: &Letter) -> Result<usize, LogError> {
        self.send_to(self.keys.node(node), letter).await
    }

    async fn send_to(&self, address: String, letter: &Letter) -> Result<usize, LogError> {
        let letter = serde_json::to_string(letter).expect("a letter is valid JSON");
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(address).arg(letter);
        Ok(publish.query_async(&mut self.commands.connection()).await?)
    }

    async fn live(&self) -> Result<(), LogError> {
        let mut set = redis::cmd("SET");
        set.arg(self.keys.node(&self.node))
            .arg(1)
            .arg("EX")
            .arg(HOLDS.as_secs());
        Ok(set.query_async(&mut self.commands.connection()).await?)
    }

    async fn lives(&self, node: &str) -> Result<bool, LogError> {
        let mut exists = redis::cmd("EXISTS");
        exists.arg(self.keys.node(node));
        Ok(exists.query_async(&mut self.commands.connection()).await?)
    }
}

/// An awaited answer, for as long as a task waits for it.
struct Awaiting<'a>(&'a Mutex<HashMap<String, Waiting>>, &'a str);

impl Drop for Awaiting<'_> {
    fn drop(&mut self) {
        self.0.lock().remove(self.1);
    }
}
