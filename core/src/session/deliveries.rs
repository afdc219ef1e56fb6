//! The bounded queue of deliveries on their way to this tab's subscribers.

use std::collections::VecDeque;

use crate::tabs::{Entry, Fact, Output, Set};

/// About how many bytes wait for a slow subscriber. A tab must not hold up the shared connection, so beyond
/// this limit the older half is dropped and replaced by a gap.
const LIMIT: usize = 16 * 1024 * 1024;
/// The estimated weight of an event besides its text, in bytes.
const OVERHEAD: usize = 128;

#[derive(Debug, Default)]
pub(super) struct Deliveries {
    queue: VecDeque<Output>,
    events: usize,
    bytes: usize,
}

impl Deliveries {
    pub(super) fn push(&mut self, delivery: Output) {
        if let Output::Event(entry) = &delivery {
            self.events += 1;
            self.bytes += size(entry);
        }
        self.queue.push_back(delivery);
        // A single event always fits, whatever its size.
        if self.events > 1 && self.bytes > LIMIT {
            self.drop_oldest();
        }
    }

    pub(super) fn pop(&mut self) -> Option<Output> {
        let delivery = self.queue.pop_front()?;
        self.take_off(&delivery);
        Some(delivery)
    }

    /// Drops the queued deliveries of a channel that has no subscribers left.
    pub(super) fn forget(&mut self, channel: &str) {
        for delivery in core::mem::take(&mut self.queue) {
            if channel_of(&delivery) == Some(channel) {
                self.take_off(&delivery);
            } else {
                self.queue.push_back(delivery);
            }
        }
    }

    fn take_off(&mut self, delivery: &Output) {
        if let Output::Event(entry) = delivery {
            self.events -= 1;
            self.bytes -= size(entry);
        }
    }

    fn drop_oldest(&mut self) {
        let mut told: Set<Box<str>> = Set::new();
        for delivery in core::mem::take(&mut self.queue) {
            let is_over = self.events > 1 && self.bytes > LIMIT / 2;
            if let (Output::Gap(channel), true) = (&delivery, is_over) {
                // One gap stands for everything that is dropped after it.
                if told.insert(channel.clone()) {
                    self.queue.push_back(delivery);
                }
            } else if let (Output::Event(_), true, Some(channel)) =
                (&delivery, is_over, channel_of(&delivery))
            {
                self.take_off(&delivery);
                if told.insert(channel.into()) {
                    self.queue.push_back(Output::Gap(channel.into()));
                }
            } else {
                self.queue.push_back(delivery);
            }
        }
    }
}

/// Returns the channel that a delivery belongs to.
fn channel_of(delivery: &Output) -> Option<&str> {
    match delivery {
        Output::Event(entry) => match &entry.fact {
            Fact::Event { channel, .. } => Some(channel),
            _ => None,
        },
        Output::InForce(name)
        | Output::Gap(name)
        | Output::Skipped(name, _)
        | Output::End(name, _) => Some(name),
        _ => None,
    }
}

fn size(entry: &Entry) -> usize {
    match &entry.fact {
        Fact::Event {
            event_type,
            data,
            id,
            ..
        } => event_type.len() + data.len() + id.len() + OVERHEAD,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    fn event(data: &str) -> Output {
        let fact = Fact::Event {
            channel: "".into(),
            event_type: "message".into(),
            data: data.into(),
            id: "".into(),
        };
        let position = None;
        Output::Event(Rc::new(Entry { fact, position }))
    }

    /// Returns the data of each event, and `None` for each gap.
    fn all(deliveries: &mut Deliveries) -> Vec<Option<String>> {
        core::iter::from_fn(|| deliveries.pop())
            .map(|delivery| match delivery {
                Output::Event(entry) => match &entry.fact {
                    Fact::Event { data, .. } => Some(data.to_string()),
                    _ => unreachable!(),
                },
                _ => None,
            })
            .collect()
    }

    #[test]
    fn of_too_many_the_older_half_gives_way_to_a_gap() {
        let mut deliveries = Deliveries::default();
        let filler = "x".repeat(LIMIT / 100);
        for number in 0..100 {
            deliveries.push(event(&format!("{filler}{number}")));
        }
        let all = all(&mut deliveries);
        assert_eq!(all[0], None);
        let rest = all[1..].len();
        assert!((48..=50).contains(&rest), "{rest} are left");
        for (at, data) in all[1..].iter().enumerate() {
            let wanted = format!("{filler}{}", 100 - rest + at);
            assert!(data.as_ref() == Some(&wanted), "event {at} of the rest");
        }
        assert_eq!((deliveries.events, deliveries.bytes), (0, 0));
    }

    #[test]
    fn the_last_event_stays_however_large() {
        let mut deliveries = Deliveries::default();
        let large = "x".repeat(LIMIT + 1);
        deliveries.push(event("small"));
        deliveries.push(event(&large));
        assert_eq!(all(&mut deliveries), [None, Some(large)]);
    }
}
