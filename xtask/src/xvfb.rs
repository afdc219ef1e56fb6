//! A display without a screen, for the browser that has no headless mode.

use anyhow::Result;

use crate::service::Service;
use crate::workspace::Workspace;

/// A running X server, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Display {
    /// What `DISPLAY` has to be.
    pub(crate) name: String,
    _server: Service,
}

impl Display {
    /// Starts a server on a display number of its own choice.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        let mut command = workspace.command("Xvfb");
        command.args(["-displayfd", "1", "-nolisten", "tcp"]).args([
            "-screen",
            "0",
            "1280x1024x24",
        ]);
        // The number is written once the server accepts clients.
        let is_number = |line: &str| line.parse::<u32>().is_ok();
        let (server, number) = Service::start(workspace, "xvfb", command, is_number)?;
        Ok(Self {
            name: format!(":{number}"),
            _server: server,
        })
    }
}
