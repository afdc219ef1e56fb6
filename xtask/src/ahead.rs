//! Compiles ahead what later parts of a test run need in profiles of their own. The browsers' tests, which
//! mostly wait, run meanwhile.

use std::process::Command;
use std::thread::{self, JoinHandle};

use crate::workspace::Workspace;
use crate::{demo, e2e, example, npm, process};

/// A background thread that compiles.
#[must_use = "it is to be waited for before the programs are built"]
#[derive(Debug)]
pub(crate) struct Ahead(JoinHandle<()>);

impl Ahead {
    /// Begins to compile for the page suite, the npm suite, or both.
    pub(crate) fn start(workspace: &Workspace, for_pages: bool, for_npm: bool) -> Self {
        let mut commands = Vec::new();
        if for_pages {
            commands.push(background(workspace, |cargo| {
                example::compile(cargo, &example::ALL);
            }));
            commands.push(background(workspace, demo::compile));
            commands.push(background(workspace, e2e::compile));
        }
        if for_npm {
            for feature in npm::CORES {
                let mut nice = workspace.in_background("wasm-pack");
                npm::core(workspace, nice.arg("--quiet"), feature);
                commands.push(nice);
            }
        }
        Self(thread::spawn(move || {
            for mut command in commands {
                // The suite that needs the program builds it again and reports the error.
                if process::run(&mut command).is_err() {
                    break;
                }
            }
        }))
    }

    /// Waits until everything is compiled.
    pub(crate) fn wait(self) {
        self.0.join().expect("compiling does not panic");
    }
}

/// Returns a quiet cargo that leaves the processor to the tests.
fn background(workspace: &Workspace, what: impl FnOnce(&mut Command)) -> Command {
    let mut cargo = workspace.cargo_in_background();
    what(&mut cargo);
    cargo.arg("--quiet");
    cargo
}
