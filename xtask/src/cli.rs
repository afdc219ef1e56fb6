//! The command line.

use lexopt::prelude::{Long, Short, Value};
use lexopt::{Error, Parser, ValueExt};

use crate::bench_browser;
use crate::browsers::Browser;
use crate::example;
use crate::fuzz::{self, Campaign};
use crate::npm;
use crate::test::Selection;

/// The text of `--help`.
pub(crate) const HELP: &str = include_str!("help.txt");

/// A command with its options.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Demo {
        port: Option<u16>,
    },
    Example {
        name: &'static str,
        port: Option<u16>,
    },
    Build,
    Test(Selection),
    Bench {
        check: bool,
    },
    BenchBrowser(bench_browser::Options),
    BenchTabs(bench_browser::Options),
    BenchNpm {
        /// Runs only this part.
        part: Option<&'static str>,
        rounds: usize,
        check: bool,
    },
    BenchHub {
        check: bool,
    },
    Size,
    Soak,
    /// Applies only the mutants that contain this.
    Mutants(Option<String>),
    Lint,
    Docs,
    Package,
    Semver {
        /// The revision to compare with.
        baseline: String,
    },
    Release,
    Fuzz(Campaign),
}

/// Reads the command line.
pub(crate) fn parse(mut arguments: Parser) -> Result<Task, Error> {
    let command = match arguments.next()? {
        None | Some(Short('h') | Long("help")) => return Ok(Task::Help),
        Some(Value(command)) => command.string()?,
        Some(other) => return Err(other.unexpected()),
    };

    let mut port = None;
    let mut example = None;
    let mut selection = Selection::default();
    let mut campaign = Campaign::default();
    let mut mutants = None;
    let mut baseline = None;
    let mut is_rehearsal = false;
    let mut bench = Bench::default();
    // Arguments after `--` arrive as values, even when they begin with a dash.
    while let Some(argument) = arguments.next()? {
        match (command.as_str(), argument) {
            (_, Short('h') | Long("help")) => return Ok(Task::Help),
            ("example", Value(name)) if example.is_none() => {
                example = Some(name.parse_with(example::named)?);
            }
            ("demo" | "example", Long("port")) => port = Some(arguments.value()?.parse()?),
            ("test", Long("native")) => selection.native = true,
            ("test", Long("browser")) => {
                let browser = arguments.value()?.parse_with(Browser::named)?;
                if !selection.browsers.contains(&browser) {
                    selection.browsers.push(browser);
                }
            }
            ("bench", Long(kind @ ("browser" | "tabs"))) => {
                if kind == "tabs" {
                    bench.of_tabs = true;
                } else {
                    bench.in_browser = true;
                }
                if let Some(name) = arguments.optional_value() {
                    bench
                        .options
                        .browsers
                        .push(name.parse_with(Browser::named)?);
                }
            }
            ("bench", Long("npm")) => {
                bench.of_npm = true;
                if let Some(name) = arguments.optional_value() {
                    bench.npm_part = Some(name.parse_with(npm::part)?);
                }
            }
            ("bench", Long("hub")) => bench.of_hub = true,
            ("bench", Long("rounds")) => bench.options.rounds = arguments.value()?.parse()?,
            ("bench", Long("check")) => bench.options.check = true,
            ("test", Long("pages")) => selection.pages = true,
            ("test", Long("hooks")) => selection.hooks = true,
            ("test", Long("npm")) => selection.npm = true,
            ("test", Long("readme")) => selection.readme = true,
            ("test", Value(filter)) if selection.filter.is_none() => {
                selection.filter = Some(filter.string()?);
            }
            ("mutants", Value(text)) if mutants.is_none() => mutants = Some(text.string()?),
            ("semver", Value(revision)) if baseline.is_none() => {
                baseline = Some(revision.string()?);
            }
            ("release", Long("dry-run")) => is_rehearsal = true,
            ("fuzz", Long("seconds")) => campaign.seconds = arguments.value()?.parse()?,
            ("fuzz", Value(name)) if campaign.target.is_none() => {
                campaign.target = Some(name.parse_with(fuzz::target)?);
            }
            (_, other) => return Err(other.unexpected()),
        }
    }

    match command.as_str() {
        "help" => Ok(Task::Help),
        "demo" => Ok(Task::Demo { port }),
        "example" => match example {
            Some(name) => Ok(Task::Example { name, port }),
            None => Err(Error::Custom("which example?".into())),
        },
        "build" => Ok(Task::Build),
        "test" => Ok(Task::Test(selection)),
        "bench" => bench.task(),
        "size" => Ok(Task::Size),
        "soak" => Ok(Task::Soak),
        "mutants" => Ok(Task::Mutants(mutants)),
        "lint" => Ok(Task::Lint),
        "docs" => Ok(Task::Docs),
        "package" => Ok(Task::Package),
        "semver" => match baseline {
            Some(baseline) => Ok(Task::Semver { baseline }),
            None => Err("compared with which tag or commit?".into()),
        },
        "release" if is_rehearsal => Ok(Task::Release),
        "release" => {
            Err("docs/publishing.md says how to release; here there is `release --dry-run`".into())
        }
        "fuzz" => Ok(Task::Fuzz(campaign)),
        unknown => Err(Error::Custom(format!("no command `{unknown}`").into())),
    }
}

/// The options of `bench`.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // One for each benchmark.
struct Bench {
    in_browser: bool,
    of_tabs: bool,
    of_npm: bool,
    npm_part: Option<&'static str>,
    of_hub: bool,
    options: bench_browser::Options,
}

impl Bench {
    fn task(self) -> Result<Task, Error> {
        let check = self.options.check;
        if self.in_browser && self.of_hub {
            return Err("--browser and --hub are two benchmarks: choose one".into());
        }
        if self.of_tabs && (self.in_browser || self.of_hub || self.of_npm) {
            return Err("--tabs is a benchmark of its own".into());
        }
        if self.of_tabs {
            return Ok(Task::BenchTabs(self.options));
        }
        if self.of_hub {
            return Ok(Task::BenchHub { check });
        }
        if self.in_browser {
            return Ok(Task::BenchBrowser(self.options));
        }
        if self.of_npm {
            return Ok(Task::BenchNpm {
                part: self.npm_part,
                rounds: self.options.rounds.get(),
                check,
            });
        }
        Ok(Task::Bench { check })
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
            pages: true,
            hooks: true,
            npm: true,
            readme: true,
            filter: Some("resume".into()),
        };
        let arguments = [
            "test",
            "--native",
            "--browser",
            "safari",
            "--browser=chromium",
            "--pages",
            "--hooks",
            "--npm",
            "--readme",
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
    fn benchmarks_in_a_browser_are_another_task() {
        assert_eq!(parsed(&["bench"]).unwrap(), Task::Bench { check: false });
        let arguments = ["bench", "--browser=firefox", "--rounds", "3", "--check"];
        let options = bench_browser::Options {
            browsers: vec![Browser::Firefox],
            rounds: std::num::NonZeroUsize::new(3).unwrap(),
            check: true,
        };
        assert_eq!(parsed(&arguments).unwrap(), Task::BenchBrowser(options));
        let options = bench_browser::Options::default();
        assert_eq!(
            parsed(&["bench", "--browser"]).unwrap(),
            Task::BenchBrowser(options)
        );
        let options = bench_browser::Options {
            browsers: vec![Browser::Chromium],
            ..bench_browser::Options::default()
        };
        assert_eq!(
            parsed(&["bench", "--tabs=chromium"]).unwrap(),
            Task::BenchTabs(options)
        );
        assert!(parsed(&["bench", "--tabs", "--browser"]).is_err());
    }

    #[test]
    fn an_example_has_a_name() {
        let arguments = ["example", "plain", "--port", "8123"];
        let task = Task::Example {
            name: "plain",
            port: Some(8123),
        };
        assert_eq!(parsed(&arguments).unwrap(), task);
        assert!(parsed(&["example"]).is_err());
        assert!(parsed(&["example", "fancy"]).is_err());
    }

    #[test]
    fn the_package_is_measured_as_a_whole_or_in_part() {
        let task = |part| Task::BenchNpm {
            part,
            rounds: bench_browser::Options::default().rounds.get(),
            check: true,
        };
        let whole = parsed(&["bench", "--npm", "--check"]).unwrap();
        assert_eq!(whole, task(None));
        let start = parsed(&["bench", "--npm=start", "--check"]).unwrap();
        assert_eq!(start, task(Some("start")));
        assert!(parsed(&["bench", "--npm=end"]).is_err());
    }

    #[test]
    fn the_hub_is_measured_alone() {
        let check = true;
        assert_eq!(
            parsed(&["bench", "--hub", "--check"]).unwrap(),
            Task::BenchHub { check }
        );
        assert!(parsed(&["bench", "--hub", "--browser"]).is_err());
    }

    #[test]
    fn breaks_are_tried_all_or_some() {
        assert_eq!(parsed(&["mutants"]).unwrap(), Task::Mutants(None));
        let some = Task::Mutants(Some("session".into()));
        assert_eq!(parsed(&["mutants", "session"]).unwrap(), some);
        assert!(parsed(&["mutants", "a", "b"]).is_err());
    }

    #[test]
    fn interfaces_are_compared_with_a_revision() {
        let baseline = "v0.1.0".to_owned();
        let task = parsed(&["semver", "v0.1.0"]).unwrap();
        assert_eq!(task, Task::Semver { baseline });
        assert!(parsed(&["semver"]).is_err());
        assert!(parsed(&["semver", "v0.1.0", "v0.2.0"]).is_err());
        assert_eq!(parsed(&["package"]).unwrap(), Task::Package);
        assert!(parsed(&["package", "everstream"]).is_err());
    }

    #[test]
    fn a_release_is_only_rehearsed() {
        assert_eq!(parsed(&["release", "--dry-run"]).unwrap(), Task::Release);
        assert!(parsed(&["release"]).is_err());
        assert!(parsed(&["test", "--dry-run"]).is_err());
    }

    #[test]
    fn the_book_takes_no_options() {
        assert_eq!(parsed(&["docs"]).unwrap(), Task::Docs);
        assert!(parsed(&["docs", "start"]).is_err());
    }

    #[test]
    fn what_a_command_does_not_know_is_refused() {
        assert!(parsed(&["deploy"]).is_err());
        assert!(parsed(&["lint", "--port", "1"]).is_err());
        assert!(parsed(&["size", "leptos"]).is_err());
        assert!(parsed(&["demo", "--port", "many"]).is_err());
        assert!(parsed(&["test", "--browser", "lynx"]).is_err());
        assert!(parsed(&["fuzz", "browser"]).is_err());
        assert!(parsed(&["test", "--", "one", "two"]).is_err());
    }
}
