//! Arguments that may depend on signals.

/// What hooks take: a value, or a function of signals that returns one.
pub trait Given<T, Kind> {
    #[doc(hidden)]
    fn given(self) -> impl Fn() -> T + 'static;
}

/// The kind of argument that is what it is.
#[derive(Debug)]
pub struct Plain;

/// The kind of argument that changes with the signals that it is made of.
#[derive(Debug)]
pub struct Reactive;

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
