//! The cost of finding an event's channel, by the number of channels.
//!
//! The bytes are parsed, and each event is handed to the multiplexer, as in the browser. In one run, the
//! events belong to ten channels among all, which shows the cost of the search. In another run, they are
//! spread over all channels. It shows the cost of fetching a channel from memory that wasn't touched for
//! long.

use std::fmt::Write;
use std::hint::black_box;

use everstream_core::Error;
use everstream_core::connection::Instant;
use everstream_core::connection::RetryPolicy;
use everstream_core::mux::{
    Config, EverstreamProtocol, Handled, Multiplexer, Output, Start, StreamId, Subscribers,
};
use everstream_core::parse::{Frame, Parser};

use crate::rounds::{ROUNDS, Times, interleaved};
use crate::table::Table;
use crate::verdict::Verdict;

const EVENTS: usize = 10_000;
const SIZES: [usize; 3] = [10, 1_000, 100_000];

/// The most that an event may cost among the most channels, as a multiple of its cost among the fewest.
const FLAT: f64 = 1.3;

/// Subscribers that accept everything and keep nothing.
struct Quiet;

impl Subscribers for Quiet {
    fn in_force(&self, _: bool) {}
    fn gap(&self, _: everstream_core::GapCause) {}
    fn end(&self, _: Option<Error>) {}
}

/// A multiplexer with an open stream, and the events of the stream.
struct Routing {
    machine: Multiplexer<Quiet>,
    stream: StreamId,
    parser: Parser,
    /// The bodies, one for each turn, since the multiplexer drops a repeated event.
    bodies: Vec<String>,
}

impl Routing {
    fn new(channels: usize, spread: usize) -> Self {
        let config = Config {
            url: "http://127.0.0.1/mux".to_owned(),
            retry: RetryPolicy::default(),
            last_event_id: String::new(),
        };
        let mut machine = Multiplexer::new(config, EverstreamProtocol::new(), 1);
        for number in 0..channels {
            let added = machine.subscribe(&format!("channel:{number}"), Start::Now, || Quiet);
            assert!(added.is_ok(), "a good name");
        }
        let now = Instant::from_origin(core::time::Duration::ZERO);
        machine.flush(now);
        let Some(Output::Open(stream, _)) = machine.poll_output() else {
            panic!("a stream is asked for");
        };
        let _ = machine.begin_attempt(stream);
        let _ = machine.opening(stream);
        machine.handle_open(now, stream);
        let mut bodies: Vec<String> = (0..=ROUNDS).rev().map(|turn| body(turn, spread)).collect();
        bodies.push(String::from(
            "event: @connected\ndata: {\"protocol\":1}\n\n",
        ));
        let mut routing = Self {
            machine,
            stream,
            parser: Parser::new(),
            bodies,
        };
        assert_eq!(routing.run(), 0, "an introduction is for no channel");
        routing
    }

    /// Routes the next body. Returns how many events were for a channel.
    fn run(&mut self) -> usize {
        let mut delivered = 0;
        let body = self.bodies.pop().unwrap_or_default();
        for chunk in body.as_bytes().chunks(16 * 1024) {
            let mut frames = self.parser.feed(chunk);
            while let Some(Ok(frame)) = frames.next() {
                let Frame::Event(event) = frame else { continue };
                let handled = self
                    .machine
                    .handle_event(self.stream, &event, |_, _| Some(()));
                if let Handled::For { data, .. } = black_box(handled) {
                    delivered += usize::from(!data.is_empty());
                }
            }
        }
        delivered
    }
}

/// Returns the events of one turn.
fn body(turn: usize, spread: usize) -> String {
    let mut body = String::new();
    for seq in turn * EVENTS + 1..=(turn + 1) * EVENTS {
        // The step and the number of channels share no factor, so neighbouring events are far apart.
        let channel = seq.wrapping_mul(7_919) % spread;
        let _ = write!(
            body,
            "id: e-{seq}\nevent: channel:{channel}\ndata: {{\"price\":{seq}}}\n\n"
        );
    }
    body
}

/// Measures the routing at each number of channels.
pub(crate) fn run(print: &mut dyn FnMut(&str)) -> Verdict {
    print("# Multiplexer: parsing and routing, by the number of channels\n");
    let ten = measure(|_| 10);
    let all = measure(|channels| channels);
    let mut table = Table::new(&["channels", "on ten of them, ns", "spread over all, ns"]);
    for (at, channels) in SIZES.iter().enumerate() {
        let cell = |times: &Times| format!("{:.0}", times.median * 1e9);
        table.row(vec![channels.to_string(), cell(&ten[at]), cell(&all[at])]);
    }
    table.print(print);
    let ratio = ten[SIZES.len() - 1].median / ten[0].median;
    let verdict = Verdict::of(ratio <= FLAT);
    print(&format!(
        "At {} channels an event costs {ratio:.2} times as much as at {} (owed: at most {FLAT}): {}.\n",
        SIZES[SIZES.len() - 1],
        SIZES[0],
        verdict.label(),
    ));
    verdict
}

fn measure(spread: impl Fn(usize) -> usize) -> Vec<Times> {
    let mut routings = SIZES.map(|channels| Routing::new(channels, spread(channels)));
    let times = interleaved(SIZES.len(), |contender| {
        assert_eq!(
            routings[contender].run(),
            EVENTS,
            "every event has its channel"
        );
    });
    #[allow(clippy::cast_precision_loss)] // Counts stay far below 2⁵².
    let events = EVENTS as f64;
    times.into_iter().map(|times| times.per(events)).collect()
}
