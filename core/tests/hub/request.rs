//! Requests as the server reads them.

use everstream_core::mux::Request;

use super::habits::channel;

/// The start of a channel that doesn't begin at the connection's position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Position,
    Now,
    After(String),
}

/// Returns the channels that a request names in its query or its form.
pub(crate) fn channels(request: &Request) -> Vec<(usize, From)> {
    let query = match &request.body {
        Some(body) => body,
        None => request.url.split_once('?').map_or("", |(_, query)| query),
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut channels = Vec::new();
    for (key, value) in pairs {
        let value = percent_decoded(value);
        match key {
            "channel" => channels.push((channel(&value), From::Position)),
            "from" => {
                let (position, name) = value.split_once(' ').expect("two words");
                let named = channel(name);
                let entry = channels.iter_mut().find(|(channel, _)| *channel == named);
                entry.expect("a channel before its beginning").1 = match position {
                    "now" => From::Now,
                    id => From::After(id.to_owned()),
                };
            }
            _ => panic!("the key {key} is not of the protocol"),
        }
    }
    channels
}

/// Returns the connection, revision and channels of a control request.
pub(crate) fn change(request: &Request) -> (String, u64, Vec<(usize, From)>) {
    let body = request.body.as_deref().expect("a body");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let names = body["channels"].as_array().expect("an array");
    let channels = names.iter().map(|name| {
        let name = name.as_str().expect("a name");
        let from = match body["from"][name].as_str() {
            Some(id) => From::After(id.to_owned()),
            None => From::Position,
        };
        (channel(name), from)
    });
    let connection = body["connection"].as_str().expect("a string").to_owned();
    let revision = body["revision"].as_u64().expect("a number");
    (connection, revision, channels.collect())
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        if *first == b'%' {
            let digits = std::str::from_utf8(&more[..2]).expect("two digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
            rest = &more[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
