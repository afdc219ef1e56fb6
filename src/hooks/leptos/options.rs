//! Hook arguments that may depend on signals.

use reactive_graph::traits::Get;

/// An argument of a hook: a value, a signal or memo of one, or a function of signals that returns one.
///
/// With Leptos' feature `nightly`, signals are functions too, so the compiler can't choose between the two.
/// Pass `move || signal.get()` there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what this hook takes",
    label = "neither `{T}`, nor a signal of it, nor a function that returns it",
    note = "a URL is `&str`, `String`, a builder, an `Option` of these, a signal of one of these, or a function such as `move || format!(\"/rooms/{{}}\", room.get())`"
)]
pub trait Given<T, Kind> {
    #[doc(hidden)]
    fn given(self) -> impl Fn() -> T + 'static;
}

/// The kind of an argument that is a plain value.
#[derive(Debug)]
pub struct Plain;

/// The kind of an argument that is a function of signals.
#[derive(Debug)]
pub struct Reactive;

/// The kind of an argument that is a signal.
#[derive(Debug)]
pub struct OfSignal;

/// A type that is `Send` and `Sync`. Leptos requires both of signal values, since a server renders on many
/// threads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be shared between threads, which Leptos asks of what is in a signal",
    label = "not `Send`, or not `Sync`",
    note = "use the hook of the same name that ends in `_local`, such as `use_event_local`"
)]
pub trait Threadsafe: Send + Sync {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync> Threadsafe for T {}

impl<T: Clone + 'static, V: Into<T>> Given<T, Plain> for V {
    fn given(self) -> impl Fn() -> T + 'static {
        let value = self.into();
        move || value.clone()
    }
}

impl<T, V: Into<T>, F: Fn() -> V + 'static> Given<T, Reactive> for F {
    fn given(self) -> impl Fn() -> T + 'static {
        move || self().into()
    }
}

impl<T, S: Get<Value: Into<T>> + 'static> Given<T, OfSignal> for S {
    fn given(self) -> impl Fn() -> T + 'static {
        move || self.get().into()
    }
}
