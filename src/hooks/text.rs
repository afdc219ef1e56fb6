//! Text arguments of hooks: event types, channel names and URLs.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// A text argument of a hook, such as an event type: a string, or a function that returns one. The function
/// is called again whenever the component or a signal in it changes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text that a hook can take",
    label = "neither a string nor a function that returns one",
    note = "pass `&str`, `String`, or a function such as `move || kind.get()`, which is called again when the signal changes"
)]
pub trait AsText {
    #[doc(hidden)]
    fn text(&self) -> String;
}

/// Implements `AsText` for strings and types that dereference to them.
macro_rules! strings {
    ($($string:ty),+ $(,)?) => {$(
        impl AsText for $string {
            fn text(&self) -> String {
                let text: &str = self;
                text.to_owned()
            }
        }
    )+};
}

strings!(
    &str,
    &&str,
    String,
    &String,
    Cow<'_, str>,
    Rc<str>,
    Arc<str>,
    Rc<String>
);

#[diagnostic::do_not_recommend]
impl<V: AsText, F: Fn() -> V> AsText for F {
    fn text(&self) -> String {
        self().text()
    }
}

/// A URL argument of a hook: [text](AsText), or an `Option` of it, where `None` opens nothing.
#[cfg(any(feature = "dioxus", feature = "yew", test))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a URL that a hook can take",
    label = "neither text nor an `Option` of it",
    note = "pass `&str`, `String`, a function that returns one, or an `Option` of these; an `EventSourceBuilder` goes into `use_event_source_with`"
)]
pub trait AsUrl {
    #[doc(hidden)]
    fn url(&self) -> Option<String>;
}

#[cfg(any(feature = "dioxus", feature = "yew", test))]
#[diagnostic::do_not_recommend]
impl<T: AsText> AsUrl for T {
    fn url(&self) -> Option<String> {
        Some(self.text())
    }
}

#[cfg(any(feature = "dioxus", feature = "yew", test))]
impl<T: AsText> AsUrl for Option<T> {
    fn url(&self) -> Option<String> {
        self.as_ref().map(AsText::text)
    }
}

#[cfg(feature = "yew")]
mod yew {
    use super::AsText;

    strings!(::yew::AttrValue, &::yew::AttrValue);

    impl<V: AsText> AsText for ::yew::UseStateHandle<V> {
        fn text(&self) -> String {
            V::text(self)
        }
    }

    impl<V: AsText> AsText for &::yew::UseStateHandle<V> {
        fn text(&self) -> String {
            V::text(self)
        }
    }
}

#[cfg(feature = "dioxus")]
mod dioxus {
    use dioxus_signals::{Memo, ReadSignal, ReadableExt, Signal};

    use super::AsText;

    /// Reading a signal makes the component render again when the signal changes.
    macro_rules! signals {
        ($($signal:ident),+) => {$(
            impl<V: AsText + 'static> AsText for $signal<V> {
                fn text(&self) -> String {
                    self.with(V::text)
                }
            }
        )+};
    }

    signals!(ReadSignal, Signal);

    impl<V: AsText + PartialEq + 'static> AsText for Memo<V> {
        fn text(&self) -> String {
            self.with(V::text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(url: &dyn AsUrl) -> Option<String> {
        url.url()
    }

    #[test]
    fn text_comes_in_many_forms() {
        let text: Arc<str> = "/a".into();
        let forms = [
            url(&"/a"),
            url(&"/a".to_owned()),
            url(&&"/a".to_owned()),
            url(&Cow::Borrowed("/a")),
            url(&text),
            url(&|| "/a"),
            url(&|| "/a".to_owned()),
            url(&Some("/a")),
        ];
        assert!(forms.into_iter().all(|form| form.as_deref() == Some("/a")));
        assert_eq!(url(&None::<&str>), None);
    }
}
