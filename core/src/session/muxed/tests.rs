//! A session of channels before its first connection. The simulation covers the rest.

use super::*;
use crate::connection::Config;
use crate::mux::EverstreamProtocol;
use crate::session::Output;

fn session(pause_when_hidden: bool) -> Muxed {
    let connection = Config {
        pause_when_hidden,
        ..Config::default()
    };
    let config = MuxedConfig {
        url: "https://example.com/mux".to_owned(),
        connection,
        seed: 1,
        first: LinkId(0),
    };
    Muxed::new(config, EverstreamProtocol::new())
}

fn subscribe(session: &mut Muxed) {
    session.handle(
        Instant::default(),
        Input::Subscribe {
            channel: ChannelId(1),
            name: "a",
            start: Start::Now,
        },
    );
    session.handle(Instant::default(), Input::Flush);
}

fn connects(session: &mut Muxed) -> usize {
    core::iter::from_fn(|| session.poll_output())
        .filter(|output| matches!(output, Output::Connect(..)))
        .count()
}

#[test]
fn a_connection_that_begins_in_a_hidden_page_is_paused_from_the_start() {
    let mut session = session(true);
    session.handle(Instant::default(), Input::Signal(Signal::Hidden));
    subscribe(&mut session);
    assert_eq!(connects(&mut session), 0);
    session.handle(Instant::default(), Input::Signal(Signal::Visible));
    assert_eq!(connects(&mut session), 1);
}

#[test]
fn one_that_is_not_to_be_paused_begins_in_a_hidden_page_too() {
    let mut session = session(false);
    session.handle(Instant::default(), Input::Signal(Signal::Hidden));
    subscribe(&mut session);
    assert_eq!(connects(&mut session), 1);
}
