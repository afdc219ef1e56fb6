//! Chunks, piece by piece.

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
    /// Takes a chunk in piece by piece, each copied once, and gives the browser its turns.
    pub(super) async fn receive(&mut self, link: LinkId, chunk: Uint8Array) -> Result<(), Closed> {
        let (mut now, mut began) = self.clock.read();
        let mut offset = 0;
        let length = chunk.length();
        self.pace.received(began, length);
        if length > LARGEST_PIECE {
            // Otherwise the turns that the browser is given would find it with nothing to fetch.
            self.read_ahead(link);
        }
        while offset < length {
            let end = length.min(offset + self.slice.piece());
            self.piece.resize((end - offset) as usize, 0);
            if end - offset == length {
                // As where events come one by one: there is no need of a view.
                chunk.copy_to(&mut self.piece);
            } else {
                chunk.subarray(offset, end).copy_to(&mut self.piece);
            }
            offset = end;
            self.receive_piece(now, link).await?;
            if !self.is_open(link) {
                // Nothing behind the end of a stream is its own.
                return Ok(());
            }
            // Subscribers take what this piece has brought before the next brings more, and the time
            // that they need counts.
            self.attend(Until::Turn).await?;
            (now, began) = self.end_of_piece(began).await?;
        }
        // Where the page is hidden, a timer would take a second and more.
        if self.pace.wants_pause() && !self.page.is_hidden() {
            self.pause = Some(TimeoutFuture::new(PAUSE.subsec_millis()));
        }
        Ok(())
    }

    /// Counts the time that a piece has taken, and gives the browser a turn if that was long. Returns when the
    /// next one begins.
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

    /// Hands the piece in, as often as a subscriber has to be waited for in the middle of it.
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
