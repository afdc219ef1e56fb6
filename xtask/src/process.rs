//! Child processes that end with the command that started them, together with their descendants.
//!
//! A browser test is a chain of processes: wasm-pack, cargo, the test runner, the driver, the browser. So
//! each child leads a process group of its own, and the whole group ends.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::output::Output;

/// How long a group may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// How long a test suite may take, including compilation. A hang must become a failure with a name before the
/// whole run times out.
const LIMIT: Duration = Duration::from_mins(40);

/// The running groups, and whether the user has interrupted the command.
struct Live {
    interrupted: bool,
    groups: Vec<Pid>,
}

static LIVE: Mutex<Live> = Mutex::new(Live {
    interrupted: false,
    groups: Vec::new(),
});

fn live() -> MutexGuard<'static, Live> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes ctrl-c and a termination signal end the children.
///
/// The function that waits for a child then sees it end, can't start another, and returns an error. So every
/// guard on the way out is dropped.
pub(crate) fn end_children_on_interrupt() -> Result<()> {
    ctrlc::set_handler(|| {
        let mut live = live();
        live.interrupted = true;
        for group in &live.groups {
            signal(*group, Signal::TERM);
        }
    })
    .context("cannot handle ctrl-c")
}

/// Returns whether the user has interrupted the command.
pub(crate) fn interrupted() -> bool {
    live().interrupted
}

/// Runs a command to its end. A failure of the command is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = Group::spawn(command)?.wait()?;
    if !status.success() {
        bail!("{} failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs a command to its end, passes its standard output on, with the label before each line, and returns it
/// without labels. A command that takes too long is killed.
pub(crate) fn run_and_read(label: &str, command: Command) -> Result<(ExitStatus, String)> {
    run_within(LIMIT, label, command)
}

/// Runs a command like [`run_and_read`] with the given time limit.
pub(crate) fn run_within(
    limit: Duration,
    label: &str,
    mut command: Command,
) -> Result<(ExitStatus, String)> {
    let output = Output::of(&mut command, label)?;
    let group = Group::spawn(&mut command)?;
    // The command holds our copies of the writing ends. Without them, the output ends with the group.
    drop(command);
    let _watchdog = Watchdog::watch(group.id, limit);
    let status = group.wait()?;
    Ok((status, output.end()?))
}

/// A running child and its process group; dropping it ends them.
#[must_use = "dropping a group ends it"]
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    id: Pid,
    reaped: bool,
}

impl Group {
    /// Starts a command in a process group of its own, without standard input.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        // Holding the lock until the group is known keeps an interrupt from missing it.
        let mut live = live();
        if live.interrupted {
            bail!("interrupted");
        }
        command.process_group(0).stdin(Stdio::null());
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", describe(command)))?;
        let id = Pid::from_child(&child);
        live.groups.push(id);
        Ok(Self {
            child,
            id,
            reaped: false,
        })
    }

    /// Waits until the child ends, then ends its remaining descendants.
    pub(crate) fn wait(mut self) -> Result<ExitStatus> {
        await_exit(self.id);
        let status = self.reap()?;
        if interrupted() {
            bail!("interrupted");
        }
        Ok(status)
    }

    /// Kills what is left of the group.
    ///
    /// The child is reaped last: until then, no other group can get its ID.
    fn reap(&mut self) -> Result<ExitStatus> {
        self.reaped = true;
        signal(self.id, Signal::KILL);
        live().groups.retain(|group| *group != self.id);
        Ok(self.child.wait()?)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.reaped {
            return;
        }
        signal(self.id, Signal::TERM);
        let (exited, exit) = mpsc::channel();
        let id = self.id;
        thread::spawn(move || {
            await_exit(id);
            // The receiver is gone once the grace is over.
            let _ = exited.send(());
        });
        // After its grace the group is killed, which is the first step of reaping.
        let _ = exit.recv_timeout(GRACE);
        if let Err(error) = self.reap() {
            eprintln!("cannot wait for process {}: {error}", self.id);
        }
    }
}

/// Kills a group that takes too long, unless it is dropped earlier.
struct Watchdog {
    _has_ended: mpsc::Sender<()>,
}

impl Watchdog {
    fn watch(group: Pid, limit: Duration) -> Self {
        let (sender, has_ended) = mpsc::channel();
        thread::spawn(move || {
            if has_ended.recv_timeout(limit) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            // A listed group hasn't been reaped, so no other group has its ID.
            if live().groups.contains(&group) {
                eprintln!("this has taken {} s and is ended", limit.as_secs());
                signal(group, Signal::KILL);
            }
        });
        Self { _has_ended: sender }
    }
}

/// Waits until the child has ended, and leaves it to be reaped.
fn await_exit(child: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    // The only possible error is that the child was reaped in between: it has ended then, too.
    let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(child), options));
}

/// Signals a group if it still exists.
fn signal(group: Pid, signal: Signal) {
    let _ = kill_process_group(group, signal);
}

fn describe(command: &Command) -> String {
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufRead, BufReader};

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status_are_returned() {
        let (status, output) =
            run_and_read("a label: ", shell("echo one; echo two; exit 3")).unwrap();
        assert_eq!(status.code(), Some(3));
        assert_eq!(output, "one\ntwo\n");
    }

    #[test]
    fn a_failing_command_is_named() {
        let error = run(&mut shell("exit 3")).unwrap_err().to_string();
        assert!(error.contains("sh -c exit 3"), "{error}");
    }

    #[test]
    fn what_a_child_leaves_behind_ends_with_it() {
        // The background process holds the output open, so the output ends only with that process.
        let (status, _) = run_and_read("", shell("sleep 600 & exit 0")).unwrap();
        assert!(status.success());
    }

    #[test]
    fn what_takes_too_long_is_ended() {
        let limit = Duration::from_millis(200);
        let (status, output) = run_within(limit, "", shell("echo one; sleep 600 & wait")).unwrap();
        assert!(!status.success());
        assert_eq!(output, "one\n");
    }

    #[test]
    fn dropping_ends_the_whole_group() {
        let (mut output, writer) = io::pipe().unwrap();
        let mut command = shell("sleep 600 & echo started; wait");
        command.stdout(writer);
        let group = Group::spawn(&mut command).unwrap();
        drop(command);
        let mut reader = BufReader::new(&mut output);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert_eq!(line, "started\n");
        drop(group);
        assert_eq!(reader.read_line(&mut line).unwrap(), 0);
    }
}
