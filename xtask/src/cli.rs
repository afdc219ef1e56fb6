//! What the command line may say.

use lexopt::prelude::{Long, Short, Value};
use lexopt::{Error, Parser, ValueExt};

use crate::browsers::Browser;
use crate::test::Selection;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Usage: cargo xtask <command>

Commands:
  demo [--port N]   Build the demo and serve it on 127.0.0.1 until ctrl-c
                    (port 8080, or the next free one, unless N is given)
  test [--native] [--browser NAME]... [-- FILTER]
                    Run the native tests, then the browser tests in Chromium,
                    Firefox and WebKit; --native and --browser narrow that down,
                    and FILTER keeps the tests whose name contains it
  bench             Run the benchmarks natively, then as wasm under Node
  lint              Check formatting, clippy (native and wasm) and the docs

Each command first sets up what it needs: the wasm target through rustup, tools
through cargo (into target/tools, unless they are on PATH), FastAPI through pip
(into target/), and on Debian, as root, browsers through apt. Elsewhere it says
what to install. A browser that is missing is reported as SKIPPED; with CI=true
in the environment it is a failure.
";

/// A command with its options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Demo { port: Option<u16> },
    Test(Selection),
    Bench,
    Lint,
}

/// Reads the command line.
pub(crate) fn parse(mut arguments: Parser) -> Result<Task, Error> {
    let command = match arguments.next()? {
        None | Some(Short('h') | Long("help")) => return Ok(Task::Help),
        Some(Value(command)) => command.string()?,
        Some(other) => return Err(other.unexpected()),
    };

    let mut port = None;
    let mut selection = Selection::default();
    // Whatever follows `--` arrives as a value, also when it begins with a dash.
    while let Some(argument) = arguments.next()? {
        match (command.as_str(), argument) {
            (_, Short('h') | Long("help")) => return Ok(Task::Help),
            ("demo", Long("port")) => port = Some(arguments.value()?.parse()?),
            ("test", Long("native")) => selection.native = true,
            ("test", Long("browser")) => {
                let browser = arguments.value()?.parse_with(Browser::named)?;
                if !selection.browsers.contains(&browser) {
                    selection.browsers.push(browser);
                }
            }
            ("test", Value(filter)) if selection.filter.is_none() => {
                selection.filter = Some(filter.string()?);
            }
            (_, other) => return Err(other.unexpected()),
        }
    }

    match command.as_str() {
        "help" => Ok(Task::Help),
        "demo" => Ok(Task::Demo { port }),
        "test" => Ok(Task::Test(selection)),
        "bench" => Ok(Task::Bench),
        "lint" => Ok(Task::Lint),
        unknown => Err(Error::Custom(format!("no command `{unknown}`").into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Task, Error> {
        parse(Parser::from_args(arguments))
    }

    #[test]
    fn no_command_asks_for_help() {
        assert_eq!(parsed(&[]).unwrap(), Task::Help);
        assert_eq!(parsed(&["test", "--help"]).unwrap(), Task::Help);
    }

    #[test]
    fn a_selection_is_read() {
        let selection = Selection {
            native: true,
            browsers: vec![Browser::WebKit, Browser::Chromium],
            filter: Some("resume".into()),
        };
        let arguments = [
            "test",
            "--native",
            "--browser",
            "safari",
            "--browser=chromium",
            "--",
            "resume",
        ];
        assert_eq!(parsed(&arguments).unwrap(), Task::Test(selection));
    }

    #[test]
    fn a_browser_named_twice_runs_once() {
        let arguments = ["test", "--browser", "firefox", "--browser", "firefox"];
        let Task::Test(selection) = parsed(&arguments).unwrap() else {
            panic!("not a test command");
        };
        assert_eq!(selection.browsers, [Browser::Firefox]);
    }

    #[test]
    fn what_a_command_does_not_know_is_refused() {
        assert!(parsed(&["deploy"]).is_err());
        assert!(parsed(&["lint", "--port", "1"]).is_err());
        assert!(parsed(&["demo", "--port", "many"]).is_err());
        assert!(parsed(&["test", "--browser", "lynx"]).is_err());
        assert!(parsed(&["test", "--", "one", "two"]).is_err());
    }
}
