//! An answer that is read whole.

use crate::parse::{EventTooLarge, replaced};

/// The body of an answer that is not an event stream but has another accepted type. The body is delivered as
/// one event once complete.
#[derive(Debug)]
pub(super) struct Whole {
    bytes: Vec<u8>,
    limit: usize,
    is_too_large: bool,
}

impl Whole {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            is_too_large: false,
        }
    }

    /// Appends a chunk. A body over the limit is not kept.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.is_too_large |= self.bytes.len() + chunk.len() > self.limit;
        if self.is_too_large {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(chunk);
        }
    }

    /// Returns the text of the body.
    ///
    /// # Errors
    ///
    /// [`EventTooLarge`] if the body was over the limit.
    pub(super) fn text(self) -> Result<String, EventTooLarge> {
        if self.is_too_large {
            return Err(EventTooLarge {
                limit: self.limit,
                event_type: None,
            });
        }
        let bytes = self
            .bytes
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(&self.bytes);
        Ok(replaced(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_kept_up_to_the_limit() {
        let mut whole = Whole::new(6);
        whole.push(b"{\"a\"");
        whole.push(b"}");
        assert_eq!(whole.text().as_deref(), Ok("{\"a\"}"));
        let mut whole = Whole::new(6);
        for chunk in [&b"1234"[..], b"567", b"8"] {
            whole.push(chunk);
        }
        assert_eq!(whole.text().map_err(|error| error.limit), Err(6));
    }
}
