//! What is to be seen of the sharing.

/// What a tab is among those that share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// It holds the connection for all.
    Leader,
    /// Another does, or is about to.
    Follower,
    /// Nothing can be shared here: it has a connection of its own.
    Alone,
}

/// What is to be seen of the sharing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sharing {
    /// What this tab is.
    pub role: Role,
    /// How many tabs share the connection, this one among them.
    pub tabs: usize,
}

impl Sharing {
    /// What a tab is, among so many.
    #[must_use]
    pub const fn new(role: Role, tabs: usize) -> Self {
        Self { role, tabs }
    }
}
