//! Who is measured.

use std::env;
use std::process::Command;

use anyhow::Result;

/// A server that does the same.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Contender<'a> {
    /// The project's own, at its defaults.
    Hub,
    /// The script that has better-sse do it.
    BetterSse(&'a str),
}

impl Contender<'_> {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hub => "everstream-server",
            Self::BetterSse(_) => "better-sse",
        }
    }

    /// What starts it. It says `listening on <address>` when it does.
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
