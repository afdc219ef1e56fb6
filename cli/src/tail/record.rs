//! A recording: a file with one JSON object a line, `at` milliseconds after its beginning.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::Failure;

/// The version of the format.
const VERSION: u32 = 1;

/// A file that is being written.
pub(super) struct Recording {
    file: BufWriter<File>,
    began: Instant,
}

impl Recording {
    /// Creates the file. An existing one is left alone.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;

            // The events may be for this user alone.
            options.mode(0o600);
        }
        let file = options.open(path).map_err(|reason| Failure::Record {
            path: path.display().to_string(),
            reason,
        })?;
        Ok(Self {
            file: BufWriter::new(file),
            began: Instant::now(),
        })
    }

    /// Writes the first line, with the URL as it may be shown.
    pub(super) fn begin(&mut self, masked: &str) -> io::Result<()> {
        self.write("begin", json!({ "version": VERSION, "url": masked }))
    }

    /// Writes a line. `fields` must be an object.
    pub(super) fn write(&mut self, kind: &str, mut fields: Value) -> io::Result<()> {
        fields["at"] = json!(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX));
        fields["kind"] = json!(kind);
        writeln!(self.file, "{fields}")
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
