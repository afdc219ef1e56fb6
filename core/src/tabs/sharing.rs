//! The state of the sharing, as users see it.

/// A tab's role among those that share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The tab holds the connection for all tabs.
    Leader,
    /// Another tab holds the connection, or is about to.
    Follower,
    /// Nothing can be shared here, so the tab has a connection of its own.
    Alone,
}

/// The state of the sharing, as users see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sharing {
    /// This tab's role.
    pub role: Role,
    /// How many tabs share the connection, including this one.
    pub tabs: usize,
}

impl Sharing {
    /// Returns the state of a tab with this role, among so many tabs.
    #[must_use]
    pub const fn new(role: Role, tabs: usize) -> Self {
        Self { role, tabs }
    }
}
