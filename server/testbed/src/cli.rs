//! The command line.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

use lexopt::{Arg, ValueExt};
use thiserror::Error;

pub(crate) const USAGE: &str = "\
The server behind Everstream's demo and browser tests.

Usage: everstream-testbed [--listen ADDRESS:PORT] [--www DIR]

  --listen ADDRESS:PORT  loopback address to listen on, port 0 picks a free one [127.0.0.1:8080]
  --www DIR              directory to serve at /
  -h, --help             print this text
";

#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    Serve(Options),
    Help,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Options {
    pub(crate) listen: SocketAddr,
    pub(crate) www: Option<PathBuf>,
}

#[derive(Debug, Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Arguments(#[from] lexopt::Error),
    #[error("`{0}` is not an address to listen on, such as 127.0.0.1:8080")]
    Address(String),
    #[error(
        "{0} is not a loopback address: this server injects faults and lets any page call it, so \
         it listens on 127.0.0.0/8 or [::1] only"
    )]
    NotLoopback(SocketAddr),
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
}

pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, CliError> {
    let mut listen = SocketAddr::from(([127, 0, 0, 1], 8080));
    let mut www = None;
    let mut arguments = lexopt::Parser::from_args(arguments);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("listen") => listen = address(&arguments.value()?.string()?)?,
            Arg::Long("www") => www = Some(directory(arguments.value()?.into())?),
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Command::Serve(Options { listen, www }))
}

fn address(text: &str) -> Result<SocketAddr, CliError> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| CliError::Address(text.to_owned()))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(CliError::NotLoopback(address))
    }
}

fn directory(path: PathBuf) -> Result<PathBuf, CliError> {
    if path.is_dir() {
        Ok(path)
    } else {
        Err(CliError::NotADirectory(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Command, CliError> {
        super::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn takes_an_address_and_a_directory() {
        let expected = Options {
            listen: ([127, 0, 0, 1], 0).into(),
            www: Some(PathBuf::from("src")),
        };
        let parsed = parse(&["--listen", "127.0.0.1:0", "--www", "src"]).unwrap();
        assert_eq!(parsed, Command::Serve(expected));
    }

    #[test]
    fn refuses_addresses_that_others_can_reach() {
        for address in ["0.0.0.0:80", "192.168.1.1:80", "[::]:80"] {
            let error = parse(&["--listen", address]).unwrap_err();
            assert!(matches!(error, CliError::NotLoopback(_)), "{error}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert!(matches!(
            parse(&["--listen", "localhost"]),
            Err(CliError::Address(_))
        ));
        assert!(matches!(
            parse(&["--www", "no/such/place"]),
            Err(CliError::NotADirectory(_))
        ));
        assert!(matches!(
            parse(&["--port", "80"]),
            Err(CliError::Arguments(_))
        ));
    }
}
