//! The origins whose pages may use the hub.

use axum::http::{HeaderMap, HeaderValue, header};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

use super::failure::Failure;

/// The origins, besides the hub's own, whose pages may use the hub.
#[derive(Clone, Debug)]
pub(crate) enum Origins {
    None,
    These(Vec<HeaderValue>),
    Any,
}

impl Origins {
    /// Returns the layer that answers CORS requests.
    pub(super) fn cors(&self) -> Option<CorsLayer> {
        let origins = match self {
            Self::None => return None,
            Self::These(origins) => AllowOrigin::list(origins.iter().cloned()),
            Self::Any => AllowOrigin::mirror_request(),
        };
        let cors = CorsLayer::new()
            .allow_origin(origins)
            .allow_credentials(true)
            // Pages send `Last-Event-ID`, `Content-Type: application/json`, and what the application signs
            // in with.
            .allow_headers(AllowHeaders::mirror_request())
            .allow_methods(AllowMethods::mirror_request())
            .expose_headers([header::RETRY_AFTER, super::LAST_EVENT_ID]);
        Some(cors)
    }

    fn contains(&self, origin: &HeaderValue) -> bool {
        match self {
            Self::None => false,
            Self::These(origins) => origins.contains(origin),
            Self::Any => true,
        }
    }
}

/// Checks that a control request was not made by a page that may not use the hub.
///
/// A page of any site can make a browser send a `POST` with the visitor's cookies. It needs no permission
/// for that if the body claims to be text. The content type must therefore be the one that needs
/// permission. Where the browser says that the page is of another site, the page's origin must be an
/// allowed one. See [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header).
pub(super) fn check(headers: &HeaderMap, origins: &Origins) -> Result<(), Failure> {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next());
    if !essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Failure::ContentType);
    }
    let is_ours = match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        // Programs other than browsers don't send the header, and have no visitor's cookies.
        None | Some(b"same-origin" | b"none") => true,
        Some(_) => {
            let origin = headers.get(header::ORIGIN);
            origin.is_some_and(|origin| origins.contains(origin))
        }
    };
    if is_ours {
        Ok(())
    } else {
        Err(Failure::CrossSite)
    }
}
