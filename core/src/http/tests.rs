use super::*;

fn response(status: u16, name: &str, value: &str) -> Response {
    Response {
        status,
        headers: vec![(name.to_owned(), value.to_owned())],
        url: String::new(),
    }
}

#[test]
fn parameters_and_case_of_the_content_type_do_not_matter() {
    for good in [
        "text/event-stream",
        "text/event-stream;charset=utf-8",
        "TEXT/Event-Stream ; charset=windows-1252",
    ] {
        assert!(
            response(200, "content-type", good).is_event_stream(),
            "{good}"
        );
    }
    for bad in ["text/plain", "text/event-streams", "", "text /event-stream"] {
        assert!(
            !response(200, "content-type", bad).is_event_stream(),
            "{bad}"
        );
    }
    assert!(!response(201, "content-type", "text/event-stream").is_event_stream());
}

#[test]
fn retry_after_in_seconds_and_as_a_date() {
    let wall = Duration::from_secs(784_111_777);
    let after = |value| response(503, "retry-after", value).retry_after(wall);
    assert_eq!(after("120"), Some(Duration::from_mins(2)));
    assert_eq!(
        after("Sun, 06 Nov 1994 08:49:47 GMT"),
        Some(Duration::from_secs(10))
    );
    assert_eq!(after("Sun, 06 Nov 1994 08:40:00 GMT"), Some(Duration::ZERO));
    assert_eq!(
        after("99999999999999999999"),
        Some(Duration::from_secs(u64::MAX))
    );
    for bad in ["soon", "-1", "1.5", ""] {
        assert_eq!(after(bad), None, "{bad}");
    }
}

#[test]
fn a_parameter_is_added_or_replaced() {
    let add = |url| with_query_parameter(url, "lastEventId", "a b&1");
    assert_eq!(add("http://h/p"), "http://h/p?lastEventId=a%20b%261");
    assert_eq!(
        add("http://h/p?x=%20#f"),
        "http://h/p?x=%20&lastEventId=a%20b%261#f"
    );
    assert_eq!(
        add("http://h/p?lastEventId=old&x&lastEventIdx=1"),
        "http://h/p?x&lastEventIdx=1&lastEventId=a%20b%261"
    );
}

#[test]
fn the_answer_is_judged_by_what_was_accepted() {
    let json = response(200, "content-type", "application/json; charset=utf-8");
    for (accept, expected) in [
        ("application/json, text/event-stream", AnswerKind::Whole),
        (
            "text/event-stream;q=0.9, Application/JSON;q=0.5",
            AnswerKind::Whole,
        ),
        ("text/event-stream", AnswerKind::Unexpected),
        ("text/event-stream, */*", AnswerKind::Unexpected),
        ("text/event-stream, application/*", AnswerKind::Unexpected),
        (
            "text/event-stream, application/json;q=0",
            AnswerKind::Unexpected,
        ),
        ("", AnswerKind::Unexpected),
    ] {
        assert_eq!(json.kind(accept), expected, "{accept:?}");
    }
    let failed = response(500, "content-type", "application/json");
    assert_eq!(failed.kind("application/json"), AnswerKind::Unexpected);
    let stream = response(200, "content-type", "text/event-stream");
    assert_eq!(stream.kind("application/json"), AnswerKind::EventStream);
}

#[test]
fn what_has_side_effects_is_not_safe() {
    for method in ["GET", "HEAD", "OPTIONS", "QUERY", "REPORT", "SEARCH", "get"] {
        assert!(is_safe_method(method), "{method}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "MERGE", ""] {
        assert!(!is_safe_method(method), "{method}");
    }
}

#[test]
fn an_id_that_a_header_would_change_is_not_sent_by_one() {
    for good in ["7", "e-1", "größe", "a b", "a\tb"] {
        assert!(is_header_safe(good), "{good:?}");
    }
    for bad in [" 7", "7 ", "\t7", "a\u{1}b", "\u{7F}", "\u{1B}[0m"] {
        assert!(!is_header_safe(bad), "{bad:?}");
    }
}

#[test]
fn the_answer_s_position_is_read_as_utf_8() {
    let sent: String = "größe".bytes().map(char::from).collect();
    let answer = response(200, "last-event-id", &sent);
    assert_eq!(answer.last_event_id().as_deref(), Some("größe"));
    assert_eq!(response(200, "etag", "x").last_event_id(), None);
}

#[test]
fn what_is_not_fetched_is_refused() {
    for scheme in ["ftp:", "file:", "javascript:", "ws:", "about:"] {
        assert!(refusal_of_url(scheme, false).is_some(), "{scheme}");
    }
    for scheme in ["http:", "https:", "data:", "blob:"] {
        assert!(refusal_of_url(scheme, false).is_none(), "{scheme}");
    }
    assert!(refusal_of_url("https:", true).is_some());
}

#[test]
fn no_error_shows_a_password() {
    for (url, expected) in [
        ("http://u:p@h/a@b", "http://h/a@b"),
        ("https://u:p@h", "https://h"),
        ("http://u:a@b@h?x", "http://h?x"),
        ("http://h/?q=a@b", "http://h/?q=a@b"),
        ("/a@b", "/a@b"),
        ("//u:p@h/", "//h/"),
    ] {
        assert_eq!(without_credentials(url), expected);
    }
}

#[test]
fn headers_that_browsers_refuse_or_drop() {
    for (name, value) in [
        ("", "a"),
        ("a b", "a"),
        ("größe", "a"),
        ("x:y", "a"),
        ("x", "a\r\nb: c"),
        ("x", "\0"),
        ("x", "€"),
        ("Host", "a"),
        ("Sec-Fetch-Mode", "a"),
        ("Last-Event-ID", "a"),
    ] {
        assert!(
            check_request_header(name, value).is_err(),
            "{name:?}: {value:?}"
        );
    }
    assert!(check_request_header("Authorization", "Bearer a.b-c").is_ok());
    assert!(
        check_request_header("x-größe".replace("ö", "o").replace("ß", "s").as_str(), "é").is_ok()
    );
}

#[test]
fn a_reference_stays_at_its_origin_or_does_not() {
    let url = "https://a.example:8443/mux?x=1";
    for stays in [
        "/control",
        "control",
        "?id=1:2",
        "./c:d",
        "",
        "https://a.example:8443/c",
        "HTTPS://A.example:8443",
        "//a.example:8443/c",
    ] {
        assert!(stays_at(url, stays), "{stays}");
    }
    for leaves in [
        "https://b.example/c",
        "https://a.example/c",
        "http://a.example:8443/c",
        "//b.example/c",
        "/\\b.example",
        "\\\\b.example",
        "https:b.example",
        "https:/b.example",
        "https://a.example:8443@b.example/c",
        "https://a.example:8443.b.example/c",
        "ht\ttps://b.example",
        " https://b.example",
        "javascript:alert(1)",
        "data:,x",
        "ftp://a.example:8443/",
    ] {
        assert!(!stays_at(url, leaves), "{leaves}");
    }
}

#[test]
fn a_header_is_found_by_its_name_in_any_case() {
    for (sent, asked) in [
        ("location", "Location"),
        ("X-Request-ID", "x-request-id"),
        ("retry-after", "RETRY-AFTER"),
    ] {
        assert_eq!(response(200, sent, "7").header(asked), Some("7"), "{asked}");
    }
    assert_eq!(response(200, "etag", "7").header("tag"), None);
}
