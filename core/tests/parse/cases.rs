//! The table. Every case starts with the last event ID `seed`.

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) body: &'static [u8],
    /// (type, data, last event ID).
    pub(crate) events: &'static [(&'static str, &'static str, &'static str)],
    pub(crate) comments: &'static [&'static str],
    pub(crate) retries: &'static [u64],
    pub(crate) last_event_id: &'static str,
}

const EMPTY: Case = Case {
    name: "",
    body: b"",
    events: &[],
    comments: &[],
    retries: &[],
    last_event_id: "seed",
};

macro_rules! cases {
    ($($name:literal: $body:expr => { $($field:ident: $value:expr),* $(,)? })*) => {
        &[$(Case { name: $name, body: $body, $($field: $value,)* ..EMPTY }),*]
    };
}

pub(crate) const CASES: &[Case] = cases! {
    // Line ends
    "lf": b"data: a\n\n" => { events: &[("message", "a", "seed")] }
    "crlf": b"data: a\r\n\r\n" => { events: &[("message", "a", "seed")] }
    "cr": b"data: a\r\r" => { events: &[("message", "a", "seed")] }
    "lf then crlf": b"data: a\n\r\n" => { events: &[("message", "a", "seed")] }
    "cr then crlf": b"data: a\r\r\n" => { events: &[("message", "a", "seed")] }
    "crlf then cr": b"data: a\r\n\r" => { events: &[("message", "a", "seed")] }
    "crlf then lf": b"data: a\r\n\n" => { events: &[("message", "a", "seed")] }
    "lf cr is two line ends": b"data: a\n\rdata: b\n\n" => {
        events: &[("message", "a", "seed"), ("message", "b", "seed")]
    }
    "the lf of crlf opens no second blank line": b"data: a\r\n\r\ndata: b\r\n\r\n" => {
        events: &[("message", "a", "seed"), ("message", "b", "seed")]
    }
    "mixed ends within an event": b"data: a\rdata: b\r\ndata: c\n\r\n" => {
        events: &[("message", "a\nb\nc", "seed")]
    }
    "cr at the very end of a line with a field next": b"event: e\rdata: a\r\r" => {
        events: &[("e", "a", "seed")]
    }
    "other separators are data": "data: a\u{0B}\u{0C}\u{85}\u{2028}\u{2029}b\n\n".as_bytes() => {
        events: &[("message", "a\u{0B}\u{0C}\u{85}\u{2028}\u{2029}b", "seed")]
    }
    "many blank lines": b"\n\n\r\r\n\ndata: a\n\n\n\n\r\n" => { events: &[("message", "a", "seed")] }

    // Data
    "two lines are joined": b"data: a\ndata: b\n\n" => { events: &[("message", "a\nb", "seed")] }
    "data without colon is an empty line": b"data\n\n" => { events: &[("message", "", "seed")] }
    "data with colon alone is an empty line": b"data:\n\n" => { events: &[("message", "", "seed")] }
    "two empty data lines are a line feed": b"data\ndata\n\n" => { events: &[("message", "\n", "seed")] }
    "an empty line between data": b"data: a\ndata:\ndata: b\n\n" => {
        events: &[("message", "a\n\nb", "seed")]
    }
    "an empty line first": b"data:\ndata: a\n\n" => { events: &[("message", "\na", "seed")] }
    "an empty line last": b"data: a\ndata\n\n" => { events: &[("message", "a\n", "seed")] }
    "one leading space is removed": b"data:  a\n\n" => { events: &[("message", " a", "seed")] }
    "no space is needed": b"data:a\n\n" => { events: &[("message", "a", "seed")] }
    "a tab stays": b"data:\ta\n\n" => { events: &[("message", "\ta", "seed")] }
    "trailing spaces stay": b"data: a  \n\n" => { events: &[("message", "a  ", "seed")] }
    "data of one space": b"data: \n\n" => { events: &[("message", "", "seed")] }
    "data of two spaces": b"data:  \n\n" => { events: &[("message", " ", "seed")] }
    "colons in data": b"data: a: b:c\n\n" => { events: &[("message", "a: b:c", "seed")] }
    "a nul in data": b"data: a\0b\n\n" => { events: &[("message", "a\0b", "seed")] }
    "json": b"data: {\"a\":[1,2]}\n\n" => { events: &[("message", "{\"a\":[1,2]}", "seed")] }
    "data around other fields": b"data: a\nevent: e\ndata: b\nid: 1\ndata: c\n\n" => {
        events: &[("e", "a\nb\nc", "1")], last_event_id: "1"
    }

    // Field names
    "names are case-sensitive": b"Data: a\nDATA: b\nEvent: e\ndata: c\n\n" => {
        events: &[("message", "c", "seed")]
    }
    "a space before the name": b" data: a\ndata: b\n\n" => { events: &[("message", "b", "seed")] }
    "a space before the colon": b"data : a\ndata: b\n\n" => { events: &[("message", "b", "seed")] }
    "unknown fields": b"foo: bar\ndatax: a\ndat: a\nfoo\ndata: b\n\n" => {
        events: &[("message", "b", "seed")]
    }
    "unknown fields alone dispatch nothing": b"foo: bar\n\n" => {}

    // Event type
    "event type": b"event: tick\ndata: a\n\n" => { events: &[("tick", "a", "seed")] }
    "event type after data": b"data: a\nevent: tick\n\n" => { events: &[("tick", "a", "seed")] }
    "the last event type counts": b"event: a\nevent: b\ndata: c\n\n" => { events: &[("b", "c", "seed")] }
    "an empty event type is message": b"event:\ndata: a\n\n" => { events: &[("message", "a", "seed")] }
    "an empty event type overrides": b"event: e\nevent\ndata: a\n\n" => {
        events: &[("message", "a", "seed")]
    }
    "the event type is gone after the event": b"event: e\ndata: a\n\ndata: b\n\n" => {
        events: &[("e", "a", "seed"), ("message", "b", "seed")]
    }
    "the event type is gone after an empty block": b"event: e\n\ndata: b\n\n" => {
        events: &[("message", "b", "seed")]
    }
    "event types named like the interface's": b"event: error\ndata: a\n\nevent: open\ndata: b\n\nevent: __proto__\ndata: c\n\n" => {
        events: &[("error", "a", "seed"), ("open", "b", "seed"), ("__proto__", "c", "seed")]
    }
    "spaces inside an event type": b"event: a b \ndata: c\n\n" => { events: &[("a b ", "c", "seed")] }

    // Last event ID
    "id": b"id: 1\ndata: a\n\n" => { events: &[("message", "a", "1")], last_event_id: "1" }
    "id after data": b"data: a\nid: 1\n\n" => { events: &[("message", "a", "1")], last_event_id: "1" }
    "id persists": b"id: 1\ndata: a\n\ndata: b\n\n" => {
        events: &[("message", "a", "1"), ("message", "b", "1")], last_event_id: "1"
    }
    "an empty id resets": b"id\ndata: a\n\n" => { events: &[("message", "a", "")], last_event_id: "" }
    "an empty id with colon resets": b"id:\ndata: a\n\n" => {
        events: &[("message", "a", "")], last_event_id: ""
    }
    "the last id counts": b"id: 1\nid: 2\ndata: a\n\n" => {
        events: &[("message", "a", "2")], last_event_id: "2"
    }
    "an id with nul is ignored": b"id: 1\0\ndata: a\n\n" => { events: &[("message", "a", "seed")] }
    "an id with nul leaves the one before": b"id: 1\nid: \0\ndata: a\n\n" => {
        events: &[("message", "a", "1")], last_event_id: "1"
    }
    "an id alone moves the position": b"id: 5\n\n" => { last_event_id: "5" }
    "an id alone counts for the next event": b"id: 5\n\ndata: a\n\n" => {
        events: &[("message", "a", "5")], last_event_id: "5"
    }
    "an id whose block is not closed": b"id: 5\ndata: a\n" => {}
    "an id of spaces": b"id:  \ndata: a\n\n" => { events: &[("message", "a", " ")], last_event_id: " " }
    "an id beyond ascii": "id: größe-✓\ndata: a\n\n".as_bytes() => {
        events: &[("message", "a", "größe-✓")], last_event_id: "größe-✓"
    }

    // Reconnection time
    "retry": b"retry: 3000\n\n" => { retries: &[3000] }
    "retry counts at once": b"retry: 3000\n" => { retries: &[3000] }
    "retry with an event": b"retry: 1\ndata: a\n\n" => {
        events: &[("message", "a", "seed")], retries: &[1]
    }
    "retry of zero": b"retry: 0\n\n" => { retries: &[0] }
    "retry with leading zeros": b"retry: 0010\n\n" => { retries: &[10] }
    "retry that is no number": b"retry: 3s\nretry: -1\nretry: 1.5\nretry: +1\nretry\nretry:\ndata: a\n\n" => {
        events: &[("message", "a", "seed")]
    }
    "retry beyond all bounds": b"retry: 99999999999999999999\n\n" => { retries: &[u64::MAX] }
    "retry with two spaces": b"retry:  10\n\n" => {}

    // Comments
    "comment": b": hello\n\n" => { comments: &["hello"] }
    "empty comment": b":\n\n" => { comments: &[""] }
    "comment without space": b":hello\n\n" => { comments: &["hello"] }
    "comment that looks like a field": b":data: a\n\n" => { comments: &["data: a"] }
    "comments inside an event": b"data: a\n: x\ndata: b\n: y\n\n" => {
        events: &[("message", "a\nb", "seed")], comments: &["x", "y"]
    }
    "keep-alive between events": b"data: a\n\n: ping\n\ndata: b\n\n" => {
        events: &[("message", "a", "seed"), ("message", "b", "seed")], comments: &["ping"]
    }

    // Byte order mark
    "bom": b"\xEF\xBB\xBFdata: a\n\n" => { events: &[("message", "a", "seed")] }
    "two boms: the second belongs to the field": b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n" => {
        events: &[("message", "b", "seed")]
    }
    "a bom later is data": b"data: \xEF\xBB\xBFa\n\n" => { events: &[("message", "\u{FEFF}a", "seed")] }
    "a bom after a line end is a name": b"\n\xEF\xBB\xBFdata: a\n\n" => {}
    "bom and comment": b"\xEF\xBB\xBF: x\n\n" => { comments: &["x"] }
    "half a bom": b"\xEF\xBBdata: a\n\ndata: b\n\n" => { events: &[("message", "b", "seed")] }

    // Encoding
    "two, three and four bytes": "data: é€🦀\n\n".as_bytes() => { events: &[("message", "é€🦀", "seed")] }
    "a stray continuation byte": b"data: a\x80b\n\n" => { events: &[("message", "a\u{FFFD}b", "seed")] }
    "an unfinished sequence before a line end": b"data: \xE2\x82\n\n" => {
        events: &[("message", "\u{FFFD}", "seed")]
    }
    "an overlong form": b"data: \xC0\xAF\n\n" => { events: &[("message", "\u{FFFD}\u{FFFD}", "seed")] }
    "a surrogate": b"data: \xED\xA0\x80\n\n" => {
        events: &[("message", "\u{FFFD}\u{FFFD}\u{FFFD}", "seed")]
    }
    "beyond unicode": b"data: \xF4\x90\x80\x80\n\n" => {
        events: &[("message", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}", "seed")]
    }
    "bytes that never occur": b"data: \xFE\xFF\n\n" => {
        events: &[("message", "\u{FFFD}\u{FFFD}", "seed")]
    }
    "ill-formed name": b"d\xFFta: a\ndata: b\n\n" => { events: &[("message", "b", "seed")] }
    "ill-formed id": b"id: \xFF\ndata: a\n\n" => {
        events: &[("message", "a", "\u{FFFD}")], last_event_id: "\u{FFFD}"
    }

    // The end of the stream
    "nothing": b"" => {}
    "an event without its blank line": b"data: a\n\ndata: b\n" => { events: &[("message", "a", "seed")] }
    "an event without its line end": b"data: a\n\ndata: b" => { events: &[("message", "a", "seed")] }
    "a comment without its line end": b": x" => {}
    "an unfinished character": b"data: a\n\ndata: \xE2\x82" => { events: &[("message", "a", "seed")] }

    // As real servers send it
    "sse-starlette": b"id: 1\r\nevent: tick\r\ndata: {}\r\n\r\n: ping - 2026-01-01 00:00:00\r\n\r\n" => {
        events: &[("tick", "{}", "1")], comments: &["ping - 2026-01-01 00:00:00"], last_event_id: "1"
    }
    "better-sse": b"retry:2000\nid:0f-1\nevent:message\ndata:{}\n\n" => {
        events: &[("message", "{}", "0f-1")], retries: &[2000], last_event_id: "0f-1"
    }
    "graphql-sse": b":\n\nevent: complete\ndata: \n\n" => {
        events: &[("complete", "", "seed")], comments: &[""]
    }
    "chat completions": b"data: {\"delta\":\"Hi\"}\n\ndata: [DONE]\n\n" => {
        events: &[("message", "{\"delta\":\"Hi\"}", "seed"), ("message", "[DONE]", "seed")]
    }
};
