//! [`EventData`], the types that an event's data can be decoded into.

use serde::de::DeserializeOwned;

/// A type that the data of an event can be deserialised into. Implemented for every type that serde
/// deserialises without borrowing from the event.
#[diagnostic::on_unimplemented(
    message = "the data of events can't be read into `{Self}`",
    label = "serde can't make one that owns what is in it",
    note = "derive it: `#[derive(serde::Deserialize)]`, with `String` where the type has a `&str`",
    note = "for the text as it is there is `on_text`"
)]
pub trait EventData: DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + 'static> EventData for T {}
