//! A node of a schedule, and the application in front of it.

use std::sync::Arc;

use axum::http::request::Parts;
use parking_lot::Mutex;

use super::{
    super::{Access, Grant, Hub, Refusal, switchboard::Switchboard, window::Capacity},
    log::{Common, Modelled, breathe},
    schedule::{HEARTBEAT, Schedule},
};

/// The application's answers, with a pause before and after.
struct Rights(Arc<Common>);

impl Access for Rights {
    type Principal = String;

    async fn principal(&self, request: &Parts) -> Result<String, Refusal> {
        breathe().await;
        let user = request.headers.get("x-user").expect("it is there");
        Ok(user.to_str().expect("it is text").to_owned())
    }

    fn identity(&self, user: &String) -> String {
        user.clone()
    }

    async fn may_subscribe(&self, user: &String, channel: &str) -> Result<Grant, Refusal> {
        let right = (user.clone(), channel.to_owned());
        let may = self.0.world.lock().rights.contains(&right);
        breathe().await;
        if may {
            Ok(Grant::with_history())
        } else {
            Err(Refusal::new("forbidden", "not yours"))
        }
    }
}

pub(super) struct Node {
    pub(super) hub: Hub,
    pub(super) switchboard: Arc<Mutex<Switchboard>>,
}

impl Schedule {
    /// Starts a node that knows the log as it is now, as a node does that connects.
    pub(super) fn start_node(&mut self) -> Node {
        self.names += 1;
        let name = format!("n{}.", self.names);
        let head = {
            let mut world = self.common.world.lock();
            world.touch((0, 0));
            world.head()
        };
        let capacity = Capacity {
            events: self.window,
            bytes: 1 << 20,
        };
        let epoch = head.0.to_string().into();
        let switchboard = Switchboard::new(epoch, head.1, capacity, self.history, true);
        let switchboard = Arc::new(Mutex::new(switchboard));
        let log = Modelled {
            common: Arc::clone(&self.common),
            switchboard: Arc::clone(&switchboard),
            name: name.clone(),
        };
        let builder = Hub::builder()
            .access(Rights(Arc::clone(&self.common)))
            .heartbeat(HEARTBEAT)
            .client_queue(self.queue, 1 << 20)
            .limits(|limits| limits.control_requests = u32::MAX);
        let hub = builder.build_on(Arc::clone(&switchboard), Arc::new(log));
        let named = (name, Arc::downgrade(&hub.shared));
        self.common.nodes.lock().push(named);
        Node { hub, switchboard }
    }
}
