//! The output of a child process, read while it runs.
//!
//! A browser may leave its process group and outlive it, and keeps its output open. So a child never gets our
//! own output: a reader that waits for its end would wait for the browser.

use std::io::{self, BufRead, BufReader, IsTerminal, PipeReader, Write};
use std::mem;
use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// How long to wait for the output of a child that has ended.
const GRACE: Duration = Duration::from_secs(5);

/// The function that takes each line.
type Sink = Box<dyn FnMut(&str) -> io::Result<()> + Send>;

/// The output of a child.
pub(crate) struct Output {
    printed: Arc<Mutex<String>>,
    readers: Vec<Receiver<io::Result<()>>>,
}

impl Output {
    /// Reads and passes on what the command prints to its standard output, with the label before each line. Its
    /// standard error is only passed on, and left alone if it is a terminal.
    pub(crate) fn of(command: &mut Command, label: &str) -> Result<Self> {
        let printed = Arc::<Mutex<String>>::default();
        let (output, writer) = io::pipe()?;
        command.stdout(writer);
        let all = Arc::clone(&printed);
        let own_label = label.to_owned();
        let keep: Sink = Box::new(move |line| {
            show(&mut io::stdout().lock(), &own_label, line)?;
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            all.push_str(line);
            all.push('\n');
            Ok(())
        });
        let mut readers = vec![read(output, keep)];
        if !io::stderr().is_terminal() {
            let (errors, writer) = io::pipe()?;
            command.stderr(writer);
            let label = label.to_owned();
            let pass_on = move |line: &str| show(&mut io::stderr().lock(), &label, line);
            readers.push(read(errors, Box::new(pass_on)));
        }
        Ok(Self { printed, readers })
    }

    /// Returns the whole output, once the child has ended and the command is dropped.
    pub(crate) fn end(self) -> Result<String> {
        for reader in self.readers {
            match reader.recv_timeout(GRACE) {
                Ok(result) => result?,
                Err(_) => eprintln!("something outlives what has ended, and keeps its output open"),
            }
        }
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(mem::take(&mut *printed))
    }
}

/// Hands each line to the sink. The returned receiver reports the end.
fn read(from: PipeReader, mut sink: Sink) -> Receiver<io::Result<()>> {
    let (end, has_ended) = mpsc::channel();
    thread::spawn(move || {
        let mut lines = BufReader::new(from).split(b'\n');
        let result = lines.try_for_each(|line| sink(&String::from_utf8_lossy(&line?)));
        // The waiting receiver may have given up.
        let _ = end.send(result);
    });
    has_ended
}

fn show(to: &mut impl Write, label: &str, line: &str) -> io::Result<()> {
    writeln!(to, "{label}{line}")?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_outlives_the_command_is_not_waited_for() {
        let script = "left=$(mktemp); setsid sh -c \"echo yes > $left; exec sleep 20\" & \
            until [ -s $left ]; do :; done; rm $left; echo one; echo two >&2";
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let began = Instant::now();
        let output = Output::of(&mut command, "any: ").unwrap();
        let mut child = command.spawn().unwrap();
        drop(command);
        assert!(child.wait().unwrap().success());
        assert_eq!(output.end().unwrap(), "one\n");
        assert!(began.elapsed() > GRACE, "it did outlive it");
    }
}
