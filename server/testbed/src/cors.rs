//! Cross-origin access for the pages that tests run in.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Marks a response that must stay without CORS headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Withheld;

/// Whether the request is a preflight rather than a plain `OPTIONS` request.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Whether a preflight asks to send this header (in lower case).
pub(crate) fn asks_for(headers: &HeaderMap, name: &str) -> bool {
    headers
        .get_all(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .iter()
        .filter_map(|names| names.to_str().ok())
        .flat_map(|names| names.split(','))
        .any(|asked| asked.trim().eq_ignore_ascii_case(name))
}

/// Returns the refusal of a preflight.
pub(crate) fn refusal() -> Response {
    let mut response = StatusCode::FORBIDDEN.into_response();
    response.extensions_mut().insert(Withheld);
    response
}

/// Middleware that grants pages of any origin what they ask for, with credentials.
pub(crate) async fn allow(request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return next.run(request).await;
    };
    let asked = is_preflight(request.method(), request.headers()).then(|| {
        let asked = |name| request.headers().get(name).cloned();
        [
            (
                header::ACCESS_CONTROL_ALLOW_METHODS,
                asked(header::ACCESS_CONTROL_REQUEST_METHOD),
            ),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                asked(header::ACCESS_CONTROL_REQUEST_HEADERS),
            ),
            // The report would miss preflights that the browser has cached.
            (
                header::ACCESS_CONTROL_MAX_AGE,
                Some(HeaderValue::from_static("0")),
            ),
        ]
    });
    let mut response = next.run(request).await;
    if response.extensions().get::<Withheld>().is_some() {
        return response;
    }
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after, last-event-id"),
    );
    for (name, value) in asked.into_iter().flatten() {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    response
}
