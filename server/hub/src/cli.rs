//! The command line of the program.

use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value};
use lexopt::{Error, Parser, ValueExt};

/// Text printed by `--help`.
pub(crate) const HELP: &str = "\
Usage: everstream-hub CONFIG          run a node by a configuration file
       everstream-hub --check CONFIG  check the file, and do nothing else
       everstream-hub --dev [--port N]
                                      try it out on 127.0.0.1, without a file (port 8080)
       everstream-hub --version

It ends at SIGTERM and ctrl-c, after its streams. Every key of a configuration file is in
everstream-hub.toml, with its default.
";

/// The task that the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Help,
    Version,
    Dev { port: Option<u16> },
    Check(PathBuf),
    Run(PathBuf),
}

/// Parses the command line.
pub(crate) fn parse(mut arguments: Parser) -> Result<Task, Error> {
    let (mut path, mut port, mut is_check, mut is_dev) = (None, None, false, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Task::Help),
            Short('V') | Long("version") => return Ok(Task::Version),
            Long("check") => is_check = true,
            Long("dev") => is_dev = true,
            Long("port") => port = Some(arguments.value()?.parse()?),
            Value(value) if path.is_none() => path = Some(PathBuf::from(value)),
            other => return Err(other.unexpected()),
        }
    }
    match (path, is_check, is_dev) {
        (None, false, true) => Ok(Task::Dev { port }),
        _ if port.is_some() => Err("--port belongs to --dev; a file says where to `listen`".into()),
        (Some(path), true, false) => Ok(Task::Check(path)),
        (Some(path), false, false) => Ok(Task::Run(path)),
        (Some(_), _, true) | (None, true, true) => Err("--dev takes no configuration file".into()),
        (None, ..) => Err("a configuration file is missing".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Task, Error> {
        parse(Parser::from_args(arguments))
    }

    #[test]
    fn a_command_line_says_one_thing() {
        assert_eq!(parsed(&["a.toml"]).unwrap(), Task::Run("a.toml".into()));
        let check = Task::Check("a.toml".into());
        assert_eq!(parsed(&["--check", "a.toml"]).unwrap(), check);
        assert_eq!(parsed(&["--dev"]).unwrap(), Task::Dev { port: None });
        let port = Some(9000);
        assert_eq!(
            parsed(&["--dev", "--port", "9000"]).unwrap(),
            Task::Dev { port }
        );
        assert_eq!(parsed(&["--dev", "--help"]).unwrap(), Task::Help);
        for arguments in [
            &[][..],
            &["--check"],
            &["--dev", "a"],
            &["a", "b"],
            &["--port"],
            &["a", "--port", "1"],
        ] {
            assert!(parsed(arguments).is_err(), "{arguments:?}");
        }
    }
}
