//! The channels that this tab asks for, as JavaScript knows them.

use everstream_core::tabs::Set;

struct Channel {
    name: Box<str>,
    number: u32,
    /// It has ended, which JavaScript has still to be told.
    is_over: bool,
}

#[derive(Default)]
pub(super) struct Channels {
    /// In the order of their names.
    known: Vec<Channel>,
    /// The last number; none is given again.
    last: u32,
}

impl Channels {
    /// The number of a channel, which is there from now on.
    pub(super) fn add(&mut self, name: &str) -> u32 {
        match self.find(name) {
            Ok(place) => self.known[place].number,
            Err(place) => {
                self.last += 1;
                let channel = Channel {
                    name: name.into(),
                    number: self.last,
                    is_over: false,
                };
                self.known.insert(place, channel);
                self.last
            }
        }
    }

    /// Takes a channel out, and returns its number.
    pub(super) fn take(&mut self, name: &str) -> Option<u32> {
        let place = self.find(name).ok()?;
        Some(self.known.remove(place).number)
    }

    pub(super) fn number(&self, name: &str) -> Option<u32> {
        let place = self.find(name).ok()?;
        Some(self.known[place].number)
    }

    /// The server has ended it.
    pub(super) fn end(&mut self, name: &str) {
        if let Ok(place) = self.find(name) {
            self.known[place].is_over = true;
        }
    }

    /// Those to ask for.
    pub(super) fn wanted(&self) -> Set<Box<str>> {
        let wanted = self.known.iter().filter(|channel| !channel.is_over);
        wanted.map(|channel| channel.name.clone()).collect()
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.known
            .binary_search_by(|channel| (*channel.name).cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::Channels;

    #[test]
    fn no_number_is_given_again_and_what_has_ended_is_not_asked_for() {
        let mut channels = Channels::default();
        let [b, a] = ["b", "a"].map(|name| channels.add(name));
        assert_eq!(channels.add("b"), b);
        assert_ne!(a, b);
        channels.end("b");
        assert_eq!(channels.wanted(), ["a".into()].into_iter().collect());
        assert_eq!(channels.number("b"), Some(b), "it has still to be told");
        assert_eq!(channels.take("b"), Some(b));
        assert!(channels.add("b") > a.max(b));
    }
}
