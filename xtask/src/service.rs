//! A background process that reports in its output when it is ready.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, PipeReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::Group;
use crate::workspace::Workspace;

/// How long a service may take to get ready on a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running service, which ends when it is dropped.
#[must_use = "dropping a service ends it"]
#[derive(Debug)]
pub(crate) struct Service {
    group: Group,
}

impl Service {
    /// Starts a service. Waits for the line of output that reports readiness, and returns it.
    ///
    /// All output goes to `<name>.log` in the target directory.
    pub(crate) fn start(
        workspace: &Workspace,
        name: &str,
        mut command: Command,
        is_ready: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<(Self, String)> {
        let path = log_path(workspace, name)?;
        let log = File::create(&path)?;
        let (output, writer) = io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let group = Group::spawn(&mut command)?;
        // The command holds our copy of the writing end. Without it, the output ends with the group.
        drop(command);

        let (announce, ready) = mpsc::channel();
        thread::spawn(move || keep_log(output, log, is_ready, announce));
        match ready.recv_timeout(PATIENCE) {
            Ok(line) => Ok((Self { group }, line)),
            Err(RecvTimeoutError::Timeout) => {
                bail!("{name} was not ready in time, see {}", path.display())
            }
            Err(RecvTimeoutError::Disconnected) => {
                bail!("{name} ended at once:\n{}", read_log(&path))
            }
        }
    }

    /// Waits until the service ends.
    pub(crate) fn wait(self) -> Result<()> {
        let status = self.group.wait()?;
        if !status.success() {
            bail!("the service failed ({status})");
        }
        Ok(())
    }
}

fn log_path(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let directory = workspace.target.join("xtask");
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    Ok(directory.join(format!("{name}.log")))
}

fn read_log(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| format!("(no log: {error})"))
}

/// Writes the output to the log until it ends, and announces the first line that is the signal.
fn keep_log(
    output: PipeReader,
    mut log: File,
    is_ready: impl Fn(&str) -> bool,
    announce: Sender<String>,
) {
    let mut announce = Some(announce);
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if writeln!(log, "{line}").is_err() {
            break;
        }
        if is_ready(&line)
            && let Some(announce) = announce.take()
        {
            // The receiver may have given up waiting.
            let _ = announce.send(line);
        }
    }
}
