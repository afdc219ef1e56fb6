//! Runs the program.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

/// Far longer than any step here takes, so that a test which waits in vain fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the program, with none of the settings that a user's shell may have.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_everstream"));
    for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(proxy).env_remove(proxy.to_uppercase());
    }
    command.kill_on_drop(true);
    command
}

/// The output of `doctor --json`.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    pub(crate) status: Option<i32>,
    pub(crate) report: Value,
}

impl Diagnosis {
    pub(crate) fn codes(&self) -> Vec<String> {
        let findings = self.report["findings"].as_array().expect("a list");
        let code = |finding: &'_ Value| finding["code"].as_str().unwrap_or("none").to_owned();
        findings.iter().map(code).collect()
    }
}

/// Examines a URL. `certificate` is trusted besides the system's.
pub(crate) async fn doctor(url: &str, seconds: u64, certificate: Option<&Path>) -> Diagnosis {
    let mut command = command();
    command.args(["doctor", url, "--json", "--seconds", &seconds.to_string()]);
    if let Some(certificate) = certificate {
        command.env("SSL_CERT_FILE", certificate);
    }
    let output = run(&mut command).await;
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|error| panic!("{url}: {error}: {output:?}"));
    Diagnosis {
        status: output.status.code(),
        report,
    }
}

/// Runs a command to its end.
pub(crate) async fn run(command: &mut Command) -> Output {
    let output = timeout(PATIENCE, command.output()).await;
    output.expect("it ends").expect("it runs")
}

/// A temporary folder of one test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("everstream-cli-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that can't be removed is in no other test's way.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
