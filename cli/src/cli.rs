//! The command line of the program.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::{Long, Short, Value};
use lexopt::{Error, Parser, ValueExt};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// Text printed by `--help`.
pub(crate) const HELP: &str = "\
Usage: everstream doctor URL [--header 'NAME: VALUE']... [--seconds N] [--json]
           say what is wrong with a stream, after 20 s at most (or N, up to 600)
       everstream tail URL [--header 'NAME: VALUE']... [--event NAME]... [--json]
               [--record FILE.jsonl] [--after ID] [--heartbeat SECONDS] [--once]
           follow a stream, and resume it where it breaks

  --header     a header of each request; not sent to another origin that the server redirects to
  --json       print JSON: one object for `doctor`, one a line for `tail`
  --event      show events of this type alone
  --record     write what happens into a new file, one JSON object a line
  --after      begin after the event with this ID
  --heartbeat  reconnect after this many seconds of silence
  --once       end with the stream, instead of reconnecting

Exit status: 0 if all is well, 1 if `doctor` found a fault or the stream failed, 2 for a wrong command line.
Credentials and the values of a URL's query are never printed or recorded.
";

/// The time that `doctor` takes at most, unless told otherwise.
const WATCHED: u64 = 20;

/// The longest time that `doctor` may be told to take.
const LONGEST: u64 = 600;

/// The task that the command line asks for.
#[derive(Debug)]
pub(crate) enum Task {
    Help,
    Version,
    Doctor(Doctor),
    Tail(Tail),
}

/// The options of `doctor`.
#[derive(Debug)]
pub(crate) struct Doctor {
    pub(crate) target: Target,
    pub(crate) watched: Duration,
    pub(crate) json: bool,
}

/// The options of `tail`.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) target: Target,
    pub(crate) events: Vec<String>,
    pub(crate) json: bool,
    pub(crate) record: Option<PathBuf>,
    pub(crate) after: String,
    pub(crate) heartbeat: Option<Duration>,
    pub(crate) once: bool,
}

/// The request to make.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
}

/// All options as they were given. No message repeats a value that may be a secret.
#[derive(Default)]
struct Given {
    url: Option<Url>,
    headers: HeaderMap,
    seconds: Option<u64>,
    json: bool,
    tail: Vec<&'static str>,
    events: Vec<String>,
    record: Option<PathBuf>,
    after: String,
    heartbeat: Option<Duration>,
    once: bool,
}

/// Parses the command line.
pub(crate) fn parse(mut arguments: Parser) -> Result<Task, Error> {
    let is_doctor = match arguments.next()? {
        Some(Short('h') | Long("help")) => return Ok(Task::Help),
        Some(Short('V') | Long("version")) => return Ok(Task::Version),
        Some(Value(command)) if command == "doctor" => true,
        Some(Value(command)) if command == "tail" => false,
        None => return Err("a command is missing: `doctor` or `tail`".into()),
        Some(_) => return Err("the first argument is not `doctor` or `tail`".into()),
    };
    let mut given = Given::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Task::Help),
            Short('H') | Long("header") => {
                let (name, value) = header(&arguments.value()?.string()?)?;
                given.headers.append(name, value);
            }
            Long("seconds") => given.seconds = Some(seconds(&mut arguments)?),
            Long("json") => given.json = true,
            Long("event") => {
                given.tail.push("--event");
                given.events.push(arguments.value()?.string()?);
            }
            Long("record") => {
                given.tail.push("--record");
                given.record = Some(arguments.value()?.into());
            }
            Long("after") => {
                given.tail.push("--after");
                given.after = arguments.value()?.string()?;
            }
            Long("heartbeat") => {
                given.tail.push("--heartbeat");
                given.heartbeat = Some(Duration::from_secs(seconds(&mut arguments)?));
            }
            Long("once") => {
                given.tail.push("--once");
                given.once = true;
            }
            Value(value) if given.url.is_none() => given.url = Some(url(&value.string()?)?),
            Value(_) => return Err("there is more than one URL".into()),
            other => return Err(other.unexpected()),
        }
    }
    given.task(is_doctor)
}

impl Given {
    fn task(self, is_doctor: bool) -> Result<Task, Error> {
        let url = self.url.ok_or("the URL is missing")?;
        let headers = self.headers;
        let target = Target { url, headers };
        let json = self.json;
        if !is_doctor {
            if self.seconds.is_some() {
                return Err("`--seconds` belongs to `doctor`".into());
            }
            return Ok(Task::Tail(Tail {
                target,
                events: self.events,
                json,
                record: self.record,
                after: self.after,
                heartbeat: self.heartbeat,
                once: self.once,
            }));
        }
        if let Some(option) = self.tail.first() {
            return Err(format!("`{option}` belongs to `tail`").into());
        }
        let watched = Duration::from_secs(self.seconds.unwrap_or(WATCHED));
        Ok(Task::Doctor(Doctor {
            target,
            watched,
            json,
        }))
    }
}

fn seconds(arguments: &mut Parser) -> Result<u64, Error> {
    let seconds: u64 = arguments.value()?.parse()?;
    if !(1..=LONGEST).contains(&seconds) {
        return Err(format!("a number of seconds must be from 1 to {LONGEST}").into());
    }
    Ok(seconds)
}

fn url(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|error| format!("the URL can't be read: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the URL's scheme is not `http` or `https`".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        let remedy =
            "browsers allow no credentials in a URL; send `--header 'Authorization: Basic BASE64'`";
        return Err(remedy.into());
    }
    Ok(url)
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let (name, value) = text
        .split_once(':')
        .ok_or("`--header` needs a name, a colon and a value")?;
    let name: HeaderName = name
        .trim()
        .parse()
        .map_err(|_| "the name of a `--header` is not a token of RFC 9110")?;
    if name == "last-event-id" {
        return Err("`Last-Event-ID` is sent by itself; begin with `tail --after ID`".into());
    }
    let value = HeaderValue::from_bytes(value.trim().as_bytes());
    let mut value = value.map_err(|_| format!("the value of `{name}` has a control character"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://localhost/events";

    fn parsed(arguments: &[&str]) -> Result<Task, Error> {
        parse(Parser::from_args(arguments))
    }

    #[test]
    fn doctor_watches_for_twenty_seconds_unless_told_otherwise() {
        let watched = |arguments: &[&str]| match parsed(arguments) {
            Ok(Task::Doctor(doctor)) => doctor.watched.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!(watched(&["doctor", URL]), 20);
        assert_eq!(watched(&["doctor", URL, "--seconds", "70"]), 70);
    }

    #[test]
    fn tail_takes_several_headers_and_types() {
        let arguments = [
            "tail",
            "--header",
            "X-A:1",
            "-H",
            "X-A: b:c ",
            URL,
            "--event",
            "price",
            "--event=b",
            "--after",
            "7",
            "--once",
        ];
        let Ok(Task::Tail(tail)) = parsed(&arguments) else {
            panic!("it is refused");
        };
        let values: Vec<_> = tail.target.headers.get_all("x-a").iter().collect();
        assert_eq!(values, ["1", "b:c"]);
        assert_eq!(tail.events, ["price", "b"]);
        assert_eq!((&*tail.after, tail.once, tail.json), ("7", true, false));
    }

    #[test]
    fn what_makes_no_sense_is_refused_without_a_secret() {
        for arguments in [
            &[][..],
            &["look", URL],
            &["--json", "doctor"],
            &["doctor"],
            &["doctor", URL, "secret"],
            &["doctor", "secret"],
            &["doctor", "ftp://localhost/secret"],
            &["doctor", "http://me:secret@localhost/"],
            &["doctor", URL, "--header", "Bearer secret"],
            &["doctor", URL, "--header", "a b: secret"],
            &["doctor", URL, "--header", "a: secret\r\nb: c"],
            &["doctor", URL, "--header", "Last-Event-ID: secret"],
            &["doctor", URL, "--seconds", "0"],
            &["doctor", URL, "--seconds", "601"],
            &["doctor", URL, "--event", "secret"],
            &["doctor", URL, "--once"],
            &["tail", URL, "--seconds", "5"],
            &["tail", URL, "--heartbeat", "0"],
            &["tail", URL, "--record"],
        ] {
            let error = parsed(arguments)
                .expect_err("it makes no sense")
                .to_string();
            assert!(!error.contains("secret"), "{arguments:?}: {error}");
        }
    }
}
