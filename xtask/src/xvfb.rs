//! A virtual display for `WebKit`, which has no headless mode.

use anyhow::Result;

use crate::service::Service;
use crate::workspace::Workspace;

/// A running X server, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Display {
    /// The value of `DISPLAY`.
    pub(crate) name: String,
    _server: Service,
}

impl Display {
    /// Starts a server, which chooses its display number.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        let mut command = workspace.command("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp"]).args([
            "-screen",
            "0",
            "1280x1024x24",
        ]);
        // Xvfb writes the number once it accepts clients.
        let is_number = |line: &str| line.parse::<u32>().is_ok();
        let (server, number) = Service::start(workspace, "xvfb", command, is_number)?;
        Ok(Self {
            name: format!(":{number}"),
            _server: server,
        })
    }
}
