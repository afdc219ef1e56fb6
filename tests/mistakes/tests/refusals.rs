//! The messages for mistakes that show only when the program runs.

use everstream::{Error, EventSource, EventSourceBuilder};

fn refusal(builder: EventSourceBuilder) -> String {
    builder.build().expect_err("a mistake").to_string()
}

#[track_caller]
fn is_told(builder: EventSourceBuilder, expected: &str) {
    let said = refusal(builder);
    assert!(said.contains(expected), "`{expected}` is not in: {said}");
}

#[test]
fn outside_of_a_browser() {
    let error = EventSource::new("/prices").expect_err("there is no browser");
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("not available here"), "{said}");
    assert!(
        said.contains("wasm32") || said.contains("browser"),
        "{said}"
    );
}

#[test]
fn an_ellipsis_in_a_header() {
    let builder = EventSource::builder("/logs").header("authorization", "Bearer …");
    is_told(builder, "authorization");
}

#[test]
fn a_header_name_with_a_space() {
    let builder = EventSource::builder("/logs").header("x version", "2");
    is_told(builder, "`x version`");
}

#[test]
fn a_get_with_a_body() {
    let builder = EventSource::builder("/logs").body("{}");
    is_told(builder, "set `method(\"POST\")`");
}

#[test]
fn a_method_that_is_none() {
    let builder = EventSource::builder("/logs").method("PO ST");
    is_told(builder, "PO ST");
}

#[test]
fn the_first_mistake_is_told_before_the_missing_browser() {
    let builder = EventSource::builder("/logs")
        .header("x version", "2")
        .body("{}");
    is_told(builder, "`x version`");
}
