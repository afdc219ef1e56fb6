//! The body of `POST /hub/{id}/publish`.

use std::{sync::Arc, time::Duration};

use everstream_server::{
    hub::PublishError,
    sse::{Event, LineError, OneLine},
};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;
use tokio::time::interval;

use super::Instance;

/// One item or several items.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Publication {
    Several(Vec<Item>),
    One(Item),
}

impl Publication {
    pub(super) fn into_items(self) -> Vec<Item> {
        match self {
            Self::Several(items) => items,
            Self::One(item) => vec![item],
        }
    }
}

/// Events of one channel, or the channel's end.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Item {
    channel: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    data: Value,
    #[serde(default = "one")]
    count: u32,
    #[serde(default)]
    interval_ms: u32,
    #[serde(default)]
    complete: bool,
}

fn one() -> u32 {
    1
}

/// The reason why an item can't be published.
#[derive(Debug, Error)]
pub(super) enum Refused {
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Line(#[from] LineError),
}

impl Item {
    /// Publishes all events of the item: at once, or in a task of its own if there is an interval.
    pub(super) async fn publish(self, instance: &Arc<Instance>) -> Result<(), Refused> {
        let hub = instance.hub();
        if self.complete {
            hub.complete(&self.channel).await?;
            return Ok(());
        }
        // The first event is checked here, since no caller waits for the events of the task below.
        self.event(0)?;
        if self.interval_ms == 0 {
            for n in 1..=self.count {
                hub.publish(&self.channel, self.event(n)?).await?;
            }
            return Ok(());
        }
        let instance = Arc::clone(instance);
        tokio::spawn(async move {
            let mut ticks = interval(Duration::from_millis(self.interval_ms.into()));
            for n in 1..=self.count {
                ticks.tick().await;
                let Ok(event) = self.event(n) else { return };
                // A hub that is shut down or restarting refuses events, which is what tests look at:
                // the publisher goes on.
                let _ = instance.hub().publish(&self.channel, event).await;
            }
        });
        Ok(())
    }

    fn event(&self, n: u32) -> Result<Event, LineError> {
        let data = match &self.data {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let event = Event::new(data.replace("{n}", &n.to_string()));
        Ok(match &self.kind {
            Some(kind) => event.with_type(OneLine::try_from(kind.clone())?),
            None => event,
        })
    }
}
