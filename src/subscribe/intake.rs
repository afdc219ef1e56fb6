//! Adds subscribers to a source or a channel. The decoding is the same for both.

use std::rc::Rc;

use serde::de::DeserializeOwned;

use super::buffer::Overflow;
use super::pipe::Pipe;
use super::router::Interest;
use super::subscriber::{Subscriber, TypedSubscriber};
use super::subscription::{Hold, Subscription};
use crate::typed::{self, Decoded, OrRaw, Variants};
use everstream_core::parse::Event;
use everstream_core::{Error, MessageEvent};

/// The default buffer of a subscriber.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BufferDefaults {
    pub(crate) capacity: usize,
    pub(crate) overflow: Overflow,
}

/// A source or channel to which subscribers can be added.
pub(crate) trait Intake {
    fn buffer_defaults(&self) -> BufferDefaults;
    /// Whether only the native `EventSource` is allowed. It exposes no comments, and only events of types
    /// that have a listener.
    fn is_native_only(&self) -> bool;
    fn add(&self, interest: Interest, subscriber: Rc<dyn Subscriber>);
    /// Returns the handle that keeps the source or channel open.
    fn hold(&self) -> Rc<dyn Hold>;
}

pub(crate) fn on<T: DeserializeOwned + 'static>(
    intake: &impl Intake,
    event_type: String,
) -> Subscription<T> {
    subscribe(intake, Interest::Types(vec![event_type]), |event| {
        typed::unless_empty(event, typed::from_json)
    })
}

pub(crate) fn on_message<T: DeserializeOwned + 'static>(
    intake: &impl Intake,
    event_type: String,
) -> Subscription<MessageEvent<T>> {
    subscribe(intake, Interest::Types(vec![event_type]), |event| {
        let decoded = typed::unless_empty(event, typed::from_json)?;
        Some(decoded.map(|data| MessageEvent::of(event, data)))
    })
}

pub(crate) fn on_text(intake: &impl Intake, event_type: String) -> Subscription<MessageEvent> {
    subscribe(intake, Interest::Types(vec![event_type]), |event| {
        Some(Ok(text(event)))
    })
}

pub(crate) fn on_bytes(
    intake: &impl Intake,
    event_type: String,
) -> Subscription<MessageEvent<Vec<u8>>> {
    subscribe(intake, Interest::Types(vec![event_type]), |event| {
        let decoded = typed::from_base64(event);
        Some(decoded.map(|bytes| MessageEvent::of(event, bytes)))
    })
}

pub(crate) fn events<E: DeserializeOwned + 'static>(
    intake: &impl Intake,
) -> Result<Subscription<E>, Error> {
    let interest = interest_of::<E>(intake)?;
    Ok(subscribe(intake, interest, |event| {
        typed::unless_empty(event, typed::from_event)
    }))
}

pub(crate) fn events_message<E: DeserializeOwned + 'static>(
    intake: &impl Intake,
) -> Result<Subscription<MessageEvent<E>>, Error> {
    let interest = interest_of::<E>(intake)?;
    Ok(subscribe(intake, interest, |event| {
        let decoded = typed::unless_empty(event, typed::from_event)?;
        Some(decoded.map(|data| MessageEvent::of(event, data)))
    }))
}

pub(crate) fn all<T: DeserializeOwned + 'static>(
    intake: &impl Intake,
) -> Result<Subscription<T>, Error> {
    refuse_on_native(intake)?;
    Ok(subscribe(intake, Interest::All, |event| {
        typed::unless_empty(event, typed::from_json)
    }))
}

pub(crate) fn all_message<T: DeserializeOwned + 'static>(
    intake: &impl Intake,
) -> Result<Subscription<MessageEvent<T>>, Error> {
    refuse_on_native(intake)?;
    Ok(subscribe(intake, Interest::All, |event| {
        let decoded = typed::unless_empty(event, typed::from_json)?;
        Some(decoded.map(|data| MessageEvent::of(event, data)))
    }))
}

pub(crate) fn all_or_raw<T: DeserializeOwned + 'static>(
    intake: &impl Intake,
) -> Result<Subscription<OrRaw<T>>, Error> {
    refuse_on_native(intake)?;
    Ok(subscribe(intake, Interest::All, |event| {
        Some(Ok(OrRaw::of(event, typed::from_json(event))))
    }))
}

pub(crate) fn events_or_raw<E: DeserializeOwned + 'static>(
    intake: &impl Intake,
) -> Result<Subscription<OrRaw<E>>, Error> {
    Variants::<E>::of_type()?;
    refuse_on_native(intake)?;
    Ok(subscribe(intake, Interest::All, |event| {
        Some(Ok(OrRaw::of(event, typed::from_event(event))))
    }))
}

pub(crate) fn raw(intake: &impl Intake) -> Result<Subscription<MessageEvent>, Error> {
    refuse_on_native(intake)?;
    Ok(subscribe(intake, Interest::All, |event| {
        Some(Ok(text(event)))
    }))
}

pub(crate) fn comments(intake: &impl Intake) -> Result<Subscription<String>, Error> {
    refuse_on_native(intake)?;
    let comment = |event: &Event<'_>| Some(Ok(event.data.to_owned()));
    Ok(subscribe(intake, Interest::Comments, comment))
}

fn text(event: &Event<'_>) -> MessageEvent {
    MessageEvent::of(event, event.data.to_owned())
}

/// Returns the event types of an enum.
fn interest_of<E: DeserializeOwned>(intake: &impl Intake) -> Result<Interest, Error> {
    let variants = Variants::<E>::of_type()?;
    if variants.catches_others() {
        refuse_on_native(intake)?;
        return Ok(Interest::All);
    }
    let names = variants.names().iter().map(|&name| name.to_owned());
    Ok(Interest::Types(names.collect()))
}

fn refuse_on_native(intake: &impl Intake) -> Result<(), Error> {
    if intake.is_native_only() {
        return Err(Error::Unsupported {
            what: "what was asked for (every event type, or comments) on the native EventSource",
            remedy: "use Transport::Auto or Transport::Fetch, or name the event types",
        });
    }
    Ok(())
}

fn subscribe<T: 'static>(
    intake: &impl Intake,
    interest: Interest,
    decode: impl Fn(&Event<'_>) -> Decoded<T> + 'static,
) -> Subscription<T> {
    let BufferDefaults { capacity, overflow } = intake.buffer_defaults();
    let buffer = Rc::new(Pipe::new(capacity, overflow));
    let subscriber = TypedSubscriber {
        buffer: Rc::clone(&buffer),
        decode,
    };
    intake.add(interest, Rc::new(subscriber));
    Subscription::new(buffer, intake.hold())
}
