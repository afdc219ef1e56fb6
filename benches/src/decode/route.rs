//! A route from a payload to a value.

/// Decodes the same payload at each call.
pub(crate) struct Route<'t, T> {
    pub(crate) name: &'static str,
    pub(crate) decode: Box<dyn Fn() -> T + 't>,
}

impl<'t, T> Route<'t, T> {
    pub(crate) fn new(name: &'static str, decode: impl Fn() -> T + 't) -> Self {
        Self {
            name,
            decode: Box::new(decode),
        }
    }
}
