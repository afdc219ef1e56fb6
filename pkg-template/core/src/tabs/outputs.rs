//! What a tab wants done, as numbers.

use core::cell::RefCell;
use std::rc::Rc;

use super::super::places::Places;
use super::super::source::Source;
use super::super::words::Words;
use super::owner::TabOwner;
use super::room::Room;
use everstream_core::tabs::{Output, Role};

/// Nothing to do.
pub(super) const NOTHING: u32 = 0;

/// The kinds of output. The number of a source or multiplexer is the fourth word.
#[derive(Debug, PartialEq)]
enum Kind {
    /// Say to all other tabs what the first two words point at.
    Send = 1,
    RequestLock = 2,
    StealLock = 3,
    ReleaseLock = 4,
    /// Drive a source or a multiplexer.
    Open = 5,
    /// Drop it.
    Close = 6,
    /// The role, in the order of `ROLES` in the package, is the fourth word, how many share the fifth.
    Sharing = 7,
    /// The multiplexer has other channels.
    Channels = 8,
}

/// Writes the next output into the words and returns its kind. What is for the listeners is put by.
pub(super) fn poll(
    shared: &Rc<RefCell<Room>>,
    sources: &mut Places<Source>,
    words: &mut Words,
) -> u32 {
    let room = &mut *shared.borrow_mut();
    while let Some(output) = room.tab.poll_output() {
        let kind = match output {
            Output::Send(message) => {
                room.say(&message, words);
                Kind::Send
            }
            Output::RequestLock => Kind::RequestLock,
            Output::StealLock => Kind::StealLock,
            Output::ReleaseLock => Kind::ReleaseLock,
            Output::Open {
                id,
                position,
                channels,
            } => {
                let opened = room.open_mux(id, shared, &position, &channels);
                let opened = opened.unwrap_or_else(|| {
                    let owner = TabOwner::new(Rc::clone(shared), id);
                    room.open(id, owner, &position, sources)
                });
                words.set(3, number(opened));
                Kind::Open
            }
            Output::Channels(channels) => {
                room.change_channels(&channels);
                Kind::Channels
            }
            Output::Close(id) => match room.close(id) {
                Some(source) => {
                    words.set(3, number(source));
                    Kind::Close
                }
                None => continue,
            },
            Output::Sharing(sharing) => {
                let role = match sharing.role {
                    Role::Leader => 0,
                    Role::Follower => 1,
                    // `Alone`.
                    _ => 2,
                };
                words.set(3, number(role));
                words.set(4, number(sharing.tabs));
                Kind::Sharing
            }
            delivery => {
                room.deliver(delivery);
                continue;
            }
        };
        return kind as u32;
    }
    NOTHING
}

#[allow(clippy::cast_precision_loss)] // Memory is addressed by 32 bits.
fn number(number: usize) -> f64 {
    number as f64
}
