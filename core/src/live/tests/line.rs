//! A machine driven by lines: `<milliseconds> <random> <input> -> <outputs> ; <freshness> ; <next timeout>`.

use core::time::Duration;

use crate::connection::Instant;
use crate::live::{Freshness, Input, Live, LiveConfig, LoadId, Loaded, Output, Refusal, Stamp};

pub(super) struct Machine(Live<String, String>);

fn at(milliseconds: u64) -> Instant {
    Instant::from_origin(Duration::from_millis(milliseconds))
}

fn milliseconds(instant: Instant) -> u128 {
    (instant - at(0)).as_millis()
}

impl Machine {
    /// Creates a machine whose buffer keeps four events, so that a case can fill it.
    pub(super) fn new() -> Self {
        let config = LiveConfig {
            capacity: 4,
            ..LiveConfig::default()
        };
        Self(Live::new(at(0), config))
    }

    /// Passes a line's input in. Returns the line with what came of it.
    pub(super) fn step(&mut self, line: &str) -> String {
        let given = line.split("->").next().expect("a part").trim();
        let words: Vec<&str> = given.split_whitespace().collect();
        let now = at(words[0].parse().expect("a time"));
        let random = words[1].parse().expect("a random number");
        self.0.handle(now, random, input(&words[2..]));
        let mut outputs = Vec::new();
        while let Some(output) = self.0.poll_output() {
            outputs.push(written(&output));
        }
        let freshness = match self.0.freshness() {
            Freshness::Loading => "loading".to_owned(),
            Freshness::Live => "live".to_owned(),
            Freshness::Stale { since } => format!("stale {}", milliseconds(since)),
            Freshness::Failed => "failed".to_owned(),
        };
        let next = self.0.poll_timeout().map(milliseconds);
        let next = next.map_or("-".to_owned(), |next| next.to_string());
        let outputs = outputs.join(", ");
        format!("{given} -> {outputs} ; {freshness} ; {next}").replace(">  ;", "> ;")
    }

    pub(super) fn timeout(&self) -> Option<u64> {
        let next = self.0.poll_timeout()?;
        Some(u64::try_from(milliseconds(next)).expect("it is near"))
    }
}

fn input(words: &[&str]) -> Input<String, String> {
    match *words {
        ["open"] => Input::Open,
        ["lost"] => Input::Lost,
        ["gap"] => Input::Gap,
        ["closed"] => Input::Closed { failed: false },
        ["broken"] => Input::Closed { failed: true },
        ["not-applied"] => Input::NotApplied,
        ["reload"] => Input::Reload,
        ["timeout"] => Input::Timeout,
        ["failed", id] => Input::LoadFailed {
            id: load(id),
            is_final: false,
        },
        ["given-up", id] => Input::LoadFailed {
            id: load(id),
            is_final: true,
        },
        ["event", name, ref known @ ..] => {
            let stamp = Stamp {
                position: position(known),
                version: versions(known).and_then(|mut versions| versions.pop()),
            };
            Input::Event(stamp, name.to_owned())
        }
        ["loaded", id, name, ref known @ ..] => {
            let loaded = Loaded {
                state: name.to_owned(),
                position: position(known),
                versions: versions(known),
            };
            Input::Loaded(load(id), loaded)
        }
        _ => panic!("no such input: {words:?}"),
    }
}

fn load(id: &str) -> LoadId {
    LoadId(id.parse().expect("the number of a load"))
}

/// Returns the position among the words, written as `@7`.
fn position(words: &[&str]) -> Option<String> {
    let position = words.iter().find_map(|word| word.strip_prefix('@'))?;
    Some(position.to_owned())
}

/// Returns the versions among the words, written as `key=7`.
fn versions(words: &[&str]) -> Option<Vec<(String, f64)>> {
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    let versions: Vec<_> = pairs
        .map(|(key, version)| (key.to_owned(), version.parse().expect("a version")))
        .collect();
    (!versions.is_empty()).then_some(versions)
}

fn written(output: &Output<String, String>) -> String {
    match output {
        Output::Load(LoadId(id)) => format!("load {id}"),
        Output::Abort(LoadId(id)) => format!("abort {id}"),
        Output::Replace(state) => format!("replace {state}"),
        Output::Apply(event) => format!("apply {event}"),
        Output::Refused(Refusal::Older) => "refused older".to_owned(),
        Output::Refused(Refusal::Slow) => "refused slow".to_owned(),
        Output::Refused(Refusal::Overflow) => "refused overflow".to_owned(),
    }
}
