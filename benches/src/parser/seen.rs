//! The results that a parser must show for its work.

/// Receives the events of a parser.
pub(crate) trait Sink: Default {
    /// Receives an event as the standard dispatches it: `event_type` is `message` if the stream has none.
    fn event(&mut self, event_type: &str, data: &str, last_event_id: &str);
}

/// Looks at each event just enough that no parser can skip work. Its time counts, so it costs next to
/// nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    events: usize,
    lengths: usize,
    ends: usize,
}

impl Sink for Tally {
    #[inline]
    fn event(&mut self, event_type: &str, data: &str, last_event_id: &str) {
        let data = data.as_bytes();
        let ends = data.first().zip(data.last());
        self.events += 1;
        self.lengths += event_type.len() + data.len() + last_event_id.len();
        self.ends += ends.map_or(0, |(&first, &last)| usize::from(first) + usize::from(last));
    }
}

/// Reads each byte of each event, outside of the timing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Digest {
    pub(crate) events: usize,
    hash: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self {
            events: 0,
            hash: 0xCBF2_9CE4_8422_2325,
        }
    }
}

impl Sink for Digest {
    fn event(&mut self, event_type: &str, data: &str, last_event_id: &str) {
        self.events += 1;
        for text in [event_type, data, last_event_id] {
            // This is FNV-1a. The byte 0xFF, which no UTF-8 contains, separates the texts.
            for byte in text.bytes().chain([0xFF]) {
                self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
            }
        }
    }
}
