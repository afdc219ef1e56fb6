//! Entries of the log, as Redis has them.

use std::collections::HashMap;

use super::{
    super::{LogError, Position, channel, publish::is_event_type, window::Entry},
    Record,
};

/// The fields of an entry in Redis. Those of another program may not be text.
pub(super) type Fields = HashMap<Vec<u8>, Vec<u8>>;

/// Returns an entry of Redis as an encoded entry of the log, if it can be read.
pub(super) fn entry(position: &Position, fields: &Fields) -> Option<(u64, Entry)> {
    let entry = record(fields)?.entry(position);
    Some((position.seq(), entry))
}

/// Returns the record in the fields of an entry, unless another version of this crate or another program
/// wrote the entry.
pub(super) fn record(fields: &Fields) -> Option<Record<'_>> {
    let mut texts = HashMap::with_capacity(fields.len());
    for (name, value) in fields {
        texts.insert(str::from_utf8(name).ok()?, str::from_utf8(value).ok()?);
    }
    let mut take = |name: &str| texts.remove(name);
    let (channel, identity) = (take("channel"), take("identity"));
    let (data, connection) = (take("data"), take("connection"));
    let record = match (channel, data, identity, connection) {
        (Some(channel), Some(data), None, None) => Record::Event {
            channel,
            kind: take("type"),
            data,
        },
        (Some(channel), Some(data), None, Some(connection)) => Record::Reply {
            connection,
            channel,
            kind: take("type"),
            data,
        },
        (Some(channel), None, None, None) => Record::Complete { channel },
        (Some(channel), None, Some(identity), None) => Record::Revoke { identity, channel },
        (None, None, Some(identity), None) => Record::DisconnectIdentity { identity },
        (None, None, None, Some(connection)) => Record::DisconnectConnection { connection },
        _ => return None,
    };
    let is_sound = match &record {
        Record::Event { channel, kind, .. } | Record::Reply { channel, kind, .. } => {
            channel::check(channel, usize::MAX).is_ok() && kind.is_none_or(is_event_type)
        }
        Record::Complete { channel } | Record::Revoke { channel, .. } => {
            channel::check(channel, usize::MAX).is_ok()
        }
        Record::DisconnectIdentity { .. } | Record::DisconnectConnection { .. } => true,
    };
    (is_sound && texts.is_empty()).then_some(record)
}

pub(super) fn position(id: &str) -> Result<Position, LogError> {
    id.parse().map_err(|_| foreign(id))
}

pub(super) fn foreign(id: &str) -> LogError {
    LogError::new(format!("Redis: `{id}` is not the ID of an entry"))
}
