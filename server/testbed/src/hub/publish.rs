//! What `POST /hub/{id}/publish` takes.

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

/// One item or several.
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

/// Events of one channel, or its end.
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

/// Why something can't be published.
#[derive(Debug, Error)]
pub(super) enum Refused {
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Line(#[from] LineError),
}

impl Item {
    /// Publishes all of it, at once or, where there is an interval, in a task of its own.
    pub(super) async fn publish(self, instance: &Arc<Instance>) -> Result<(), Refused> {
        let hub = instance.hub();
        if self.complete {
            hub.complete(&self.channel).await?;
            return Ok(());
        }
        // What can't be sent is refused also where nobody waits for the events.
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
                // A hub that is shut down or being restarted takes nothing: that is what is tested. Who
                // publishes goes on.
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
