//! Changes a stream's set: sends the requests, handles their answers, and reacts to failures.

use core::time::Duration;

use super::set::Version;
use super::stream::StreamId;
use super::{Multiplexer, Output, Start, Subscribers, Wanted};
use crate::connection::Instant;
use crate::error::{Error, UnexpectedResponse};
use crate::http::{Response, excerpt};
use crate::mux::protocol::{Answer, Begin, Change, Control, InForce, Update, Verdict};

/// The time after which a control request without an answer is aborted.
const CONTROL_TIMEOUT: Duration = Duration::from_secs(10);

/// The limit on the kept part of a refusal's body, in bytes.
const EXCERPT: usize = 1024;

/// The number of failures in a row after which a new connection changes the set instead.
const CONTROL_FAILURES: u32 = 4;

/// Identifies one sending of a control request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ControlId(pub(crate) u64);

/// The requests that put one set in force.
#[derive(Debug)]
pub(super) struct Round {
    stream: StreamId,
    /// The set that was requested before this one.
    after: Version,
    version: Version,
    in_force: InForce,
    /// The requests that have not been accepted or refused yet.
    sendings: Vec<Sending>,
    /// The failures in a row after which requests had to be sent again.
    failures: u32,
    /// The deadline of the requests under way, or the time at which failed requests are sent again.
    due: Instant,
}

#[derive(Debug)]
struct Sending {
    /// The ID of the sending; `None` unless it is under way.
    id: Option<ControlId>,
    control: Control,
    unauthorized: bool,
    /// The last answer that asked for another sending.
    failed: Option<Answer>,
}

impl Round {
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    fn is_under_way(&self) -> bool {
        self.sendings.iter().any(|sending| sending.id.is_some())
    }

    /// Takes the IDs of the requests under way. Their answers no longer count.
    fn given_up(&mut self) -> impl Iterator<Item = ControlId> {
        self.sendings
            .iter_mut()
            .filter_map(|sending| sending.id.take())
    }
}

impl<S: Subscribers> Multiplexer<S> {
    /// Asks the current stream for the present set.
    pub(super) fn change(&mut self, now: Instant) {
        let Some(stream) = &mut self.current else {
            return;
        };
        let version = self.channels.version();
        let channels = self.channels.all();
        let added = self.channels.added(stream.requested);
        let removed = self.channels.removed(stream.requested.max(stream.base));
        let change = Change {
            url: &self.config.url,
            revision: stream.revision(version),
            channels: &channels,
            added: &added,
            removed: &removed,
            open_for: stream
                .open_since
                .map_or(Duration::ZERO, |since| now - since),
        };
        match stream.session.change(&change) {
            Update::Later(after) => {
                self.ask_again = Some(after.map_or(Instant::FAR_FUTURE, |after| now + after));
            }
            Update::Reopen => self.hand_over(),
            Update::Requests { requests, in_force } => {
                let after = core::mem::replace(&mut stream.requested, version);
                let sendings = requests.into_iter().map(|control| Sending {
                    id: None,
                    control,
                    unauthorized: false,
                    failed: None,
                });
                self.round = Some(Round {
                    stream: stream.id,
                    after,
                    version,
                    in_force,
                    sendings: sendings.collect(),
                    failures: 0,
                    due: now,
                });
                if in_force == InForce::Delivered {
                    stream.delivered = version;
                }
                self.send(now);
                self.complete_round(now);
            }
        }
    }

    /// Sends the requests that are not under way.
    fn send(&mut self, now: Instant) {
        let Some(round) = &mut self.round else { return };
        round.due = now + CONTROL_TIMEOUT;
        for sending in round
            .sendings
            .iter_mut()
            .filter(|sending| sending.id.is_none())
        {
            self.rounds += 1;
            let id = ControlId(self.rounds);
            sending.id = Some(id);
            self.outputs.push_back(Output::Control {
                id,
                request: sending.control.request.clone(),
                unauthorized: sending.unauthorized,
            });
        }
    }

    /// Handles the answer to a request, or its absence. An answer that comes too late has no effect.
    pub fn handle_answer(&mut self, now: Instant, id: ControlId, answer: &Answer) {
        let Some(round) = &mut self.round else { return };
        let Some(at) = round
            .sendings
            .iter()
            .position(|sending| sending.id == Some(id))
        else {
            return;
        };
        let sending = &mut round.sendings[at];
        if answer.status == Some(401) && !sending.unauthorized {
            sending.unauthorized = true;
            sending.id = None;
            self.send(now);
            return;
        }
        let Some(stream) = &self.current else { return };
        match stream.session.judge(&sending.control, answer) {
            Verdict::Accepted => {
                round.sendings.swap_remove(at);
            }
            Verdict::ConnectionGone => {
                sending.id = None;
                self.end_round();
                self.hand_over();
                return;
            }
            Verdict::Again => {
                sending.id = None;
                sending.failed = Some(answer.clone());
            }
            Verdict::Refused => {
                let Sending { control, .. } = round.sendings.swap_remove(at);
                let announced = match round.in_force {
                    InForce::Announced => self.current.as_ref().map_or(0, |it| it.in_force),
                    InForce::Answered | InForce::Delivered => 0,
                };
                // An earlier sending may have arrived, and only its answer was lost.
                let (after, version) = (round.after.max(announced), round.version);
                self.refuse(after, version, control, answer);
            }
        }
        self.try_again_later(now);
        self.complete_round(now);
    }

    pub(super) fn round_timeout(&mut self, now: Instant) {
        let Some(round) = &mut self.round else { return };
        if now < round.due {
            return;
        }
        if round.is_under_way() {
            for sending in &mut round.sendings {
                if let Some(id) = sending.id.take() {
                    sending.failed = None;
                    self.outputs.push_back(Output::Abort(id));
                }
            }
            self.try_again_later(now);
        } else {
            self.send(now);
        }
    }

    /// Sets the time to send failed requests again, once no request is under way.
    fn try_again_later(&mut self, now: Instant) {
        let Some(round) = &mut self.round else { return };
        if round.is_under_way() || round.sendings.is_empty() {
            return;
        }
        round.failures += 1;
        if round.failures > CONTROL_FAILURES {
            self.give_up_round(now);
            return;
        }
        let random = self.jitter.next();
        round.due = now + self.config.retry.backoff(round.failures, random);
    }

    /// Gives up after too many failures. A refusal for one channel ends that channel: another connection
    /// would not help.
    fn give_up_round(&mut self, now: Instant) {
        let Some(round) = self.round.take() else {
            return;
        };
        let is_answered = |answer: &Answer| answer.status.is_some();
        let mut is_reopened = false;
        for Sending {
            control, failed, ..
        } in round.sendings
        {
            match failed.filter(is_answered) {
                Some(answer) if control.channel.is_some() => {
                    self.refuse(round.after, round.version, control, &answer);
                }
                _ => is_reopened = true,
            }
        }
        if is_reopened {
            self.hand_over();
            return;
        }
        if round.in_force != InForce::Announced {
            self.put_in_force(round.version);
        }
        self.flush(now);
    }

    fn complete_round(&mut self, now: Instant) {
        let is_complete = |round: &mut Round| round.sendings.is_empty();
        let Some(round) = self.round.take_if(is_complete) else {
            return;
        };
        if round.in_force != InForce::Announced {
            self.put_in_force(round.version);
        }
        self.flush(now);
    }

    /// Notes that the current stream sends this set from now on.
    pub(super) fn put_in_force(&mut self, version: Version) {
        if let Some(stream) = &mut self.current
            && version > stream.in_force
        {
            stream.in_force = version;
            stream.delivered = stream.delivered.max(version);
            self.tell_what_is_in_force();
        }
    }

    /// Ends the channels of a request that was refused for good.
    fn refuse(&mut self, after: Version, version: Version, control: Control, answer: &Answer) {
        let response = Response {
            status: answer.status.unwrap_or_default(),
            url: control.request.url,
            ..Response::default()
        };
        let excerpt = excerpt(&answer.body, EXCERPT);
        let error = Error::Response(UnexpectedResponse { response, excerpt }.into());
        match control.channel {
            Some(name) => {
                if let Some(channel) = self.channels.take(&name) {
                    channel.subscribers.end(Some(error));
                }
            }
            None => self.refuse_additions(after, version, &error),
        }
    }

    /// Ends the channels that were added after set `after` and up to `version`. Earlier channels continue.
    pub(super) fn refuse_additions(&mut self, after: Version, version: Version, error: &Error) {
        let added = self.channels.take_added(after, version);
        if added.is_empty() {
            self.outputs.push_back(Output::Error(error.clone()));
        }
        for channel in added {
            channel.subscribers.end(Some(error.clone()));
        }
        // Marks the refused set as requested: asking for the removals again would be refused as well.
        if let Some(stream) = &mut self.current {
            stream.requested = stream.requested.max(version);
        }
    }

    /// Ends the round. Requests without an answer occupy a browser connection each, so they are aborted.
    pub(super) fn end_round(&mut self) {
        if let Some(mut round) = self.round.take() {
            self.outputs.extend(round.given_up().map(Output::Abort));
        }
    }

    /// Drops the round of a stream that is gone, since its answers no longer matter.
    pub(super) fn drop_round(&mut self, id: StreamId) {
        if self.round.as_ref().is_some_and(|round| round.stream == id) {
            self.end_round();
        }
        if self.is_current(id) {
            self.ask_again = None;
        }
    }

    /// Updates where channels start on a stream that is about to open. A channel in a replay continues where
    /// it is. A channel that is ahead of the connection, whose last event ID was moved back, does so too.
    pub(super) fn update_starts(&mut self) {
        let log = &self.log;
        if !log.is_ordered() {
            return;
        }
        for channel in self.channels.channels_mut() {
            let has_own = match channel.start {
                Start::After(_) => channel.seen > 0,
                Start::Position => channel.seen > log.seq(),
                Start::Now => false,
            };
            if has_own {
                channel.start = Start::After(log.id_of(channel.seen));
                self.replaying += 1;
            }
        }
    }
}

/// Replaces `Begin::Now`: without a last event ID, every channel begins now, and the request need not say so.
pub(super) fn without_starts(mut channels: Vec<Wanted<'_>>) -> Vec<Wanted<'_>> {
    for channel in &mut channels {
        if channel.begin == Begin::Now {
            channel.begin = Begin::Position;
        }
    }
    channels
}
