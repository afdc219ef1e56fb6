//! The native tests of the hooks, which need the frameworks. Compiling those takes long, so they are left out
//! where other tests are wanted.

use std::process::Command;

use anyhow::Result;

use crate::report::Report;
use crate::workspace::Workspace;

/// The package with the tests in browsers and on a server, and with the examples of the docs.
pub(crate) const TESTS: &str = "everstream-hooks-tests";

/// The library's features that enable the hooks.
const FEATURES: &str = "everstream/dioxus,everstream/leptos,everstream/yew";

/// Adds the hooks to the tests of the workspace.
pub(crate) fn include(tests: &mut Command) {
    tests.args(["--features", FEATURES]);
}

/// Runs the hooks' tests alone: unit tests, documentation, and components rendered as on a server.
pub(crate) fn native(
    workspace: &Workspace,
    filter: Option<&str>,
    report: &mut Report,
) -> Result<()> {
    let mut unit = workspace.cargo();
    unit.args(["test", "--package", "everstream", "--features", FEATURES]);
    // `hooks` names both the module and the folder in the names of the documentation's tests.
    unit.args(["--", filter.unwrap_or("hooks")]);
    report.run("hooks", unit, filter.is_some())?;

    let mut server = workspace.cargo();
    server.args(["test", "--package", TESTS]);
    if let Some(filter) = filter {
        server.args(["--", filter]);
    }
    report.run("rendered", server, filter.is_some())
}
