//! The native tests of the hooks, which need the frameworks. Those take their time to compile, and are left
//! out where only other tests are wanted.

use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::report::Report;
use crate::workspace::Workspace;

/// The package with the tests in browsers and on a server, and with the examples of the docs.
pub(crate) const TESTS: &str = "everstream-hooks-tests";

/// The library's features that they are behind.
const FEATURES: &str = "everstream/dioxus,everstream/leptos,everstream/yew";

/// Adds them to the tests of the workspace.
pub(crate) fn include(tests: &mut Command) {
    tests.args(["--features", FEATURES]);
}

/// Runs them alone: the hooks' unit tests and documentation, and renders components as a server does.
pub(crate) fn native(
    workspace: &Workspace,
    filter: Option<&str>,
    report: &mut Report,
) -> Result<()> {
    let mut unit = workspace.cargo();
    unit.args(["test", "--package", "everstream", "--features", FEATURES]);
    // The name of a module, and of the folder in the names of the documentation's tests.
    unit.args(["--", filter.unwrap_or("hooks")]);
    let (status, output) = process::run_and_read(unit)?;
    report.ran("hooks", status, &output, filter.is_some());

    let mut server = workspace.cargo();
    server.args(["test", "--package", TESTS]);
    if let Some(filter) = filter {
        server.args(["--", filter]);
    }
    let (status, output) = process::run_and_read(server)?;
    report.ran("rendered", status, &output, filter.is_some());
    Ok(())
}
