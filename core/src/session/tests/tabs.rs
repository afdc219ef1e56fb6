//! Several sharing tabs, which hear each other.

use super::edge::{Edge, HUB};
use super::shared::{ask, leads, tab};
use crate::mux::Start;
use crate::session::{ChannelId, Input, Session, Shared};

/// Tabs that hear each other. Each line that a tab tells begins with the tab's number.
pub(super) struct Tabs(pub(super) Vec<Edge<Shared>>);

impl Tabs {
    /// Returns tabs of which the first leads, with these channels. Its channels have the numbers from 1 on.
    pub(super) fn new(channels: &[&str]) -> Self {
        let mut first = tab("", true, true, 1);
        for (channel, name) in (1..).zip(channels) {
            first.session.handle(first.now, ask(channel, name));
        }
        first.session.handle(first.now, Input::Flush);
        leads(&mut first);
        if !channels.is_empty() {
            first.open(0);
            first.receive(0, HUB);
        }
        first.said.clear();
        Self(vec![first])
    }

    /// Opens another tab, which asks for channels when it hears the others.
    pub(super) fn join(&mut self) -> usize {
        let mut edge = tab("", true, true, 2 + self.0.len() as u64);
        edge.settle();
        self.0.push(edge);
        self.0.len() - 1
    }

    pub(super) fn ask(&mut self, at: usize, channel: u32, name: &str, after: &str) -> Vec<String> {
        let start = match after {
            "" => Start::Now,
            id => Start::After(id.into()),
        };
        self.0[at].handle(Input::Subscribe {
            channel: ChannelId(channel),
            name,
            start,
        })
    }

    /// Asks for a channel. Returns what follows in all tabs.
    pub(super) fn begin(
        &mut self,
        at: usize,
        channel: u32,
        name: &str,
        after: &str,
    ) -> Vec<String> {
        self.ask(at, channel, name, after);
        let lines = self.0[at].handle(Input::Flush);
        self.carry(at, &lines)
    }

    /// Hands a piece of the stream to a tab. Returns what follows in all tabs.
    pub(super) fn receive(&mut self, at: usize, link: u32, piece: &str) -> Vec<String> {
        let lines = self.0[at].receive(link, piece);
        self.carry(at, &lines)
    }

    /// Carries the messages between the tabs until all are heard. Returns what the tabs tell.
    pub(super) fn carry(&mut self, at: usize, lines: &[String]) -> Vec<String> {
        let mut told: Vec<_> = lines.iter().map(|line| format!("{at}. {line}")).collect();
        while let Some(from) = self.0.iter().position(|edge| !edge.said.is_empty()) {
            let bytes = self.0[from].said.remove(0);
            for to in (0..self.0.len()).filter(|to| *to != from) {
                let lines = self.0[to].handle(Input::Heard(&bytes));
                told.extend(lines.iter().map(|line| format!("{to}. {line}")));
            }
        }
        told
    }

    /// Lets the leader leave. Another tab leads in its place. Returns what follows in all tabs.
    pub(super) fn hand_over(&mut self, from: usize, to: usize) -> Vec<String> {
        let lines = self.0[from].handle(Input::Leave);
        let mut told = self.carry(from, &lines);
        let lines = self.0[to].handle(Input::LockHeld);
        told.extend(self.carry(to, &lines));
        let lines = self.0[to].time_out();
        told.extend(self.carry(to, &lines));
        told
    }
}

pub(super) fn events(channel: &str, numbers: core::ops::RangeInclusive<u32>) -> String {
    let event = |number| format!("id: e-{number}\nevent: {channel}\ndata: {number}\n\n");
    numbers.map(event).collect::<Vec<_>>().concat()
}

/// Keeps the events and gaps of a tab's channel.
pub(super) fn of(at: usize, channel: u32, told: &[String]) -> Vec<&str> {
    let start = format!("{at}. {channel}: ");
    let lines = told.iter().filter_map(|line| line.strip_prefix(&start));
    lines.filter(|line| *line != "in force").collect()
}
