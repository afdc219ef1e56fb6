//! The servers in the comparison.

use std::env;
use std::process::Command;

use anyhow::Result;

/// A server that performs the same fan-out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Contender<'a> {
    /// The project's own hub, at its defaults.
    Hub,
    /// The path of the script that uses better-sse.
    BetterSse(&'a str),
}

impl Contender<'_> {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hub => "everstream-server",
            Self::BetterSse(_) => "better-sse",
        }
    }

    /// Returns the command that starts the server. The server prints `listening on <address>` when it
    /// listens.
    pub(crate) fn command(self) -> Result<Command> {
        match self {
            Self::Hub => {
                let mut hub = Command::new(env::current_exe()?);
                hub.arg("--serve-hub");
                Ok(hub)
            }
            Self::BetterSse(script) => {
                let mut node = Command::new("node");
                node.arg(script);
                Ok(node)
            }
        }
    }
}
