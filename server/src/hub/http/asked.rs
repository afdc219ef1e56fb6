//! The contents of requests, read and checked against the limits.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    super::{Limits, channel, switchboard::Begin},
    failure::Failure,
};

/// Reads a body of at most `longest` bytes, within the time that it may take.
pub(super) async fn body(body: Body, longest: usize, limits: &Limits) -> Result<Bytes, Failure> {
    let reading = Limited::new(body, longest).collect();
    match timeout(limits.body, reading).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long(limits)),
        Ok(Err(_)) => Err(Failure::Unreadable),
        Err(_) => Err(Failure::Slow),
    }
}

pub(super) fn too_long(limits: &Limits) -> Failure {
    Failure::TooLarge(format!("query and body have at most {} bytes", limits.set))
}

/// The contents of a request to open a stream.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) channels: Vec<Arc<str>>,
    pub(super) from: HashMap<String, Begin>,
    pub(super) position: Option<String>,
}

impl Asked {
    /// Reads the pairs of the query and of the body.
    pub(super) fn parse(query: &[u8], body: &[u8], limits: &Limits) -> Result<Self, Failure> {
        let mut asked = Self::default();
        let mut seen = HashSet::new();
        for (name, value) in form_urlencoded::parse(query).chain(form_urlencoded::parse(body)) {
            match &*name {
                "channel" => {
                    let channel: Arc<str> = checked(&value, limits)?.into();
                    if seen.insert(Arc::clone(&channel)) {
                        asked.channels.push(channel);
                        check_size(asked.channels.len(), limits)?;
                    }
                }
                "from" => {
                    let (begin, channel) = value.split_once(' ').ok_or(Failure::From)?;
                    let channel = checked(channel, limits)?;
                    asked
                        .from
                        .insert(channel.to_owned(), parse_begin(begin, limits));
                    check_size(asked.from.len(), limits)?;
                }
                "lastEventId" if !value.is_empty() => asked.position = Some(value.into_owned()),
                // Applications may have parameters of their own.
                _ => {}
            }
        }
        check_from(&asked.from, |channel| seen.contains(channel))?;
        Ok(asked)
    }
}

/// The body of a control request.
#[derive(Debug, Deserialize)]
struct RawOrder<'a> {
    connection: String,
    revision: u64,
    #[serde(borrow)]
    channels: Vec<Name<'a>>,
    #[serde(default)]
    from: HashMap<String, String>,
}

/// A name, borrowed from the body unless it has escapes.
#[derive(Debug, Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The contents of a control request.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) connection: String,
    pub(super) revision: u64,
    pub(super) channels: Vec<Arc<str>>,
    pub(super) from: HashMap<String, Begin>,
}

impl Order {
    pub(super) fn parse(body: &[u8], limits: &Limits) -> Result<Self, Failure> {
        let raw: RawOrder = serde_json::from_slice(body)?;
        check_size(raw.channels.len(), limits)?;
        check_size(raw.from.len(), limits)?;
        let names = raw.channels.iter();
        let channels: Vec<Arc<str>> = names
            .map(|Name(name)| Ok(checked(name, limits)?.into()))
            .collect::<Result<_, Failure>>()?;
        let from = raw.from.into_iter();
        let from = from.map(|(channel, begin)| (channel, parse_begin(&begin, limits)));
        let from: HashMap<_, _> = from.collect();
        if !from.is_empty() {
            let set: HashSet<&str> = channels.iter().map(|channel| &**channel).collect();
            check_from(&from, |channel| set.contains(channel))?;
        }
        Ok(Self {
            connection: raw.connection,
            revision: raw.revision,
            channels,
            from,
        })
    }
}

fn check_size(channels: usize, limits: &Limits) -> Result<(), Failure> {
    if channels > limits.channels {
        let limit = format!("a set has at most {} channels", limits.channels);
        return Err(Failure::TooLarge(limit));
    }
    Ok(())
}

fn check_from(
    from: &HashMap<String, Begin>,
    is_asked_for: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    match from.keys().find(|channel| !is_asked_for(channel)) {
        Some(channel) => Err(Failure::FromElsewhere(channel.clone())),
        None => Ok(()),
    }
}

fn checked<'a>(name: &'a str, limits: &Limits) -> Result<&'a str, Failure> {
    match channel::check(name, limits.channel_name) {
        Ok(()) => Ok(name),
        Err(error) => Err(Failure::Channel(excerpt(name), error)),
    }
}

/// Returns enough of a name to recognise it.
fn excerpt(name: &str) -> String {
    const MOST: usize = 40;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

fn parse_begin(text: &str, limits: &Limits) -> Begin {
    if text == "now" {
        Begin::Now
    } else {
        begin_after(text, limits)
    }
}

pub(super) fn begin_after(id: &str, limits: &Limits) -> Begin {
    if id.len() > limits.event_id {
        return Begin::Unknown;
    }
    id.parse().map_or(Begin::Unknown, Begin::After)
}
