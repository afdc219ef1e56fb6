//! [`SourceOptions`], the argument from which a hook opens a source.

use std::fmt;
use std::rc::Rc;

use super::slot::Content;
use crate::source::{EventSource, EventSourceBuilder};
use everstream_core::Error;

/// Options of a component's source: a URL, a builder with all its options, or nothing for now.
///
/// Converts from a string, an [`EventSourceBuilder`], or an `Option` of these.
#[derive(Clone, Debug)]
pub struct SourceOptions(Wanted);

#[derive(Clone)]
enum Wanted {
    Nothing,
    Url(String),
    /// Returns a copy of the builder. A function, so that a program that only gives URLs doesn't link the
    /// copying code.
    Builder(Rc<dyn Fn() -> EventSourceBuilder>),
}

impl SourceOptions {
    /// Whether a source opened for `other` also fits these options. Two builders always count as different,
    /// since they may hold closures that can't be compared.
    #[cfg(any(feature = "leptos", test))]
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Wanted::Nothing, Wanted::Nothing) => true,
            (Wanted::Url(url), Wanted::Url(other)) => url == other,
            _ => false,
        }
    }

    /// Opens the source with `build`.
    pub(super) fn open<S>(
        &self,
        build: impl FnOnce(EventSourceBuilder) -> Result<S, Error>,
    ) -> Content<S> {
        let builder = match &self.0 {
            Wanted::Nothing => return Content::Nothing,
            Wanted::Url(url) => EventSource::builder(url),
            Wanted::Builder(copy) => copy(),
        };
        Content::built(build(builder))
    }
}

impl From<String> for SourceOptions {
    fn from(url: String) -> Self {
        Self(Wanted::Url(url))
    }
}

impl From<&str> for SourceOptions {
    fn from(url: &str) -> Self {
        Self::from(url.to_owned())
    }
}

impl From<EventSourceBuilder> for SourceOptions {
    fn from(builder: EventSourceBuilder) -> Self {
        Self(Wanted::Builder(Rc::new(move || builder.clone())))
    }
}

impl<T: Into<Self>> From<Option<T>> for SourceOptions {
    fn from(options: Option<T>) -> Self {
        options.map_or(Self(Wanted::Nothing), Into::into)
    }
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Url(url) => f.debug_tuple("Url").field(url).finish(),
            Self::Builder(copy) => copy().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_compared_is_the_same() {
        let url = |url: &str| SourceOptions::from(url);
        assert!(url("/a").is_same_as(&url("/a")));
        assert!(!url("/a").is_same_as(&url("/b")));
        let nothing = || SourceOptions::from(None::<String>);
        assert!(nothing().is_same_as(&nothing()));
        assert!(!nothing().is_same_as(&url("/a")));
        let builder = || SourceOptions::from(EventSource::builder("/a"));
        assert!(!builder().is_same_as(&builder()));
    }
}
