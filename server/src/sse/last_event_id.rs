//! The last event ID that a reader resumes from.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};

const HEADER: &str = "last-event-id";
const QUERY: &str = "lastEventId";

/// The ID of the last event that a reader has seen, as an axum extractor.
///
/// The `Last-Event-ID` header, which a reconnecting `EventSource` sends, takes precedence. Clients
/// that can't set the header send the query parameter `lastEventId` instead. By the standard, an
/// empty value is the same as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(Option<String>);

impl LastEventId {
    /// Reads the ID from the headers and the query of a request.
    #[must_use]
    pub fn of(headers: &HeaderMap, query: Option<&str>) -> Self {
        let header = headers
            .get(HEADER)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .filter(|id| !id.is_empty());
        Self(header.or_else(|| {
            form_urlencoded::parse(query?.as_bytes())
                .find(|(name, id)| name == QUERY && !id.is_empty())
                .map(|(_, id)| id.into_owned())
        }))
    }

    /// Returns the ID as sent.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl From<&str> for LastEventId {
    fn from(id: &str) -> Self {
        Self((!id.is_empty()).then(|| id.to_owned()))
    }
}

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, parts.uri.query()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(header: Option<&'static str>, query: Option<&str>) -> Option<String> {
        let headers = header.map(|id| (HEADER.parse().unwrap(), HeaderValue::from_static(id)));
        LastEventId::of(&headers.into_iter().collect(), query).0
    }

    #[test]
    fn the_header_goes_before_the_query() {
        assert_eq!(of(Some("7"), Some("lastEventId=5")).as_deref(), Some("7"));
        assert_eq!(
            of(None, Some("a=b&lastEventId=5%20%2B")).as_deref(),
            Some("5 +")
        );
        assert_eq!(of(None, Some("a=b")), None);
    }

    #[test]
    fn empty_is_none() {
        assert_eq!(of(Some(""), Some("lastEventId=5")).as_deref(), Some("5"));
        assert_eq!(of(None, Some("lastEventId=")), None);
    }
}
