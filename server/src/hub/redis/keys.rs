//! The names of keys and pub/sub channels in Redis.

/// The keys of one hub. The braces keep them together in a Redis cluster.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    /// A hash of the current epoch and seq.
    pub(super) meta: String,
    /// The stream of entries.
    pub(super) log: String,
    node: String,
    once: String,
}

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            meta: format!("{{{prefix}}}:meta"),
            log: format!("{{{prefix}}}:log"),
            node: format!("{{{prefix}}}:node:"),
            once: format!("{{{prefix}}}:once:"),
        }
    }

    /// Returns the key that remembers what was published once.
    pub(super) fn once(&self, key: &str) -> String {
        format!("{}{key}", self.once)
    }

    /// Returns the pub/sub channel of all nodes.
    pub(super) fn all_nodes(&self) -> String {
        format!("{}all", self.node)
    }

    /// Returns the pub/sub channel of a node, which is also the key that says that the node lives.
    pub(super) fn node(&self, node: &str) -> String {
        format!("{}{node}", self.node)
    }
}
