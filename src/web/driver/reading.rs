//! Reads chunks in pieces, with turns for the browser in between.

use core::time::Duration;

use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;

use super::attend::Until;
use super::{Closed, Driver};
use crate::web::pace::PAUSE;
use crate::web::slice::LARGEST_PIECE;
use everstream_core::connection::Instant;
use everstream_core::session::LinkId;

impl Driver {
    /// Receives a chunk in pieces, each copied once, and lets the browser run in between.
    pub(super) async fn receive(&mut self, link: LinkId, chunk: Uint8Array) -> Result<(), Closed> {
        let (mut now, mut began) = self.clock.read();
        let mut offset = 0;
        let length = chunk.length();
        self.pace.received(began, length);
        if length > LARGEST_PIECE {
            // Without reading ahead, the browser would have nothing to fetch while it runs its own tasks.
            self.read_ahead(link);
        }
        while offset < length {
            let end = length.min(offset + self.slice.piece());
            self.piece.resize((end - offset) as usize, 0);
            if end - offset == length {
                // A chunk that fits in one piece, such as a single event, needs no view.
                chunk.copy_to(&mut self.piece);
            } else {
                chunk.subarray(offset, end).copy_to(&mut self.piece);
            }
            offset = end;
            self.receive_piece(now, link).await?;
            if !self.is_open(link) {
                // The end of the stream discards the rest of the chunk.
                return Ok(());
            }
            // Subscribers read what this piece brought before the next piece brings more. Their time counts
            // as part of the piece.
            self.attend(Until::Turn).await?;
            (now, began) = self.end_of_piece(began).await?;
        }
        // In a hidden page, a timer would take a second or more.
        if self.pace.wants_pause() && !self.page.is_hidden() {
            self.pause = Some(TimeoutFuture::new(PAUSE.subsec_millis()));
        }
        Ok(())
    }

    /// Records the time that a piece took, and lets the browser run if the slice is over. Returns when the
    /// next piece begins.
    async fn end_of_piece(&mut self, began: Duration) -> Result<(Instant, Duration), Closed> {
        let (now, ended) = self.clock.read();
        let took = ended.saturating_sub(began);
        self.slice.worked(self.piece.len(), took);
        if !self.slice.is_over() {
            return Ok((now, ended));
        }
        self.macrotask.request();
        self.attend(Until::Macrotask).await?;
        self.slice.begin();
        Ok(self.clock.read())
    }

    fn read_ahead(&self, link: LinkId) {
        if let Some(link) = self.links.iter().find(|other| other.id == link) {
            link.read_ahead();
        }
    }

    fn is_open(&self, link: LinkId) -> bool {
        self.links.iter().any(|other| other.id == link)
    }

    /// Passes the piece to the session, in several parts if a subscriber must be waited for in between.
    async fn receive_piece(&mut self, mut now: Instant, link: LinkId) -> Result<(), Closed> {
        let mut taken = 0;
        while taken < self.piece.len() {
            let rest = &self.piece[taken..];
            taken += self.session.receive(now, link, rest, &mut *self.client);
            self.settle().await?;
            now = self.clock.now();
        }
        Ok(())
    }
}
